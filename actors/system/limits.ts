/** The bounds of the running system. */
/** First wait before a failed part is started again; doubles up to the most. */
export const RESTART_DELAY_MS = 250;
export const RESTART_DELAY_MAX_MS = 30_000;
/** A part that has run this long has forgotten its earlier failures. */
export const STABLE_AFTER_MS = 60_000;
/** A part that has not ended by then is left behind. */
export const STOP_WAIT_MS = 15_000;
/** Messages held for a reader of the stream that does not pull; beyond it gets RESYNC. */
export const STREAM_MESSAGES_HELD_MAX = 20_000;
/** Committed events that a client may be behind and still catch up. */
export const CATCH_UP_EVENTS_MAX = 10_000;
export const CATCH_UP_PAGE = 256;
/** Changes of health within this time are told once. */
export const STATUS_SETTLE_MS = 50;
/** How far long work is, is told this often at most; and so many works may be under way. */
export const WORK_TELL_MS = 250;
export const WORKS_MAX = 16;
/** Objects and places of one event that are described; after a larger thought readers are told to load anew. */
export const EVENT_OBJECTS_MAX = 500;
/** Answers to commands that came under a key are kept this long, and looked through this often. */
export const IDEMPOTENCY_SWEEP_MS = 60 * 60 * 1000;
export const IDEMPOTENCY_KEPT_MS = 24 * 60 * 60 * 1000;
/** Morphs that one canvas view holds. */
export const CANVAS_MORPHS_MAX = 10_000;
/** Quarantined objects that health names one by one. */
export const QUARANTINED_NAMED_MAX = 20;
/** Exchanges of a thread that are read for each one that is wanted: those without a model are passed over. */
export const HISTORY_LOOKED_AT = 5;
/** Changes of personas within this time are looked at once. */
export const PERSONAS_SETTLE_MS = 20;
/** Memories that the writer of a method is shown, and how long they are waited for, milliseconds. */
export const KERNEL_MEMORIES = 3;
export const KERNEL_MEMORIES_WAIT_MS = 500;
/** A caller who waits until something is erased waits this long at most. */
export const FORGET_WAIT_MS = 20_000;
/** A failed erasure is tried again after this, and after twice as long each time, up to the greatest. */
export const FORGET_RETRY_MS = 5_000;
export const FORGET_RETRY_MS_MAX = 60_000;
/** Shorter texts are words that anybody may use, and no quotes. */
export const QUOTED_CHARS_MIN = 12;
/** Objects that quote what is forgotten that are named. */
export const QUOTING_MAX = 100;
/** Threads that a list holds; turns of one that are counted for it; branches of branches. */
export const THREADS_MAX = 1_000;
export const TURNS_COUNTED_MAX = 100;
/** The latest answers over which the cost of the personas is summed. */
export const USAGE_ANSWERS_MAX = 2_000;
export const BRANCH_DEPTH_MAX = 64;
/** Second answers to the same prompt that are kept beside the first; the oldest goes. */
export const REPLAYS_KEPT_MAX = 5;
/** Turns that one exported document holds, the last ones. */
export const EXPORT_TURNS_MAX = 10_000;
