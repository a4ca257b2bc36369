/** How many a second, over the last while. Pure but for what it keeps. */
import { RATE_MS } from "./limits.ts";

export class Rate {
  #notes: { readonly at: number; readonly count: number }[] = [];

  note(at: number, count: number): void {
    this.#notes.push({ at, count });
    this.#notes = this.#notes.filter((each) => at - each.at <= RATE_MS);
  }

  clear(): void {
    this.#notes = [];
  }

  /** Null until there are two moments to tell it from. */
  at(now: number): number | null {
    const [first, ...later] = this.#notes.filter((each) => now - each.at <= RATE_MS);
    if (first === undefined || later.length === 0 || now <= first.at) return null;
    return later.reduce((sum, { count }) => sum + count, 0) * 1_000 / (now - first.at);
  }
}
