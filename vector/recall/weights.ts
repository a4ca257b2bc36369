/**
 * How much each thing counts when hits of several channels are joined. They have names and are visible, so that whoever
 * asks "why this?" is told with what it was weighed.
 */

export interface RecallWeights {
  /** `convex`: a weighted sum of scores from 0 to 1. `rank`: reciprocal ranks, which know places and no scores. */
  readonly fusion: "convex" | "rank";
  /** Cosine of the query and the memory. */
  readonly meaning: number;
  /** Share of the query's words, by BM25. */
  readonly words: number;
  /** Cosine of the query and the memory together with the ones before and after it in its thread. */
  readonly thread: number;
  /** What a neighbour in the thread lends of its words' score: the next one on each side, and the second next. */
  readonly lendNext: number;
  readonly lendSecond: number;
  /** How new it is: half of it is gone after `recencyHalfLifeDays`. */
  readonly recency: number;
  readonly recencyHalfLifeDays: number;
  /** What its slot `importance` says. */
  readonly importance: number;
}

/** Chosen on the part of WordNet that is kept apart for it (`deno task bench --only recall-quality`). */
export const recallWeightsDefault: RecallWeights = {
  fusion: "convex",
  meaning: 0.35,
  words: 0.5,
  thread: 0.15,
  lendNext: 0.4,
  lendSecond: 0.2,
  recency: 0,
  recencyHalfLifeDays: 30,
  importance: 0,
};
