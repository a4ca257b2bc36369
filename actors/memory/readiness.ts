/** Waiting for something that is on its way, bounded, and saying plainly what it was when it does not come. */
import { UnavailableError } from "../errors.ts";

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
  async wait<T>(
    look: () => T | null,
    options: {
      readonly what: string;
      readonly why: () => string;
      readonly waitMs: number;
      readonly signal?: AbortSignal;
    },
  ): Promise<T> {
    const { signal } = options;
    const deadline = AbortSignal.timeout(options.waitMs);
    const stop = Promise.withResolvers<never>();
    stop.promise.catch(() => {/* Only of interest while somebody waits below. */});
    const late = () =>
      stop.reject(
        new UnavailableError(options.what, options.why(), "Wait a moment and try again.", {
          waitedMs: options.waitMs,
        }),
      );
    const aborted = () => stop.reject(signal!.reason);
    deadline.addEventListener("abort", late, { once: true });
    signal?.addEventListener("abort", aborted, { once: true });
    try {
      for (;;) {
        signal?.throwIfAborted();
        const found = look();
        if (found !== null) return found;
        await Promise.race([this.#wake.promise, stop.promise]);
      }
    } finally {
      deadline.removeEventListener("abort", late);
      signal?.removeEventListener("abort", aborted);
    }
  }
}
