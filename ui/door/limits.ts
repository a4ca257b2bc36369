/** The bounds of a door to a server elsewhere. */

/** Issues that a refusal names, and paths in its details. */
export const ERROR_VALUES_SHOWN_MAX = 5;
/** A command may run a program or wait for the embedder; beyond this it is given up. */
export const REQUEST_MS_MAX = 180_000;
/** Characters of one line of a report on the whole image. */
export const VERIFY_LINE_LENGTH_MAX = 64 * 1024 * 1024;
/** A copy of a large image, a merge, a pruning, or a message that has methods made for it may take this long. */
export const LONG_COMMAND_MS_MAX = 3_600_000;
/** `/health` answers at once or not at all. */
export const HEALTH_MS_MAX = 5_000;
/** UTF-16 code units of one message of the stream. */
export const STREAM_MESSAGE_LENGTH_MAX = 64 * 1024 * 1024;
/** Without a byte for this long (three heartbeats), the connection is taken for dead. */
export const STREAM_SILENCE_MS_MAX = 45_000;
export const RECONNECT_MS_MIN = 100;
export const RECONNECT_MS_MAX = 5_000;
/** A stream that could not be joined again for this long fails. */
export const RECONNECT_GIVE_UP_MS = 60_000;
/** Idempotency keys of requests that were answered, beside those that the image keeps. */
export const KEYS_REMEMBERED_MAX = 1_000;
