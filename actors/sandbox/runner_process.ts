/**
 * The host's hold on one sandbox process: it starts it, refuses it when its self-test could do anything, exchanges
 * messages with it one at a time, and kills it by its own id. Whatever ends it, `ended` says so once.
 */
import { complaintOf } from "../../vector/embedding/mod.ts";
import { FrameWriter, readFrames } from "./frames.ts";
import { START_TIMEOUT_MS, STDERR_BYTES_MAX } from "./limits.ts";
import { fromRunnerSchema } from "./protocol.ts";
import type { FromRunner, ToRunner } from "./protocol.ts";

/** Why a process is no more. */
export interface Ending {
  readonly cause: "killed" | "out_of_memory" | "died" | "unsound";
  readonly reason: string;
}

/** Raised to whoever waits for a message of a process that ended. */
export class ProcessEndedError extends Error {
  constructor(readonly ending: Ending) {
    super(ending.reason);
    this.name = "ProcessEndedError";
  }
}

export interface RunnerProcessOptions {
  /** Standard input, output and error piped. */
  readonly spawn: () => Deno.ChildProcess;
  readonly wasm: Uint8Array;
  /** A file that the host can read and the process must not. */
  readonly probe: string;
  readonly startTimeoutMs?: number;
}

interface Waiting {
  resolve(message: FromRunner): void;
  reject(error: ProcessEndedError): void;
}

export class RunnerProcess {
  readonly pid: number;
  /** Fulfilled when the process may be used. @throws {ProcessEndedError} in its place */
  readonly ready: Promise<void>;
  /** Fulfilled, never rejected, when the process is gone and its streams are closed. */
  readonly ended: Promise<Ending>;
  readonly #child: Deno.ChildProcess;
  readonly #writer: FrameWriter;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  #ending: Ending | null = null;
  #exited = false;
  #waiting: Waiting | null = null;
  #early: FromRunner | null = null;

  constructor(options: RunnerProcessOptions) {
    this.#child = options.spawn();
    this.pid = this.#child.pid;
    this.#writer = new FrameWriter(this.#child.stdin);
    this.ended = this.#watch();
    this.ready = this.#start(options);
    // Whoever needs the process waits for it; a process that nobody waits for may fail without a sound here.
    void Promise.allSettled([this.ready]);
  }

  get alive(): boolean {
    return this.#ending === null;
  }

  async send(message: ToRunner): Promise<void> {
    await this.sendText(JSON.stringify(message));
  }

  /** @throws {RangeError} when the text is larger than a frame; then nothing was sent */
  async sendText(text: string): Promise<void> {
    await this.#write(new TextEncoder().encode(text));
  }

  /** The next message. One at a time: a runner never says two things without an answer in between. */
  receive(): Promise<FromRunner> {
    if (this.#early !== null) {
      const message = this.#early;
      this.#early = null;
      return Promise.resolve(message);
    }
    if (this.#ending !== null) return Promise.reject(new ProcessEndedError(this.#ending));
    return new Promise((resolve, reject) => this.#waiting = { resolve, reject });
  }

  /** Ends the process at once. Calling it again, or late, changes nothing. */
  kill(reason: string, cause: Ending["cause"] = "killed"): void {
    this.#end({ cause, reason });
    if (this.#exited) return;
    try {
      this.#child.kill("SIGKILL");
    } catch (error) {
      // It went by itself in the same moment, which its status is about to tell.
      if (!(error instanceof TypeError)) throw error;
    }
  }

  async #write(bytes: Uint8Array): Promise<void> {
    try {
      await this.#writer.write(bytes);
    } catch (error) {
      if (error instanceof RangeError) throw error;
      // The pipe is broken as the process is gone or going; how it went is known when it is gone.
      throw new ProcessEndedError(await this.ended);
    }
  }

  async #start(options: RunnerProcessOptions): Promise<void> {
    const timeoutMs = options.startTimeoutMs ?? START_TIMEOUT_MS;
    const timer = setTimeout(() => this.kill(`it was not ready within ${timeoutMs} ms`, "died"), timeoutMs);
    try {
      const hello = { type: "hello", version: 1, probe: options.probe };
      await this.sendText(JSON.stringify(hello));
      await this.#write(options.wasm);
      const message = await this.receive();
      if (message.type !== "ready") {
        this.kill(`it said "${message.type}" before it was ready`, "unsound");
      } else {
        const powers = Object.entries(message.powers).filter(([, could]) => could).map(([name]) => name);
        if (powers.length > 0) this.kill(`its self-test had the power to: ${powers.join(", ")}`, "unsound");
      }
    } finally {
      clearTimeout(timer);
    }
    if (this.#ending !== null) throw new ProcessEndedError(this.#ending);
  }

  #end(ending: Ending): void {
    if (this.#ending !== null) return;
    this.#ending = ending;
    this.#waiting?.reject(new ProcessEndedError(ending));
    this.#waiting = null;
  }

  async #watch(): Promise<Ending> {
    const [status, complaint] = await Promise.all([
      this.#child.status.then((status) => {
        this.#exited = true;
        return status;
      }),
      this.#readErrors(),
      this.#readMessages(),
    ]);
    const memory = /out of memory|allocation failed/i.test(complaint);
    const how = status.signal === null ? `with code ${status.code}` : `by ${status.signal}`;
    const said = complaintOf(complaint);
    this.#end({
      cause: memory ? "out_of_memory" : "died",
      reason: `its process ended ${how}${said === "" ? "" : `: ${said}`}`,
    });
    await this.#writer.close().catch((error: unknown) => {
      // Closing the pipe of a dead process says that it is broken, which is known.
      if (!(error instanceof Error)) throw error;
    });
    return this.#ending!;
  }

  async #readMessages(): Promise<void> {
    try {
      for await (const bytes of readFrames(this.#child.stdout)) {
        if (this.#ending !== null) continue;
        this.#take(fromRunnerSchema.parse(JSON.parse(this.#decoder.decode(bytes))));
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (!this.#exited) this.kill(`it did not keep to the protocol: ${reason.slice(0, 500)}`, "unsound");
    }
  }

  #take(message: FromRunner): void {
    const waiting = this.#waiting;
    if (waiting !== null) {
      this.#waiting = null;
      waiting.resolve(message);
    } else if (this.#early === null) this.#early = message;
    else this.kill("it spoke twice without an answer", "unsound");
  }

  async #readErrors(): Promise<string> {
    const decoder = new TextDecoder();
    let text = "";
    for await (const bytes of this.#child.stderr) {
      text = (text + decoder.decode(bytes, { stream: true })).slice(-STDERR_BYTES_MAX);
    }
    return text;
  }
}
