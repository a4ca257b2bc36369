/**
 * Which rows of the archive are dead: a row is hidden when its id died at a later position than it was born. A text
 * that was edited at P has its old row hidden and its new one, born at P, shown.
 */
export class Masks {
  readonly #deaths: Map<string, string>;

  constructor(deaths: Iterable<readonly [string, string]> = []) {
    this.#deaths = new Map();
    for (const [id, position] of deaths) this.add(id, position);
  }

  /** How many ids are masked. */
  get size(): number {
    return this.#deaths.size;
  }

  /** Hides the rows of `id` born before `position`; a later position stands. */
  add(id: string, position: string): void {
    const known = this.#deaths.get(id);
    if (known === undefined || known < position) this.#deaths.set(id, position);
  }

  /** Whether a row is dead. */
  hides(id: string, born: string): boolean {
    const death = this.#deaths.get(id);
    return death !== undefined && born < death;
  }

  /** Forgets the deaths up to `watermark`: rows as of then were sealed without them. */
  dropUpTo(watermark: string): void {
    for (const [id, position] of this.#deaths) if (position <= watermark) this.#deaths.delete(id);
  }

  /** All of them, as they go into a manifest. */
  entries(): [string, string][] {
    return [...this.#deaths];
  }
}
