/**
 * Barks when nothing was heard for too long. It keeps one timer whatever the number of signs of life, so that a
 * sign costs one assignment: it stands on the path of every token.
 */

type Timer = ReturnType<typeof setTimeout>;

/** Milliseconds from any start, and timers. */
export interface WatchdogClock {
  now(): number;
  setTimeout(run: () => void, ms: number): Timer;
  clearTimeout(timer: Timer): void;
}

export const systemClock: WatchdogClock = {
  now: () => performance.now(),
  setTimeout: (run, ms) => setTimeout(run, ms),
  clearTimeout: (timer) => clearTimeout(timer),
};

export class Watchdog {
  readonly #clock: WatchdogClock;
  readonly #bark: () => void;
  #limitMs = 0;
  #heardAt = 0;
  #timer: Timer | null = null;

  constructor(bark: () => void, clock: WatchdogClock) {
    this.#bark = bark;
    this.#clock = clock;
  }

  /** Starts over with another limit. */
  watch(limitMs: number): void {
    this.stop();
    this.#limitMs = limitMs;
    this.#heardAt = this.#clock.now();
    this.#arm(limitMs);
  }

  /** Something was heard. */
  heard(): void {
    this.#heardAt = this.#clock.now();
  }

  stop(): void {
    if (this.#timer !== null) this.#clock.clearTimeout(this.#timer);
    this.#timer = null;
  }

  #arm(ms: number): void {
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = null;
      const leftMs = this.#heardAt + this.#limitMs - this.#clock.now();
      if (leftMs <= 0) this.#bark();
      else this.#arm(leftMs);
    }, ms);
  }
}
