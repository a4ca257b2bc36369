/** The k best hits so far, in order: the greater score first, of equal scores the smaller id. */

export interface Hit {
  readonly id: string;
  /** Inner product; the cosine similarity when both vectors have length one. */
  readonly score: number;
}

export class Best {
  readonly #k: number;
  readonly #hits: Hit[] = [];

  constructor(k: number) {
    this.#k = k;
  }

  /** A row whose score is less than this cannot be among the k best. */
  get threshold(): number {
    return this.#hits.length < this.#k ? -Infinity : this.#hits[this.#k - 1]!.score;
  }

  /** In order. */
  get hits(): readonly Hit[] {
    return this.#hits;
  }

  offer(id: string, score: number): void {
    if (score < this.threshold) return;
    let [low, high] = [0, this.#hits.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const hit = this.#hits[middle]!;
      if (hit.score > score || (hit.score === score && hit.id < id)) low = middle + 1;
      else high = middle;
    }
    if (low === this.#k) return;
    this.#hits.splice(low, 0, { id, score });
    if (this.#hits.length > this.#k) this.#hits.pop();
  }
}
