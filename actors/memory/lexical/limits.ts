/** The bounds of how the lexical index follows the image. */
/** Objects read from the store at a time. */
export const FILL_BATCH = 8;
/** Thoughts of the log read at a time: each may have changed thousands of objects, which are in memory together. */
export const FOLLOW_PAGE = 32;
/** Waits before a lexical index that broke is opened again, milliseconds; doubles with each failure in a row. */
export const REOPEN_MS = 500;
export const REOPEN_MS_MAX = 60_000;
/** How long a recall waits for an index that is being opened or filled, before it goes on without words, milliseconds. */
export const WORDS_WAIT_MS = 3_000;
/** Texts up to which a recall waits for an index that is being filled at all. */
export const FILLING_WAITED_FOR_MAX = 5_000;
/** Slots of an object by which it can be chosen, and the characters of a text among them. */
export const CHOSEN_SLOTS_MAX = 32;
export const CHOSEN_TEXT_MAX = 200;
/** Thoughts without words after which the watermark moves all the same. */
export const SILENT_THOUGHTS_MAX = 256;
/** What takes rows out for good waits this long for the index, in ms. */
export const PURGE_WAIT_MS = 60_000;
