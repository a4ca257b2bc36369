/** Says how far long work is, at most once a second, on standard error. */
import { PROGRESS_MS } from "../limits.ts";

export class Progress {
  readonly #say: (line: string) => void;
  readonly #now: () => number;
  #told: number;

  constructor(say: (line: string) => void, now: () => number = Date.now) {
    this.#say = say;
    this.#now = now;
    this.#told = now();
  }

  tell(line: () => string): void {
    if (this.#now() - this.#told < PROGRESS_MS) return;
    this.#told = this.#now();
    this.#say(line());
  }
}
