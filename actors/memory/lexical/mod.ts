/**
 * The lexical index and the image: kept in step, caught up, made anew.
 * @module
 */
export { LexicalFollower, type LexicalFollowerOptions } from "./lexical_follower.ts";
