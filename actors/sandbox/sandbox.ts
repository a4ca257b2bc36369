/**
 * The door to programs written in the image. A method's source is one function expression whose first parameter is the
 * receiver, `(self, width) => self.get("x") * width`; it runs in a process that may do nothing, within bounds, and all
 * that it wants to change comes back as a list of intents. See the folder's `mod.ts` for what a program may use.
 */
import type { Effect, Json } from "../object/mod.ts";
import { SandboxBreachError, SandboxLimitError, SandboxUnavailableError } from "./errors.ts";
import {
  CHECK_DEADLINE_MS,
  DEFAULT_LIMITS,
  KILL_GRACE_MS,
  LIMIT_CEILINGS,
  NESTING_MAX,
  POOL_SIZE,
  SOURCE_LENGTH_MAX,
} from "./limits.ts";
import type { SandboxLimitName, SandboxLimits } from "./limits.ts";
import { Pool } from "./pool.ts";
import type { PoolStatus } from "./pool.ts";
import type { Grant, SandboxObject, SourceCheck } from "./protocol.ts";
import { ProcessEndedError, RunnerProcess } from "./runner_process.ts";
import { Session } from "./session.ts";
import type { SandboxAnswer, SandboxHost } from "./session.ts";

export interface SandboxOptions {
  /** Starts a sandbox process with standard input, output and error piped. */
  readonly spawn: () => Deno.ChildProcess;
  /** The QuickJS WebAssembly module; asked for once, when the first process starts. */
  readonly wasm: () => Promise<Uint8Array>;
  /** A file that this process can read; a sandbox process that can open it is refused. */
  readonly probe: string;
  readonly poolSize?: number;
  readonly startTimeoutMs?: number;
  readonly queueTimeoutMs?: number;
  readonly now?: () => number;
}

export interface SandboxCall {
  readonly receiver: string;
  readonly selector: string;
  readonly arguments: readonly Json[];
  /** Shown up front: the receiver and its chain. What is missing is asked for. */
  readonly objects: readonly SandboxObject[];
  readonly limits?: Partial<SandboxLimits>;
  /** Which writes it may intend, as seen from the receiver; undefined: any. */
  readonly effects?: readonly Effect[] | undefined;
  /** Effects that the program may have beyond its intents. */
  readonly grants?: readonly Grant[];
  /** How many sandboxed calls wait for this one; 0 for a call that nobody's native method made. */
  readonly nesting?: number;
}

export interface SandboxStatus extends PoolStatus {
  readonly calls: number;
}

function resolveLimits(given: Partial<SandboxLimits> | undefined): SandboxLimits {
  const limits = { ...DEFAULT_LIMITS, ...given };
  for (const name of Object.keys(limits) as SandboxLimitName[]) {
    const ceiling: number | undefined = LIMIT_CEILINGS[name];
    if (ceiling === undefined) throw new RangeError(`Cannot run a method as "${name}" is not a limit`);
    if (!(limits[name] > 0 && limits[name] <= ceiling)) {
      throw new RangeError(
        `Cannot run a method as ${name} must be > 0 and <= ${ceiling}: given is ${limits[name]}`,
      );
    }
  }
  return limits;
}

export class Sandbox {
  readonly #pool: Pool;
  #calls = 0;

  private constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** Starts at once and returns at once: the first process gets ready behind it. */
  static start(options: SandboxOptions): Sandbox {
    let bytes: Promise<Uint8Array> | null = null;
    const start = async () => {
      bytes ??= options.wasm();
      let wasm: Uint8Array;
      try {
        wasm = await bytes;
      } catch (error) {
        bytes = null;
        throw error;
      }
      return new RunnerProcess({
        spawn: options.spawn,
        wasm,
        probe: options.probe,
        ...(options.startTimeoutMs === undefined ? {} : { startTimeoutMs: options.startTimeoutMs }),
      });
    };
    return new Sandbox(
      new Pool({
        size: options.poolSize ?? POOL_SIZE,
        start,
        now: options.now ?? (() => performance.now()),
        ...(options.queueTimeoutMs === undefined ? {} : { queueTimeoutMs: options.queueTimeoutMs }),
      }),
    );
  }

  get status(): SandboxStatus {
    return { ...this.#pool.status, calls: this.#calls };
  }

  /**
   * Sends `selector` to `receiver` and runs what it finds. Nothing is written: the intents say what should be.
   * @throws {MethodError} the program failed, {SandboxLimitError} it met a bound, {SandboxBreachError} its process
   * said what it cannot, {SandboxUnavailableError} no process; the signal's reason when it was aborted; what the host
   * threw when the program let it through; {RangeError} for limits beyond the ceilings
   */
  async run(call: SandboxCall, host: SandboxHost, signal?: AbortSignal): Promise<SandboxAnswer> {
    const limits = resolveLimits(call.limits);
    const nesting = call.nesting ?? 0;
    if (nesting > NESTING_MAX) throw new SandboxLimitError("nesting", NESTING_MAX, call);
    const process = await this.#pool.acquire({ nested: nesting > 0, signal });
    const onAbort = () => process.kill("it was cancelled");
    signal?.addEventListener("abort", onAbort);
    const session = new Session(process, {
      receiver: call.receiver,
      selector: call.selector,
      arguments: call.arguments,
      objects: call.objects,
      limits,
      effects: call.effects,
      grants: call.grants ?? [],
    }, host);
    try {
      return await session.run(++this.#calls);
    } catch (error) {
      throw signal?.aborted ? signal.reason : error;
    } finally {
      signal?.removeEventListener("abort", onAbort);
      this.#pool.release(process, { spent: session.spent, served: process.alive });
    }
  }

  /** Compiles a method's source without running it, so that a syntax error is refused when it is written. */
  async checkSource(source: string, signal?: AbortSignal): Promise<SourceCheck> {
    if (source.length > SOURCE_LENGTH_MAX) {
      const message = `a source must be <= ${SOURCE_LENGTH_MAX} characters: current size is ${source.length}`;
      return { ok: false, message, line: 1, column: 1 };
    }
    const call = { receiver: "a source", selector: "check" };
    const process = await this.#pool.acquire({ nested: false, signal });
    const timer = setTimeout(() => process.kill("deadlineMs"), CHECK_DEADLINE_MS + KILL_GRACE_MS);
    let spent = true;
    try {
      const id = ++this.#calls;
      await process.send({ type: "check", id, source });
      const message = await process.receive();
      if (message.type !== "checked" || message.id !== id) {
        throw new SandboxBreachError(`it said "${message.type}" to a source`, call);
      }
      spent = message.spent;
      return message.check;
    } catch (error) {
      if (!(error instanceof ProcessEndedError)) throw error;
      if (error.ending.cause === "died") throw new SandboxUnavailableError(error.ending.reason);
      return {
        ok: false,
        message: "it cannot be compiled within the bounds of a method",
        line: 1,
        column: 1,
      };
    } finally {
      clearTimeout(timer);
      this.#pool.release(process, { spent, served: process.alive });
    }
  }

  /** Ends every process, in mid-call as well; waiting calls are refused. */
  async close(): Promise<void> {
    await this.#pool.close();
  }
}
