/** The rows, or lists, with the greatest scores, best first; of equal scores, whichever was offered first. */

export class Top {
  /** What was offered, by its number. */
  readonly keys: Uint32Array;
  readonly scores: Float64Array;
  /** What a score must exceed to be among them. */
  least = -Infinity;
  length = 0;

  constructor(count: number) {
    this.keys = new Uint32Array(count);
    this.scores = new Float64Array(count);
  }

  offer(key: number, score: number): void {
    if (!(score > this.least)) return;
    const { keys, scores } = this;
    let place = this.length < keys.length ? this.length++ : keys.length - 1;
    for (; place > 0 && scores[place - 1]! < score; place--) {
      scores[place] = scores[place - 1]!;
      keys[place] = keys[place - 1]!;
    }
    scores[place] = score;
    keys[place] = key;
    if (this.length === keys.length) this.least = scores[keys.length - 1]!;
  }
}
