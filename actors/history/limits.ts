/** The bounds of what is done with history. */
/** Objects that a diff describes one by one; further ones are counted. */
export const DIFF_OBJECTS_MAX = 1_000;
/** Thoughts read at a time. */
export const LOG_PAGE = 256;
/** Lines that may differ in a text before it is shown as replaced. */
export const EDIT_LINES_MAX = 2_000;
/** Lines shown around a change. */
export const CONTEXT_LINES = 2;
/** Characters from which on a value is compared line by line. */
export const SHORT_TEXT_MAX = 80;
/** Objects that one merge may compare. */
export const MERGE_OBJECTS_MAX = 100_000;
/** Numbered names that are tried for one that is taken. */
export const NAME_TRIES_MAX = 1_000;
/** When history is counted: so long after the start, as that comes first, and then each time, in ms. */
export const COST_FIRST_MS = 30_000;
export const COST_EVERY_MS = 30_000;
/** How often the server looks whether history is to be pruned. */
export const RETENTION_LOOK_MS = 60_000;
