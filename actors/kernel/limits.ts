/** Every bound of the kernel: how often and how long it tries, and how much it reads and keeps. */

/** Proposals of a mind in one generation, unless the image says otherwise; and the most that it may say. */
export const TRIES = 3;
export const TRIES_MAX = 10;
/** Methods of other objects that are tried as they are where none of a mind's proposals held. */
export const BORROWED_MAX = 2;
/** One generation from its start, milliseconds, unless the image says otherwise; and the most that it may say. */
export const GENERATION_MS = 120_000;
export const GENERATION_MS_MAX = 1_800_000;
/** Methods that are made to answer one message. */
export const METHODS_PER_MESSAGE_MAX = 3;
/** Generations under way at once. */
export const GENERATIONS_MAX = 16;
/** A mind's answer, UTF-16 units. */
export const ANSWER_LENGTH_MAX = 32_768;
/** How deep the values of a mind's answer may lie in one another. */
export const ANSWER_DEPTH_MAX = 64;
/** A generated source, UTF-16 units. */
export const SOURCE_LENGTH_MAX = 8_192;
/** Tokens that a mind may take for one proposal. */
export const ANSWER_TOKENS_MAX = 1_500;
/** Syntax nodes of a source. */
export const NODES_MAX = 4_000;
/** A prompt, UTF-16 units. */
export const PROMPT_LENGTH_MAX = 24_000;
/** Slots of the receiver, own and inherited, that the mind is shown, and the text of each. */
export const SHOWN_SLOTS_MAX = 40;
export const SHOWN_VALUE_LENGTH_MAX = 200;
/** Similar methods and earlier refusals that the mind is shown. */
export const SIMILAR_MAX = 4;
export const REFUSALS_MAX = 3;
/** Objects that are looked through for similar methods. */
export const SCANNED_OBJECTS_MAX = 5_000;
/** Of these the form is compared by hypervector, in so many dimensions. */
export const COMPARED_MAX = 12;
export const COMPARED_DIMENSIONS = 1_024;
/** A selector at this distance from one that exists is taken for a slip of the hand. */
export const SLIP_DISTANCE_MAX = 1;
/** Waiting proposals that are looked through. */
export const PROPOSALS_MAX = 1_000;
/** Repairs of one method that begin by themselves. */
export const REPAIRS_MAX = 3;
/** A generated method that has answered so often may be proposed for its parent; it is looked at again at each double. */
export const LIFT_AFTER = 20;
/** Uses that may be lost in a crash, of a method that has not answered more often than that before. */
export const SERVED_UNSAVED_MAX = 10;
/** Without a use for so long, what was counted is written, milliseconds. */
export const SERVED_QUIET_MS = 30_000;
/** Methods whose uses are kept in memory. */
export const COUNTED_METHODS_MAX = 10_000;
/** Brothers and sisters that are looked at before a method is proposed for the parent. */
export const SIBLINGS_MAX = 50;
/** Text of a failure that is kept, UTF-16 units. */
export const REASON_LENGTH_MAX = 1_000;
/** Objects that one check of examples looks through. */
export const CHECKED_OBJECTS_MAX = 1_000_000;
