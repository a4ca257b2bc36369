/**
 * What is done with history: differences between two points, forks and merges, and how long it is kept.
 * @module
 */
export { forkImage } from "./fork.ts";
export { diffImage } from "./image_diff.ts";
export { type HistoryReport, ImageHistory } from "./image_history.ts";
export type { Job } from "./job.ts";
