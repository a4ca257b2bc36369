/**
 * What is done with history: differences between two points, forks and merges, and how long it is kept.
 * @module
 */
export { diffImage, type DiffRequest, type ImageDiff } from "./image_diff.ts";
