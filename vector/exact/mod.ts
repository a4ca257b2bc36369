/**
 * Exact nearest neighbours: `ExactIndex.start({ dimensions, worker, kernel })`, then `add`, `remove`, `search`.
 * @module
 */
export type { Hit } from "./best.ts";
export { ExactIndexError, type ExactIndexErrorCode } from "./errors.ts";
export { ExactIndex, type ExactIndexOptions } from "./exact_index.ts";
export { quantiseQuery } from "./quantise.ts";
