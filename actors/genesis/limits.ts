/** The bounds of what comes with the program. */
/** How deep the values of a blueprint may lie in one another: deeper than any that a person can give. */
export const BLUEPRINT_DEPTH_MAX = 512;
/** Vectors of one bundle times their dimensions: nothing else happens while a message is answered. */
export const BUNDLED_NUMBERS_MAX = 10_000_000;
