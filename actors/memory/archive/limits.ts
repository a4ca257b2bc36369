/** Every bound of the archive actor, by name. */

/** Milliseconds before the first try after a failure; it doubles with each failure in a row. */
export const backOffFirstMs = 1_000;
/** The longest wait between two tries. */
export const backOffMaxMs = 5 * 60_000;
/** Failures in a row after which the actor stops trying by itself for `failedRestMs`. */
export const failuresMax = 6;
/** How long it rests when it has failed for good, unless someone asks or a setting changes. */
export const failedRestMs = 60 * 60_000;
/** Least and greatest of `interval_seconds`. */
export const intervalSecondsMin = 1;
/** See `intervalSecondsMin`. */
export const intervalSecondsMax = 7 * 24 * 3_600;
/** Greatest of `threshold_rows`; more than working memory can hold is no threshold. */
export const thresholdRowsMax = 1_000_000;
