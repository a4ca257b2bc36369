/**
 * The book of one space's rows: when each was born, and whether working memory holds it. A row that it does not hold is
 * away: in the archive, if it was born up to the watermark that the archive covers, else missing until it is taken back.
 */

interface Row {
  readonly born: string;
  held: boolean;
}

export class RowBook {
  readonly #rows = new Map<string, Row>();
  #watermark = "";
  #held = 0;
  #newer = 0;
  #missing = 0;

  /** All rows that live. */
  get size(): number {
    return this.#rows.size;
  }

  /** Rows in working memory. */
  get held(): number {
    return this.#held;
  }

  /** Rows that are not in working memory. */
  get away(): number {
    return this.#rows.size - this.#held;
  }

  /** Rows born after the watermark. */
  get newer(): number {
    return this.#newer;
  }

  /** Rows that are neither in working memory nor covered by the archive. */
  get missing(): number {
    return this.#missing;
  }

  /** Rows born up to here are covered by the archive; "" when none are. */
  get watermark(): string {
    return this.#watermark;
  }

  has(id: string): boolean {
    return this.#rows.has(id);
  }

  isAway(id: string): boolean {
    return this.#rows.get(id)?.held === false;
  }

  bornOf(id: string): string | undefined {
    return this.#rows.get(id)?.born;
  }

  ids(): IterableIterator<string> {
    return this.#rows.keys();
  }

  set(id: string, born: string, held: boolean): void {
    this.delete(id);
    const row = { born, held };
    this.#rows.set(id, row);
    this.#count(row, 1);
  }

  /** Whether it was there. */
  delete(id: string): boolean {
    const row = this.#rows.get(id);
    if (row === undefined) return false;
    this.#count(row, -1);
    return this.#rows.delete(id);
  }

  /** Working memory holds it from now on. */
  hold(id: string): void {
    this.#move(id, true);
  }

  /** Working memory lets it go, which it may only do with what the archive covers. @returns whether it does */
  drop(id: string): boolean {
    const row = this.#rows.get(id);
    if (row === undefined || !row.held || row.born > this.#watermark) return false;
    this.#move(id, false);
    return true;
  }

  /** The archive covers rows born up to `watermark`, further or less far than before. */
  cover(watermark: string): void {
    this.#watermark = watermark;
    this.#held = this.#newer = this.#missing = 0;
    for (const row of this.#rows.values()) this.#count(row, 1);
  }

  /** Rows in working memory that the archive covers. */
  covered(): string[] {
    return [...this.#rows].flatMap(([id, { born, held }]) => held && born <= this.#watermark ? [id] : []);
  }

  /** Rows that are away: all, or those that are missing. */
  awayIds(which: "all" | "missing"): string[] {
    return [...this.#rows].flatMap(([id, { born, held }]) =>
      !held && (which === "all" || born > this.#watermark) ? [id] : []
    );
  }

  #move(id: string, held: boolean): void {
    const row = this.#rows.get(id);
    if (row === undefined || row.held === held) return;
    this.#count(row, -1);
    row.held = held;
    this.#count(row, 1);
  }

  #count({ born, held }: Row, by: 1 | -1): void {
    const newer = born > this.#watermark;
    if (held) this.#held += by;
    if (newer) this.#newer += by;
    if (newer && !held) this.#missing += by;
  }
}
