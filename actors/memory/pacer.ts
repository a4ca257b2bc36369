/**
 * The pace of work that is done beside those who ask: after each piece it rests for as long as that took, so that
 * no more than half of a processor, and of the store's attention, is taken from them.
 */
import { setTimeout as pause } from "node:timers/promises";

export class Pacer {
  #began = performance.now();

  /** A piece of work begins now; what was waited for before it counts for nothing. */
  begin(): void {
    this.#began = performance.now();
  }

  /**
   * Waits as long as the piece took, and begins the next.
   * @throws the reason of `signal`, when it is aborted
   */
  async rest(signal?: AbortSignal): Promise<void> {
    await pause(performance.now() - this.#began);
    signal?.throwIfAborted();
    this.begin();
  }
}
