/**
 * Lanes for thoughts that fight for the same key: one passes at a time, the others wait in turn instead of running
 * in vain. A wait is bounded, so that a thought which waits for another one inside its apply step cannot hang.
 */
export class Lanes {
  readonly #last = new Map<string, Promise<void>>();
  readonly #waitMs: number;

  constructor(waitMs: number) {
    this.#waitMs = waitMs;
  }

  /** Thoughts in lanes. */
  get size(): number {
    return this.#last.size;
  }

  /** One of the lanes in which somebody is, or null. */
  findBusy(lanes: Iterable<string>): string | null {
    if (this.#last.size === 0) return null;
    for (const lane of lanes) if (this.#last.has(lane)) return lane;
    return null;
  }

  /** Waits for the turn, at most the bound, and answers what must be called when the thought is through. */
  async enter(lane: string): Promise<() => void> {
    const before = this.#last.get(lane);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last.set(lane, promise);
    if (before !== undefined) await atMost(before, this.#waitMs);
    return () => {
      resolve();
      if (this.#last.get(lane) === promise) this.#last.delete(lane);
    };
  }
}

/** Resolves with the promise, or when the time is up. */
export function atMost(promise: Promise<void>, timeoutMs: number): Promise<void> {
  const { promise: done, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, timeoutMs);
  promise.then(resolve, reject).finally(() => clearTimeout(timer));
  return done;
}
