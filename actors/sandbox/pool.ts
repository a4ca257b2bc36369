/**
 * The sandbox processes: so many calls side by side, one more process warm for the next, each process that is gone
 * replaced. When they keep dying it waits longer each time and says why.
 */
import { SandboxUnavailableError } from "./errors.ts";
import { BACKOFF_BASE_MS, BACKOFF_MAX_MS, QUEUE_MAX, QUEUE_TIMEOUT_MS } from "./limits.ts";
import { RunnerProcess } from "./runner_process.ts";

export interface PoolOptions {
  readonly size: number;
  /** Starts a process. May throw; then it counts as one that died. */
  readonly start: () => Promise<RunnerProcess>;
  readonly queueTimeoutMs?: number;
  readonly now: () => number;
}

export interface PoolStatus {
  readonly state: "starting" | "ready" | "backing_off" | "closed";
  /** Why the last process died that should not have; null when all is well. */
  readonly reason: string | null;
  readonly idle: number;
  readonly busy: number;
  readonly starting: number;
  readonly queued: number;
  /** Processes started since the pool was. */
  readonly started: number;
  /** Processes in a row that died by themselves. */
  readonly failures: number;
}

interface Waiter {
  readonly nested: boolean;
  give(process: RunnerProcess): void;
  refuse(error: unknown): void;
}

export class Pool {
  readonly #options: PoolOptions;
  readonly #idle: RunnerProcess[] = [];
  readonly #busy = new Set<RunnerProcess>();
  readonly #all = new Set<RunnerProcess>();
  readonly #nested = new Set<RunnerProcess>();
  #waiters: Waiter[] = [];
  #starting = 0;
  #started = 0;
  #failures = 0;
  #reason: string | null = null;
  #retry: { readonly timer: ReturnType<typeof setTimeout>; readonly atMs: number } | null = null;
  #closed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#fill();
  }

  get status(): PoolStatus {
    return {
      state: this.#closed
        ? "closed"
        : this.#retry !== null
        ? "backing_off"
        : this.#idle.length + this.#busy.size === 0
        ? "starting"
        : "ready",
      reason: this.#reason,
      idle: this.#idle.length,
      busy: this.#busy.size,
      starting: this.#starting,
      queued: this.#waiters.length,
      started: this.#started,
      failures: this.#failures,
    };
  }

  /**
   * A process for one call. Nested calls, which another call waits for, do not wait for a place.
   * @throws {SandboxUnavailableError} when there is none and will be none soon
   */
  acquire(options: { nested: boolean; signal?: AbortSignal | undefined }): Promise<RunnerProcess> {
    const { nested, signal } = options;
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#closed) return Promise.reject(new SandboxUnavailableError("it is closed"));
    if (this.#retry !== null && this.#useful === 0) return Promise.reject(this.#backingOff());
    if (this.#waiters.length >= QUEUE_MAX) {
      return Promise.reject(new SandboxUnavailableError(`${QUEUE_MAX} calls wait already`));
    }
    return new Promise((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", onAbort);
      };
      const waiter: Waiter = {
        nested,
        give: (process) => {
          settle();
          resolve(process);
        },
        refuse: (error) => {
          settle();
          reject(error);
        },
      };
      const leave = (error: unknown) => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter);
        waiter.refuse(error);
      };
      const onAbort = () => leave(signal?.reason);
      const timeoutMs = this.#options.queueTimeoutMs ?? QUEUE_TIMEOUT_MS;
      const timer = setTimeout(
        () => leave(new SandboxUnavailableError(`no process was free within ${timeoutMs} ms`)),
        timeoutMs,
      );
      signal?.addEventListener("abort", onAbort);
      this.#waiters.push(waiter);
      this.#match();
    });
  }

  /** Gives a process back after its call. A spent one is ended and replaced. */
  release(process: RunnerProcess, options: { spent: boolean; served: boolean }): void {
    this.#busy.delete(process);
    this.#nested.delete(process);
    if (options.served) {
      this.#failures = 0;
      this.#reason = null;
    }
    if (options.spent || this.#closed) process.kill("its work is done");
    else if (process.alive) this.#idle.push(process);
    this.#match();
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#retry !== null) clearTimeout(this.#retry.timer);
    this.#retry = null;
    this.#refuseAll(new SandboxUnavailableError("it is closed"));
    const all = [...this.#all];
    for (const process of all) process.kill("the sandbox was closed");
    await Promise.all(all.map((process) => process.ended));
  }

  /** Processes that serve, or will. One that is dying does not count. */
  get #useful(): number {
    return this.#idle.length + this.#busy.size + this.#starting;
  }

  #backingOff(): SandboxUnavailableError {
    const retryAfterMs = Math.max(0, Math.round((this.#retry?.atMs ?? 0) - this.#options.now()));
    return new SandboxUnavailableError(
      `its processes keep dying (${this.#failures} in a row; the last one as ${this.#reason}); ` +
        `the next one starts in ${retryAfterMs} ms`,
      { retryAfterMs, failures: this.#failures },
    );
  }

  #refuseAll(error: unknown): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter.refuse(error);
  }

  #match(): void {
    while (this.#idle.length > 0) {
      const free = this.#busy.size - this.#nested.size < this.#options.size;
      const next = this.#waiters.findIndex((waiter) => free || waiter.nested);
      if (next < 0) break;
      const [waiter] = this.#waiters.splice(next, 1);
      // The one that rested longest has had the time to put its memory back.
      const process = this.#idle.shift()!;
      this.#busy.add(process);
      if (waiter!.nested) this.#nested.add(process);
      waiter!.give(process);
    }
    this.#fill();
  }

  /** Starts processes for those who wait and may run, and one more to be warm. */
  #fill(): void {
    if (this.#closed || this.#retry !== null) return;
    const room = Math.max(0, this.#options.size - (this.#busy.size - this.#nested.size));
    const nested = this.#waiters.filter((waiter) => waiter.nested).length;
    const wanted = Math.min(this.#waiters.length - nested, room) + nested + 1;
    while (this.#idle.length + this.#starting < wanted) this.#start();
  }

  #start(): void {
    this.#starting++;
    this.#started++;
    this.#begin().catch((error: unknown) => this.#fail(error));
  }

  async #begin(): Promise<void> {
    try {
      const process = await this.#options.start();
      this.#all.add(process);
      let ready = false;
      void process.ended.then((ending) => {
        // What a program brought about is not counted, and what happened before it was ready is counted below.
        this.#forget(process, ready && ending.cause === "died" ? ending.reason : null);
      });
      if (this.#closed) process.kill("the sandbox was closed");
      await process.ready;
      ready = true;
      if (process.alive) this.#idle.push(process);
    } finally {
      this.#starting--;
    }
    this.#match();
  }

  /** A process is gone; a reason is given when it should not be. */
  #forget(process: RunnerProcess, reason: string | null): void {
    this.#all.delete(process);
    const place = this.#idle.indexOf(process);
    if (place >= 0) this.#idle.splice(place, 1);
    if (reason !== null) this.#fail(new Error(reason));
    this.#fill();
  }

  #fail(error: unknown): void {
    if (this.#closed) return;
    this.#failures++;
    this.#reason = error instanceof Error ? error.message : String(error);
    if (this.#retry !== null) return;
    const waitMs = Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** (this.#failures - 1));
    this.#retry = {
      atMs: this.#options.now() + waitMs,
      timer: setTimeout(() => {
        this.#retry = null;
        this.#fill();
      }, waitMs),
    };
    if (this.#useful === 0) this.#refuseAll(this.#backingOff());
  }
}
