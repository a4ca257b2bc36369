/** The bounds of the memory. */
/** How long a question or a new memory waits for the model or the index, milliseconds. */
export const READY_WAIT_MS = 30_000;
/** Rows read from the store and handed to the index at a time. */
export const LOAD_BATCH_ROWS = 16;
/** Texts re-embedded in one thought. */
export const REEMBED_BATCH = 32;
/** Wait before an embedder that refused a batch for now is asked again, milliseconds. */
export const REEMBED_PAUSE_MS = 500;
/** How long a switch of the space holds up new memories while those under way end; then it tries again later. */
export const SWITCH_WAIT_MS = 2_000;
/** Wait between two tries of a switch, milliseconds. */
export const SWITCH_PAUSE_MS = 250;
/** Texts hashed between two looks at everything else. */
export const HASH_SLICE_TEXTS = 64;
/** Rows that one thought may stage. */
export const STAGED_ROWS_MAX = 20_000;
/** Thoughts looked through for a recall as of the past; beyond it the recall is refused. */
export const PAST_THOUGHTS_MAX = 20_000;
/** Rows that working memory is asked to pass over; with more, every row of the store is compared. */
export const PAST_PASSED_OVER_MAX = 5_000;
/** Texts of the past that one recall embeds anew, as their vectors are of a space that serves no more. */
export const PAST_TEXTS_MAX = 256;
/** Thoughts of the log read at a time. */
export const LOG_PAGE = 256;
/** Times that a search or an embedding begins again because what serves changed under it. */
export const TRIES_MAX = 5;
/** Working memory takes archived rows back when all rows are fewer than this share of its threshold. */
export const TAKE_BACK_SHARE = 0.9;
/** Hits asked of the archive at least, and for each that is wanted: its search is not exact. */
export const ARCHIVE_HITS_MIN = 48;
export const ARCHIVE_HITS_EACH = 2;
/** A unit vector may be off by this much. */
export const NORM_TOLERANCE = 1e-2;
/** Ids of the index of words read at a time by a check. */
export const CHECK_BATCH = 5_000;
/** Rows of the archive that a check asks for, and among how many neighbours each must be. */
export const CHECK_SAMPLED_MAX = 100;
export const CHECK_NEIGHBOURS = 10;
/** Problems that one check tells of. */
export const PROBLEMS_TOLD_MAX = 1_000;
