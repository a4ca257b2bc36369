/** The bounds of ingest: what is read, how much waits, how often is tried. */
/** Tokens of one memory, its headings included, as `tokensOf` counts them: under what the default model reads. */
export const CHUNK_TOKENS_MAX = 216;
/** Tokens of the headings that stand over a memory; of longer ones the innermost are kept. */
export const CONTEXT_TOKENS_MAX = 48;
/** Entries that the reader hands over at a time; as many are embedded together, so that those of like length meet. */
export const READ_ENTRIES = 256;
/** Of the first time: it is soon embedded, while the next are read. */
export const FIRST_ENTRIES = 64;
/** How long the reader looks for more before it hands over what it has, milliseconds: some messages are large. */
export const READ_MS = 2_000;
/** Memories of one thought: with vectors and history they fit one atomic operation. */
export const COMMIT_CHUNKS = 64;
/** Bytes read from a file at a time. */
export const READ_BYTES = 64 * 1024;
/** Bytes of a line of plain text; a longer one is left out. */
export const LINE_BYTES_MAX = 1024 * 1024;
/** Bytes of a passage of plain text; a longer one is cut at a line's end. */
export const BLOCK_BYTES_MAX = 64 * 1024;
/** Bytes of one message of an mbox, attachments included; a larger one is left out. */
export const MAIL_BYTES_MAX = 64 * 1024 * 1024;
/** Characters of one message's text; the rest is left out, and named. */
export const MAIL_CHARACTERS_MAX = 1_000_000;
/** How deep the parts of a message may lie in one another, and how large its headers may be. */
export const MAIL_DEPTH_MAX = 32;
export const MAIL_HEADER_BYTES_MAX = 256 * 1024;
/** Share of a text that may be signs that no text has, before it is taken for none. */
export const UNREADABLE_SHARE_MAX = 0.1;
/** Bytes of a file's beginning by which its kind is told. */
export const HEAD_BYTES = 4 * 1024;
/** How deep a folder may be, and how many entries one folder may have. */
export const DEPTH_MAX = 64;
export const FOLDER_ENTRIES_MAX = 200_000;
/** Files that are counted beforehand; with more of them nobody can say how much is left. */
export const COUNTED_FILES_MAX = 200_000;
/** Characters of the path of what is taken in. */
export const PATH_CHARACTERS_MAX = 1_000;
/** Problems that are named one by one; all are counted. */
export const PROBLEMS_NAMED_MAX = 25;
/** Characters of a problem's place, and of its reason. */
export const PROBLEM_CHARACTERS_MAX = 300;
/** How long the reader may take to start, and for one answer, milliseconds: it is ended then. */
export const READER_START_MS = 30_000;
export const READER_ANSWER_MS = 300_000;
/** The wait before what was refused for now is tried again, milliseconds; it doubles. */
export const RETRY_MS = 1_000;
export const RETRY_MS_MAX = 30_000;
/** Tries in a row, after which the ingest pauses and says why. */
export const TRIES_MAX = 8;
/** Progress is told at most this often, milliseconds. */
export const PROGRESS_MS = 500;
/** The rate is that of the last so many milliseconds. */
export const RATE_MS = 15_000;
