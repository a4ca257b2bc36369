/**
 * The lexical index and the image: kept in step, caught up, made anew.
 * @module
 */
export { lexicalRow } from "./lexical_row.ts";
export { LexicalFollower, type LexicalFollowerOptions } from "./lexical_follower.ts";
