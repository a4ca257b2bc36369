/** Every bound of the exact index and of the embedder, by name. The archive and the hypervectors have their own. */

/** Dimensions of a vector in the exact index: the query's place in the kernel's memory ends there. */
export const exactDimensionsMax = 4096;
/**
 * Rows of the exact index: more than the archive's greatest threshold, so that an image whose archive is lost fits until it
 * is sealed anew. At 384 dimensions they take 2.9 GB, which is within `exactBytesMax`.
 */
export const exactRowsMax = 1_500_000;
/** Bytes that the rows of one exact index may take in the kernel's memory. */
export const exactBytesMax = 3 * 1024 ** 3;
/** Neighbours that one search may ask for. */
export const neighboursMax = 10_000;
/** Greatest magnitude of a number in a vector; beyond it products leave the range in which the bounds are proven. */
export const magnitudeMax = 1e12;
/** Requests that wait for the index's worker, beyond which a search is refused. */
export const exactPendingMax = 4096;
/** The same for changes: who makes them must then take the index for broken. */
export const exactChangesPendingMax = 8192;
/** A worker that is not up by then is given up, milliseconds. */
export const exactStartMs = 30_000;

/** Dimensions of the lexical hashing space: as many as the default model's, so that either fits where the other did. */
export const hashDimensions = 384;
/** Characters of a text that are embedded; a model reads far fewer, the rest cannot change its vector. */
export const textCharactersMax = 100_000;
/** Texts that one call of `embed` may bring. */
export const embedTextsMax = 10_000;
/** Texts that go through the model together. Longer batches gain nothing on a processor and delay a cancel. */
export const embedBatchTexts = 16;
/** Texts that may wait for the embedder over all calls. */
export const embedQueueTextsMax = 20_000;
/** Tokens of a text that the default model reads; the rest is cut off. */
export const embedTokensMax = 256;
/** Threads of one run of the model at most: more gain little with a model this small. */
export const embedThreadsMax = 4;
/** Bytes of one frame between the embedder and its child. */
export const frameBytesMax = 16 * 1024 * 1024;
/** A child that has not loaded its model by then is ended, milliseconds. */
export const embedLoadMs = 60_000;
/** A child that is silent for this long over one batch is ended, milliseconds. */
export const embedBatchMs = 30_000;
/** The wait before a child that ended is started again; doubles with each failure in a row, milliseconds. */
export const embedRestartMs = 200;
export const embedRestartMaxMs = 30_000;
/** Children that failed in a row, none of which answered a batch, after which the hashing space serves. */
export const embedFailuresMax = 5;
/** A batch during which this many children ended is refused, as it may be the cause. */
export const embedAttemptsMax = 3;
/** Resident memory at which a child is replaced after its batch, bytes. Loaded it takes about 250 MB. */
export const embedRssBytesMax = 1024 * 1024 * 1024;
/** A child that was asked to end and did not by then is killed, milliseconds. */
export const embedExitMs = 2_000;
/** Lines of a child's standard error that are kept to say why it ended. */
export const embedErrorCharacters = 2_000;

/** Bytes of one model file. */
export const modelFileBytesMax = 256 * 1024 * 1024;
/** How long a server may take to begin an answer, milliseconds: without the network the next source must come soon. */
export const hubConnectMs = 5_000;
/** How long a download may stand still, milliseconds. */
export const hubStallMs = 20_000;
/** How long `pip download` may take, milliseconds. */
export const pipMs = 300_000;
/** Members that an archive may have. */
export const zipMembersMax = 10_000;
/** Characters of what pip said that are kept to say why it failed. */
export const pipErrorCharacters = 1_000;
/** Half-built model folders are swept after this long, milliseconds. */
export const partialKeptMs = 24 * 60 * 60 * 1000;
/** Within this time of being made, the lock beside such a folder is taken, in ms. */
export const lockTakenMs = 10_000;
/** How often a missing model is looked for again, milliseconds. */
export const modelRetryMs = 10 * 60 * 1000;
