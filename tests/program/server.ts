/** The program's server as a test talks to it: over HTTP, as the canvas does, and by signals. */
import assert from "node:assert/strict";
import {
  type CommandInput,
  commandResultSchema,
  type Health,
  type ObjectView,
  type ThoughtView,
} from "../../ui/protocol.ts";

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface Report {
  readonly url: string;
  readonly image: string;
  readonly mind: string;
  readonly embedding: string;
  readonly degraded: readonly { readonly part: string; readonly reason: string; readonly hint: string }[];
}

/** A server that runs. It is talked to over HTTP, as the canvas does. */
export class Server {
  readonly child: Deno.ChildProcess;
  /** Resolves when it has printed its line. */
  readonly started: Promise<void>;
  /** Everything that it printed, when it has ended. */
  readonly ended: Promise<Ended>;
  #report: Report | undefined;
  #err = "";

  constructor(child: Deno.ChildProcess) {
    this.child = child;
    const started = Promise.withResolvers<void>();
    this.started = started.promise;
    this.ended = this.#read(started);
  }

  get report(): Report {
    assert.ok(this.#report, "the server has not started yet");
    return this.#report;
  }

  get url(): string {
    return this.report.url;
  }

  /** What it said on standard error so far. */
  get said(): string {
    return this.#err;
  }

  async get<T = unknown>(path: string): Promise<T> {
    return await answerOf(await fetch(new URL(path, this.url))) as T;
  }

  health(): Promise<Health> {
    return this.get<Health>("/health");
  }

  object(name: string): Promise<ObjectView> {
    return this.get<ObjectView>(`/api/objects/${encodeURIComponent(name)}`);
  }

  async log(): Promise<ThoughtView[]> {
    return (await this.get<{ thoughts: ThoughtView[] }>("/api/log?newest=true&limit=1000")).thoughts;
  }

  async command(command: CommandInput, signal?: AbortSignal): Promise<{ position: string; result: unknown }> {
    const response = await fetch(new URL("/api/commands", this.url), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(command),
      ...(signal === undefined ? {} : { signal }),
    });
    return commandResultSchema.parse(await answerOf(response)) as { position: string; result: unknown };
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.ended;
  }

  /** Ends it as the system does at shutdown. */
  async stop(): Promise<Ended> {
    this.child.kill("SIGTERM");
    return await this.ended;
  }

  async #read(started: PromiseWithResolvers<void>): Promise<Ended> {
    let out = "";
    const reading = [
      (async () => {
        for await (const text of this.child.stdout.pipeThrough(new TextDecoderStream())) {
          out += text;
          if (this.#report !== undefined || !out.includes("\n")) continue;
          this.#report = JSON.parse(out.slice(0, out.indexOf("\n"))) as Report;
          started.resolve();
        }
      })(),
      (async () => {
        for await (const text of this.child.stderr.pipeThrough(new TextDecoderStream())) this.#err += text;
      })(),
    ];
    const [{ code }] = await Promise.all([this.child.status, ...reading]);
    started.reject(new Error(`The program ended before it had started: ${this.#err}`));
    // Whoever waits for the end need not have waited for the start.
    started.promise.catch(() => undefined);
    return { code, out, err: this.#err };
  }
}

async function answerOf(response: Response): Promise<unknown> {
  const text = await response.text();
  if (!response.ok) throw new RefusedError(response.status, text);
  return JSON.parse(text);
}

/** What the server answers to a command that it does not carry out. */
export class RefusedError extends Error {
  constructor(readonly status: number, text: string) {
    super(`${status} ${text}`);
    this.name = "RefusedError";
  }
}
