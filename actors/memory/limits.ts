/** The bounds of the memory. */
/** How long a question or a new memory waits for the model or the index, milliseconds. */
export const READY_WAIT_MS = 30_000;
/** Rows read from the store and handed to the index at a time. */
export const LOAD_BATCH_ROWS = 512;
/** Texts re-embedded in one thought. */
export const REEMBED_BATCH = 32;
/** Rows that one thought may stage. */
export const STAGED_ROWS_MAX = 20_000;
/** Thoughts looked through for a recall as of the past; beyond it the recall is refused. */
export const PAST_THOUGHTS_MAX = 20_000;
/** Exact rows held in memory before the archive seals. */
export const L1_ROWS_DEFAULT = 20_000;
export const LOG_PAGE = 256;
/** A unit vector may be off by this much. */
export const NORM_TOLERANCE = 1e-2;
/** How long a switch of the space waits for thoughts under way, milliseconds. */
export const QUIET_WAIT_MS = 5_000;
/** Changed memories that a recall as of the past takes into account. */
export const PAST_ROWS_MAX = 5_000;
/** Texts of the past that one recall embeds anew. */
export const PAST_EMBEDDED_MAX = 256;
