/** Every bound of the archive, by name. Sizes in bytes and rows, times in milliseconds. */

/** Version of `manifest.json` that this program writes and reads. */
export const manifestVersion = 2;
/** Bytes that `manifest.json` has at most; most of it is masked rows. */
export const manifestBytesMax = 64 * 1024 * 1024;
/** Segments that serve at once; one more wants a seal that replaces them. */
export const segmentsMax = 16;
/** Neighbouring segments of alike size that are merged into one. */
export const mergeSegmentsMin = 4;
/** Rows that one segment holds at most. */
export const segmentRowsMax = 5_000_000;
/** Dimensions that a row has at most. */
export const dimensionsMax = 4_096;
/** UTF-8 bytes that the id of a row has at most. */
export const idBytesMax = 46;
/** UTF-8 bytes that the position at which a row was born has at most. */
export const bornBytesMax = 32;
/** Rows that one frame carries to the builder at most, and the bytes of their vectors. */
export const frameRowsMax = 256;
/** Bytes of a frame's header and of its body at most; a longer one ends the conversation. */
export const frameHeaderBytesMax = 1024 * 1024;
/** See `frameHeaderBytesMax`. */
export const frameBodyBytesMax = 8 * 1024 * 1024;
/** Bytes that a child reads from its input at once. */
export const pipeReadBytes = 64 * 1024;
/** Bytes read at once when a file is hashed. */
export const hashChunkBytes = 1024 * 1024;

/** Neighbours that the graph gives each row, and candidates it weighs when a row is added. */
export const graphConnectivity = 16;
/** See `graphConnectivity`. */
export const graphExpansionAdd = 128;
/**
 * Candidates weighed in a search: the first of these that reaches `recallWanted` is kept with the segment; from
 * `expansionWantedMax` on, the first that reaches `recallMin`.
 */
export const graphExpansionsSearch: readonly number[] = [
  64,
  128,
  256,
  512,
  1_024,
  2_048,
  4_096,
  8_192,
  16_384,
];
/** See `graphExpansionsSearch`. */
export const expansionWantedMax = 1_024;
/** The form of a file of inverted lists that this program writes and reads. */
export const listsVersion = 1;
/** Lists for each row's square root, and at most. */
export const listsPerRootOfRows = 2;
/** See `listsPerRootOfRows`. */
export const listsMax = 4_096;
/** Rows a list among which its centroid is sought, and how often it is turned towards them. */
export const centroidSamplesPerList = 32;
/** See `centroidSamplesPerList`. */
export const centroidSteps = 6;
/** Rows from which on a segment has lists: of fewer, the graph is as fast. */
export const listedRowsMin = 1_024;
/** Lists that a search scans, step by step. */
export const listProbes: readonly number[] = [4, 8, 16, 32, 64, 128];
/** Rows beyond those asked for that a search of lists compares by their very vectors. */
export const listedMore = 14;
/** Searches of lists after which other work has its turn; each takes a fraction of a millisecond. */
export const listedTurn = 8;
/** Hits asked for up to which the lists are searched: each costs the program a read or two. */
export const listedHitsMax = 64;
/**
 * Share of the exact nearest `recallAt` that lists must find over any so many sampled queries of like similarity, if they
 * do not find as much as the graph.
 */
export const listedRecallMin = 0.99;
/** See `listedRecallMin`. */
export const listedWindow = 16;
/** Share of the sampled queries that a step must answer which none before it did. */
export const listedStepMin = 0.05;
/** Share of the sampled queries that lists must answer to be worth their memory. */
export const listedShareMin = 0.5;
/** Share of the exact nearest `recallAt` that a segment must find to be swapped in. */
export const recallMin = 0.95;
/** Share up to which a search is widened, so that a segment does not just pass. */
export const recallWanted = 0.98;
/** See `recallMin`. */
export const recallAt = 10;
/** Queries halfway between rows, by which recall is measured, and of each other kind that lists are tried with. */
export const recallQueries = 64;
/** See `recallQueries`. */
export const listedQueries = 32;
/** How much less similar than the k-th exact row a found one may be and still count: what f16 loses on unit vectors. */
export const recallTolerance = 1e-3;

/** Hits that a search may ask for. */
export const searchHitsMax = 1_000;
/** Rows beyond those asked for whose exact scores are compared with theirs. */
export const comparedMore = 8;
/** Rows that a search looks at, at most, while what it finds is excluded. */
export const searchWidthMax = 16_384;
/** Searches that may be under way; one more is refused as busy. */
export const searchesInFlightMax = 1_024;
/** Rows that may be masked; beyond it the archive answers nothing until a seal replaces it. */
export const maskedMax = 200_000;

/** Rows more that a search looks at where any are masked. */
export const maskedSlackMin = 8;

/** A builder that says nothing for this long is killed. */
export const builderSilenceMs = 120_000;
/** A searcher that has not answered for this long is killed and replaced. */
export const searcherSilenceMs = 60_000;
/** How long a child gets to end by itself when its input is closed. */
export const childExitMs = 2_000;
/** Times that a search is asked again after its searcher died under it. */
export const searchRetriesMax = 2;
/** Searchers started within `searcherRestartWindowMs` at most; then searches are refused until it has passed. */
export const searcherRestartsMax = 5;
/** See `searcherRestartsMax`. */
export const searcherRestartWindowMs = 60_000;
