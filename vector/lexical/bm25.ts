/** BM25 (Robertson and Zaragoza, 2009) over postings; the weight of a word is never below 0. */
import { decode, LENGTHS, type Postings } from "./postings.ts";

const K1 = 1.2;
const B = 0.75;

/** A word with the terms under which it may stand, and what a row of average length gets that has it once. */
export interface WeighedWord {
  readonly terms: readonly string[];
  readonly weight: number;
}

export interface Collection {
  readonly rows: number;
  /** Words of a row on average. */
  readonly averageLength: number;
  /** The greatest number of a row. */
  readonly lastRow: number;
}

/** The weight of a word that so many rows of all have. */
export function weightOf(frequency: number, rows: number): number {
  return Math.log(1 + Math.max(0, rows - frequency + 0.5) / (frequency + 0.5));
}

/** Rows by their numbers, and the score of each, in no order. */
export interface Scored {
  readonly rows: Int32Array;
  readonly scores: Float32Array;
}

/** Keeps its numbers from one query to the next, so that a query costs what its postings cost. */
export class Scorer {
  #scores = new Float32Array(0);
  #touched = new Int32Array(0);

  /** Rows with any of the words. */
  score(
    postings: Postings,
    words: readonly WeighedWord[],
    { averageLength, lastRow }: Collection,
  ): Scored {
    if (this.#scores.length <= lastRow) {
      this.#scores = new Float32Array(Math.ceil(1.5 * lastRow) + 1);
      this.#touched = new Int32Array(this.#scores.length);
    }
    const scores = this.#scores;
    const touched = this.#touched;
    let count = 0;
    const damping = LENGTHS.map((length) => K1 * (1 - B + B * length / Math.max(1, averageLength)));
    for (const { terms, weight } of words) {
      const most = weight * (K1 + 1);
      for (const term of terms) {
        for (const { first, data } of postings.chunks(term)) {
          decode(data, first, (row, times, length) => {
            const before = scores[row]!;
            if (before === 0) touched[count++] = row;
            scores[row] = before + most * times / (times + damping[length]!);
          });
        }
      }
    }
    const rows = touched.slice(0, count);
    const found = new Float32Array(count);
    for (let at = 0; at < count; at++) {
      const row = rows[at]!;
      found[at] = scores[row]!;
      scores[row] = 0;
    }
    return { rows, scores: found };
  }
}

/** Those with the greatest scores, at least `count` where there are so many, the greatest first. */
export function greatest({ rows, scores }: Scored, count: number): { row: number; score: number }[] {
  const least = count >= scores.length ? -Infinity : smallest(scores.slice(), scores.length - count);
  const found: { row: number; score: number }[] = [];
  for (let at = 0; at < rows.length; at++) {
    const score = scores[at]!;
    if (score >= least) found.push({ row: rows[at]!, score });
  }
  return found.sort((a, b) => b.score - a.score);
}

/** What would stand at a place if the values were in order, which are moved about: Hoare's selection. */
function smallest(values: Float32Array, place: number): number {
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const pivot = values[(low + high) >>> 1]!;
    let [left, right] = [low, high];
    while (left <= right) {
      while (values[left]! < pivot) left++;
      while (values[right]! > pivot) right--;
      if (left > right) break;
      const moved = values[left]!;
      values[left++] = values[right]!;
      values[right--] = moved;
    }
    if (place <= right) high = right;
    else if (place >= left) low = left;
    else break;
  }
  return values[place]!;
}
