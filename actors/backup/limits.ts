/** The bounds of the backup actor, with their units. */

/** From the opening of an image that has no backup to the first. */
export const firstBackupMs = 15 * 60_000;
/** From the opening to a backup that is due already, so that starting comes first. */
export const settleMs = 30_000;
/** From the first backup to the first drill. */
export const firstDrillMs = 15 * 60_000;
/** A drill that failed is tried again no later than this. */
export const failedDrillMs = 24 * 3_600_000;
/** The clock is looked at at least so often: it may be set while the actor waits. */
export const lookMsMax = 60_000;
/** Wait after a failure: the first, doubled with each in a row, up to the last. */
export const backOffFirstMs = 60_000;
export const backOffMaxMs = 3_600_000;
/** How much later than its time a backup may come before its age is a reason for concern: this share of the interval. */
export const lateShare = 0.5;
export const lateMsMin = 3_600_000;
/** Bounds of the slots. */
export const intervalHoursMin = 1 / 60;
export const intervalHoursMax = 24 * 366;
export const daysMax = 3_660;
export const weeksMax = 520;
/** Longest time for a drill, its child included. */
export const drillMsMax = 2 * 3_600_000;
/** Bytes that a drill's child may answer. */
export const drillAnswerBytesMax = 64 * 1024;
/** Bytes of the record of the last drill. */
export const recordBytesMax = 64 * 1024;
/** Vectors that a drill's question looks through. */
export const questionVectorsMax = 2_000;
/** Thoughts that a drill reads in one go. */
export const logPage = 1_000;
/** Objects that a drill names as wrong. */
export const wrongNamedMax = 5;
