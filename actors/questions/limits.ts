/** Every bound of the questions, by name. */

/** Objects that questions look at. */
export const QUESTIONED_OBJECTS_MAX = 100_000;
/** Different values that can be an answer, and different roles. */
export const CODEBOOK_ENTRIES_MAX = 100_000;
/** Places of a codebook at first: half a kilobyte each. They double. */
export const CODEBOOK_FIRST = 1_024;
/** UTF-16 units of all values and roles that are kept. */
export const CODEBOOK_TEXT_MAX = 64_000_000;
/** Entries whose noise is measured to calibrate a threshold. */
export const CALIBRATED_ENTRIES = 256;
/** Objects that are put at once. */
export const PUT_OBJECTS_MAX = 500;
/** Objects that changed since the last question; when there are more, all are read anew. */
export const CHANGED_OBJECTS_MAX = 20_000;
/** Dimensions of each object's form that are kept, and how many deviations of their noise a holder may lie below. */
export const SIEVE_DIMENSIONS = 512;
export const SIEVE_SIGMAS = 5;
/** Hops of one chain. */
export const HOPS_MAX = 8;
/** Objects that one answer names. */
export const ANSWERS_MAX = 50;
/** Holographic forms that are kept: 80 KB each at 10,000 dimensions. */
export const FORMS_CACHED_MAX = 500;
/** Dimensions in which many objects are compared; their forms are as those of all dimensions, cut there. */
export const COMPARED_DIMENSIONS_MAX = 2_048;
/** Characters of a question in words. */
export const QUESTION_LENGTH_MAX = 1_000;
/** Characters of a value as it is shown. */
export const VALUE_SHOWN_MAX = 200;
/** What a persona may take to translate a question: milliseconds, tokens, and UTF-16 units of what it says. */
export const TRANSLATION_MS = 20_000;
export const TRANSLATION_TOKENS_MAX = 200;
export const TRANSLATION_LENGTH_MAX = 4_000;
/** Objects that a persona is shown, and names of slots of each. */
export const NAMES_SHOWN_MAX = 20;
