/** A reader's queue: bounded, in order, ended by a signal. When it overflows it is emptied and says RESYNC. */
import type { StreamMessage } from "../../ui/door/mod.ts";

export class Subscriber {
  readonly #backlogMax: number;
  #queue: StreamMessage[] = [];
  #overflown = false;
  #wake: (() => void) | undefined;

  constructor(backlogMax: number) {
    this.#backlogMax = backlogMax;
  }

  push(message: StreamMessage): void {
    if (this.#queue.length >= this.#backlogMax) this.#overflown = true;
    if (this.#overflown) this.#queue = [];
    else this.#queue.push(message);
    this.#wake?.();
  }

  async *messages(signal: AbortSignal, position: () => string): AsyncGenerator<StreamMessage, void> {
    const stop = () => this.#wake?.();
    signal.addEventListener("abort", stop);
    try {
      while (!signal.aborted) {
        if (this.#overflown) {
          this.#overflown = false;
          yield { event: { command: "RESYNC", position: position() } };
          continue;
        }
        const message = this.#queue.shift();
        if (message !== undefined) yield message;
        else await new Promise<void>((resolve) => this.#wake = resolve);
      }
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }
}
