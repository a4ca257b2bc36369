/** Long work in short slices, so that everything else goes on beside it, and so that it ends when it is told to. */
import { SLICE_MS } from "./limits.ts";

export class Slices {
  readonly #signal: AbortSignal;
  #until = performance.now() + SLICE_MS;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** To be asked often: lets everything else go on when the slice is over. @throws the signal's reason */
  async pause(): Promise<void> {
    this.#signal.throwIfAborted();
    if (performance.now() < this.#until) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#signal.throwIfAborted();
    this.#until = performance.now() + SLICE_MS;
  }

  /** Runs a kernel that yields wherever it may be interrupted. @throws the signal's reason */
  async run<T>(kernel: Generator<void, T>): Promise<T> {
    for (;;) {
      const step = kernel.next();
      if (step.done === true) return step.value;
      await this.pause();
    }
  }
}
