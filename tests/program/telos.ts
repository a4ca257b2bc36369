/**
 * The program as a person runs it: `main.ts` in a process of its own, under the permissions of `deno task start`, over
 * an image in a folder of its own. Every process that was started ends, and the folder goes, when it is disposed of.
 */
import assert from "node:assert/strict";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "../../scripts/build.ts";
import config from "../../deno.json" with { type: "json" };
import { commandResultSchema, type Health, type ObjectView, type ThoughtView } from "../../ui/protocol.ts";
import type { CommandInput } from "../../ui/protocol.ts";
import { findFile, sharedFolder } from "../support/parts.ts";

export const root = fileURLToPath(new URL("../../", import.meta.url));
/** The folder with the real embedding model, or why it is not there. */
export const modelsFolder = await findFile(join(sharedFolder(), "models"));
/** Nothing listens there, and nothing may: it is reserved. */
export const NOWHERE = "http://127.0.0.1:1";

/** Anything that a person waits for: bounded, and generous, as the machine may be busy. */
const PATIENCE_MS = 60_000;

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

export interface TelosOptions {
  /** The folder with the embedding model; by default there is none to be had, and words alone serve. */
  readonly models?: string;
  readonly ollamaHost?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface RunOptions {
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export class Telos implements AsyncDisposable {
  /** Holds the image, the model cache, and whatever a test puts there. */
  readonly folder: string;
  readonly image: string;
  readonly #env: Record<string, string>;
  readonly #children = new Set<Deno.ChildProcess>();

  private constructor(folder: string, env: Record<string, string>) {
    this.folder = folder;
    this.image = join(folder, "image");
    this.#env = env;
  }

  static async create(options: TelosOptions = {}): Promise<Telos> {
    await build({ root, say: () => undefined });
    const folder = await Deno.makeTempDir({ prefix: "telos-program-" });
    return new Telos(folder, {
      DENO_DIR: await denoFolder(),
      XDG_CACHE_HOME: join(folder, "cache"),
      NO_COLOR: "1",
      TELOS_MODELS: options.models ?? "",
      TELOS_TEST: "",
      TELOS_CRASH_AT: "",
      OLLAMA_HOST: options.ollamaHost ?? NOWHERE,
      // The hub is out of reach, whatever this machine can reach.
      HTTPS_PROXY: NOWHERE,
      ...options.env,
    });
  }

  /** Starts a command and does not wait for it. */
  spawn(args: readonly string[], options: RunOptions = {}): Deno.ChildProcess {
    return this.#spawn(Deno.execPath(), [...programArguments(), "--image", this.image, ...args], options);
  }

  #spawn(program: string, args: readonly string[], options: RunOptions): Deno.ChildProcess {
    const child = new Deno.Command(program, {
      args: [...args],
      cwd: this.folder,
      env: { ...this.#env, ...options.env },
      stdin: options.stdin === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#children.add(child);
    child.status.finally(() => this.#children.delete(child));
    return child;
  }

  /** Runs a line of a shell in which `deno task telos` is the program over this image. */
  async shell(line: string): Promise<Ended> {
    const folder = join(this.folder, "bin");
    await Deno.mkdir(folder, { recursive: true });
    const quoted = [Deno.execPath(), ...programArguments()].map((each) =>
      `'${each.replaceAll("'", "'\\''")}'`
    );
    const script = `#!/bin/sh\n[ "$1 $2" = "task telos" ] || exit 127\nshift 2\nexec ${
      quoted.join(" ")
    } "$@"\n`;
    await Deno.writeTextFile(join(folder, "deno"), script, { mode: 0o755 });
    const env = { PATH: `${folder}${delimiter}${Deno.env.get("PATH")}`, TELOS_IMAGE: this.image };
    return await this.#endOf(this.#spawn("sh", ["-c", line], { env }));
  }

  async run(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
    const child = this.spawn(args, options);
    if (options.stdin !== undefined) {
      const writer = child.stdin.getWriter();
      await writer.write(new TextEncoder().encode(options.stdin));
      await writer.close();
    }
    return await this.#endOf(child);
  }

  async #endOf(child: Deno.ChildProcess): Promise<Ended> {
    const timer = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
    const [out, err, { code }] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.status,
    ]);
    clearTimeout(timer);
    return { code, out, err };
  }

  /** Runs a command that must be done, and answers what it printed. */
  async did(...args: string[]): Promise<string> {
    const { code, out, err } = await this.run(args);
    assert.equal(code, 0, `telos ${args.join(" ")}: ${err}`);
    return out;
  }

  /** Runs a command with `--json` that must be done, and answers what it printed: JSON on one line. */
  async json<T = unknown>(...args: string[]): Promise<T> {
    const out = await this.did(...args, "--json");
    assert.match(out, /^[^\n]+\n$/, "one line");
    return JSON.parse(out) as T;
  }

  /** Starts the server on a free port and waits for its line. */
  async start(options: RunOptions & { readonly args?: readonly string[] } = {}): Promise<Server> {
    const child = this.spawn(["start", "--json", "--port", "0", ...options.args ?? []], options);
    const server = new Server(child);
    await server.started;
    return server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ends = [...this.#children].map((child) => {
      child.kill("SIGKILL");
      return child.status;
    });
    await Promise.all(ends);
    await Deno.remove(this.folder, { recursive: true });
  }
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

/** Looks until it is as wanted; for what happens by itself. */
export async function eventually<T>(look: () => Promise<T>, wanted: (seen: T) => boolean): Promise<T> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const seen = await look();
    if (wanted(seen)) return seen;
    if (performance.now() > until) throw new Error(`It never became as wanted: ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function programArguments(): string[] {
  return ["run", "--no-check", ...taskFlags(), join(root, "main.ts")];
}

/** The flags of `deno task start`, with no program to run but this Deno: no pip, which could fetch the model. */
function taskFlags(): string[] {
  const [, flags] = /^deno run (.*) main\.ts start$/.exec(config.tasks.start.command) ?? [];
  assert.ok(flags, "the task start is `deno run … main.ts start`");
  return flags.replace(/\$\([^)]*\)/, Deno.execPath()).replaceAll('"', "").split(" ");
}

/** Where this Deno keeps its packages, so that the program finds them when its cache is elsewhere. */
async function denoFolder(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return (JSON.parse(new TextDecoder().decode(stdout)) as { denoDir: string }).denoDir;
}
