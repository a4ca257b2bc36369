/** The bounds of what comes with the program. */
/** Vectors of one bundle times their dimensions: nothing else happens while a message is answered. */
export const BUNDLED_NUMBERS_MAX = 10_000_000;
