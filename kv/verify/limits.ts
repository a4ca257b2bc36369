/** The bounds of verifying an image. */

/** Problems that a report tells one by one; more are counted. */
export const problemsMax = 10_000;
/** Entries that one read of a listing brings: few enough that others get their turn between. */
export const scanBatch = 200;
/** Changes of the log that are held against the version keys at a time. */
export const windowChangesMax = 2_000_000;
/** Unreferred chunks younger than this may belong to a thought that is under way. */
export const orphanAgeMs = 24 * 60 * 60 * 1_000;
/** Second looks that go on at once. */
export const doubtsMax = 64;
/** Time between two reports of progress. */
export const progressEveryMs = 250;
/** Ancestors that are looked at for one object before the search for a circle is given up. */
export const ancestorsMax = 10_000;
