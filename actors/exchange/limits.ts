/** The bounds of exchange: what an archive, a blueprint or an export of conversations may be. */
/** Bytes of one line of an archive: an object of the largest stored size, each byte of it escaped. */
export const LINE_BYTES_MAX = 384 * 1024 * 1024;
/** How deep the values of a line may lie in one another: deeper than any that a person can give. */
export const LINE_DEPTH_MAX = 512;
/** Bytes of an archive as it is read. */
export const ARCHIVE_BYTES_MAX = 4 * 1024 ** 3;
/** Objects of one archive; what becomes of them must fit into one thought. */
export const ARCHIVE_OBJECTS_MAX = 1_000_000;
/** Objects that are read, or made into lines, at a time. */
export const OBJECTS_AT_ONCE = 100;
/** Texts embedded between two words of progress. */
export const EMBED_AT_ONCE = 64;
/** Conflicts that a refusal names one by one. */
export const CONFLICTS_NAMED_MAX = 100;
/** Bytes of a blueprint. */
export const BLUEPRINT_BYTES_MAX = 256 * 1024 * 1024;
/** Memories of conversations that one thought takes in. */
export const INGEST_BATCH = 256;
/** Characters of a memory's text; a longer one is split. */
export const MEMORY_CHARACTERS_MAX = 20_000;
/** Characters of a memory's source and of its thread. */
export const SOURCE_CHARACTERS_MAX = 500;
export const THREAD_CHARACTERS_MAX = 200;
/** Malformed records of an export that a report names one by one. */
export const PROBLEMS_NAMED_MAX = 100;
/** Characters of one conversation in an export. */
export const CONVERSATION_CHARACTERS_MAX = 256 * 1024 * 1024;
/** Bytes that a member of a ZIP archive may unpack to, and how many times its packed size. */
export const ZIP_MEMBER_BYTES_MAX = 4 * 1024 ** 3;
export const ZIP_RATIO_MAX = 200;
/** Below this many bytes no ratio is looked at: a small text may be packed very well. */
export const ZIP_RATIO_FROM_BYTES = 16 * 1024 * 1024;
/** Bytes of one Markdown file; how many files a folder may have, and how deep it may be. */
export const MARKDOWN_BYTES_MAX = 16 * 1024 * 1024;
export const MARKDOWN_FILES_MAX = 100_000;
export const MARKDOWN_DEPTH_MAX = 32;
