/** The bounds of the world. */
/** Objects kept in memory; the longest untouched are passivated. */
export const RESIDENTS_MAX = 20_000;
/** One live commit in so many is compared with the committed bytes. */
export const VERIFY_EVERY = 100;
/** Nested sends inside one message to native methods. */
export const SEND_DEPTH_MAX = 128;
/** Objects that one message may have to fetch before it can run. */
export const FETCHES_MAX = 4_096;
/** Objects that one cascade may delete. */
export const CASCADE_MAX = 100_000;
/** Children named in the refusal of a delete. */
export const CHILDREN_NAMED_MAX = 20;
/** Descendants looked at to keep every chain below a re-parented object within its limit. */
export const DESCENDANTS_CHECKED_MAX = 10_000;
/** How far undo and redo look back, in thoughts. */
export const UNDO_HORIZON_THOUGHTS = 10_000;
/** Changes up to which what came later is looked up one by one. */
export const LATER_BY_KEY_MAX = 256;
/** Later thoughts that an undo looks at. */
export const LATER_CHANGES_MAX = 10_000;
/** Undos at the same moment that one undo gives way to. */
export const UNDO_TRIES_MAX = 100;
/** The farthest step in the search for a clone's free number. */
export const NAME_STEP_MAX = 2 ** 30;
/** Characters of an object's caption. */
export const CAPTION_LENGTH_MAX = 200;
/** Names kept in memory beside the residents'. */
export const NAMES_CACHED_MAX = 20_000;
/** Thoughts read to find whose a name was in the past, before the objects themselves are looked at. */
export const NAME_SEARCHED_THOUGHTS_MAX = 10_000;
/** Oids remembered as absent. */
export const ABSENT_REMEMBERED_MAX = 1_000;
