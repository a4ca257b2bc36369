/**
 * A moment's rest in the midst of long work: whoever waits for the processor gets it then, and not only when the
 * scheduler's slice of some milliseconds is over. On Linux it costs about an eighth of the work's time.
 */
/** Work between two rests, and what a rest is asked to take; a sleep takes some 0.1 ms. Milliseconds. */
const WORK_MS = 1;
const REST_MS = 0.05;

const nothing = new Int32Array(new SharedArrayBuffer(4));

export class Breath {
  #rested = performance.now();

  /** To be called between small pieces of the work: rests when there was work for a millisecond. */
  take(): void {
    if (performance.now() - this.#rested < WORK_MS) return;
    // Nobody ever wakes it: it is a sleep.
    Atomics.wait(nothing, 0, 0, REST_MS);
    this.#rested = performance.now();
  }
}
