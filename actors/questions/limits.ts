/** Every bound of the questions, by name. */

/** Objects that one question looks at. */
export const QUESTIONED_OBJECTS_MAX = 5_000;
/** Different values that can be an answer. */
export const CODEBOOK_ENTRIES_MAX = 5_000;
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
/** Memories of the kernel in which forms are made, one for each number of dimensions. */
export const WORKSPACES_MAX = 4;
