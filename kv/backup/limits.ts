/** Every bound of the backup, with its unit. */

/** Serialized bytes of one page: what is encoded, and later decoded, in one go. */
export const pageBytes = 256 * 1024;
/** Entries of one page. */
export const pageEntries = 500;
/** Bytes of pages from which on a chunk is closed, compressed and written. */
export const chunkRawBytes = 4 * 1024 * 1024;
/** Bytes that one chunk may open to: a page holds one value at most over its bound, and a value 64 MiB at most. */
export const chunkRawBytesMax = 80 * 1024 * 1024;
/** Links of one chain; the next one begins another. */
export const linksMax = 1_000;
/** Chunks of one link. */
export const chunksMax = 99_999;
/** Bytes of one manifest. */
export const manifestBytesMax = 32 * 1024 * 1024;
/** Bytes of records of the log that are kept from the look at what changed until they are copied. */
export const recordsHeldBytesMax = 4 * 1024 * 1024;
/** Reads of changed keys that go on at once. */
export const readsAtOnce = 8;
/** Time that a backup waits for a large thought to be applied, and between two looks. */
export const settleMs = 60_000;
export const settlePollMs = 20;
/** Level of zstandard: 3 is its own default. */
export const zstdLevel = 3;
