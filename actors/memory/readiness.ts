/** Waiting for something that is on its way, bounded, and saying plainly what it was when it does not come. */
import { UnavailableError } from "../errors.ts";

export interface WaitOptions {
  /** What is waited for, as the beginning of a sentence. */
  readonly what: string;
  /** Why it is not there yet; asked when the time is up. */
  readonly why: () => string;
  readonly waitMs: number;
  readonly signal: AbortSignal;
}

/** A condition that others wait for. */
export class Readiness {
  #wake = Promise.withResolvers<void>();

  /** To be called whenever the condition may have changed. */
  changed(): void {
    const { resolve } = this.#wake;
    this.#wake = Promise.withResolvers<void>();
    resolve();
  }

  /**
   * Resolves with what `look` gives once it is not null.
   * @throws {UnavailableError} after `waitMs`, with what is known; the signal's reason when it aborts
   */
  async wait<T>(look: () => T | null, options: WaitOptions): Promise<T> {
    const { signal, what, why, waitMs } = options;
    signal.throwIfAborted();
    const found = look();
    if (found !== null) return found;
    const stop = Promise.withResolvers<null>();
    const timer = setTimeout(() => {
      stop.reject(new UnavailableError(what, why(), "Wait a moment and try again.", { waitedMs: waitMs }));
    }, waitMs);
    const aborted = () => stop.reject(signal.reason);
    signal.addEventListener("abort", aborted, { once: true });
    try {
      for (;;) {
        await Promise.race([this.#wake.promise, stop.promise]);
        const found = look();
        if (found !== null) return found;
      }
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", aborted);
    }
  }
}
