/** The bounds of one object. Beyond any of them a typed error names the figure, and nothing is written. */
export const NAME_LENGTH_MAX = 200;
export const SLOTS_MAX = 1_000;
export const PARENTS_MAX = 16;
/** Objects from the receiver to the farthest ancestor, the receiver not counted. */
export const CHAIN_DEPTH_MAX = 64;
/** Objects that one delegation search may visit. */
export const CHAIN_OBJECTS_MAX = 1_024;
/** Nesting of a slot's data. */
export const VALUE_DEPTH_MAX = 32;
/** UTF-8 bytes of one slot's data or method source, measured as JSON. */
export const SLOT_BYTES_MAX = 1_048_576;
/** Selectors offered when a message is not understood. */
export const NEAREST_SELECTORS_MAX = 5;
