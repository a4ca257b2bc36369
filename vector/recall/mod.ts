/**
 * Recall as a pure matter of numbers: joining channels, neighbours in a thread, weights.
 * @module
 */
export { type Candidate, fuse, type Ranked, type Reason, type ReasonName } from "./fuse.ts";
export { cosineWithSum } from "./surroundings.ts";
export { type RecallWeights, recallWeightsDefault } from "./weights.ts";
