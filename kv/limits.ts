/**
 * Every bound of the store, with its unit. What a caller can run into is answered by a `LimitError` that names the
 * figure; nothing is written then.
 */

/** Bytes of one encoded key (the store's own bound). */
export const keyBytesMax = 2_048;
/** Bytes of a key of a versioned family: its `version` key carries 64 bytes more. */
export const versionedKeyBytesMax = 1_920;
/** Sealed bytes from which on a value is kept in chunks under `["blob", id, n]`. */
export const blobThresholdBytes = 60 * 1024;
/** Bytes of one chunk of a blob, of a spilled record, of a redo. */
export const chunkBytes = 60 * 1024;
/** Sealed bytes of one value, chunks included. */
export const valueBytesMax = 64 * 1024 * 1024;
/** Mutations of one atomic operation (the store takes 1000; head, log and gone are counted in). */
export const atomicMutationsMax = 990;
/** Payload bytes of one atomic operation (the store takes 819,200, keys included). */
export const atomicBytesMax = 780_000;
/** Key bytes of one atomic operation (the store takes 81,920). */
export const atomicKeyBytesMax = 78_000;
/** Bytes of a log record from which on it spills into `["part", batch, n]`. */
export const recordBytesMax = 48 * 1024;
/** Time that counting what history costs works before it rests as long, in ms. */
export const countingMs = 20;
/** Records that it reads at a time: few, so that what it has read does not grow old in memory. */
export const countedBatch = 10;
/** Times that a record is read which is written anew meanwhile. */
export const recordReadsMax = 5;
/** Thoughts that share one atomic operation. */
export const groupThoughtsMax = 512;
/** Mutations of one thought, applied through a redo. */
export const thoughtMutationsMax = 1_000_000;
/** Writes that are remembered for the validation of reads. */
export const ringWritesMax = 100_000;
/** Thoughts that wait to be committed at the same time. */
export const waitingThoughtsMax = 10_000;
/** Mutations of one atomic operation of a pruning: few, as no thought commits meanwhile. */
export const pruneMutationsMax = 250;
/** Times that a thought's apply step runs before the conflict is the caller's. */
export const attemptsMax = 12;
/** Attempt from which on others let a thought pass first. */
export const gateAttempt = 5;
/** Longest time that a thought waits in a lane, or that others wait at the gate. */
export const laneWaitMs = 300;
/** Upper bound of the random pause before attempt n is this times 2^n, at most `jitterMsMax`. */
export const jitterMsBase = 0.25;
export const jitterMsMax = 64;
/** Times that a batch is submitted again after another process committed in between. */
export const lostHeadsMax = 32;
/** Time a data manager has for its vote, and for its finish. */
export const voteMs = 5_000;
/** Data managers of one thought. */
export const participantsMax = 64;
/** Bytes of what a journalled participant changes in one thought. */
export const journalDeltaBytesMax = 16 * 1024 * 1024;
/** Thoughts of the log looked at to tell who won a conflict. */
export const winnersLookedAtMax = 1_000;
/** Savepoints that a thought has at the same time. */
export const savepointsMax = 1_000;
/** Characters of `who`, of `why`, and of the other words that describe a thought. */
export const whoCharactersMax = 400;
export const whyCharactersMax = 8_000;
/** Serialized bytes of a thought's `detail`. */
export const detailBytesMax = 1024 * 1024;
/** Thoughts, or changes, that are held in memory until their version keys are written. */
export const tailThoughtsMax = 10_000;
/** Thoughts, or changes, from which on version keys are written even while thoughts keep coming. */
export const tailFlushAt = 1_000;
/** Pause without a thought after which version keys are written behind. */
export const idleFlushMs = 1_000;
/** Entries of one page of the log: default and most. */
export const logPageDefault = 100;
export const logPageMax = 1_000;
/** Keys that one read of the store takes. */
export const readKeysMax = 10;
/** Time that `close()` waits for thoughts under way. */
export const closeWaitMs = 10_000;
