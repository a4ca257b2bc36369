/** A bounded number of places, given in the order in which they are asked for. */

export class Places {
  readonly #count: number;
  readonly #waiting: (() => void)[] = [];
  #taken = 0;

  constructor(count: number) {
    this.#count = count;
  }

  get taken(): number {
    return this.#taken;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Resolves with how to give the place back (once; more does nothing). Rejects when the signal aborts first. */
  take(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#taken < this.#count) return Promise.resolve(this.#give());
    return new Promise((resolve, reject) => {
      const called = () => {
        signal.removeEventListener("abort", left);
        resolve(this.#give());
      };
      const left = () => {
        this.#waiting.splice(this.#waiting.indexOf(called), 1);
        reject(signal.reason);
      };
      this.#waiting.push(called);
      signal.addEventListener("abort", left, { once: true });
    });
  }

  #give(): () => void {
    this.#taken++;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#taken--;
      this.#waiting.shift()?.();
    };
  }
}
