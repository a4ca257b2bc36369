/** The bounds of the lexical index. */
/** Characters of a text that are read; what comes after cannot be found by words. */
export const lexicalTextCharactersMax = 100_000;
/** Characters of a term; longer ones are cut. */
export const termCharactersMax = 64;
/** Different words of a query that are looked up. */
export const queryWordsMax = 32;
/** Languages in whose ways a query's words are stemmed. */
export const queryLanguagesMax = 6;
/** Share of the rows that a language must have for every query to be stemmed in its way too. */
export const languageShareMin = 0.02;
/** A word that more than this share of the rows has says nothing, and is dropped from a query unless all do. */
export const commonShare = 0.2;
/** What no more rows than this have is never common, in however small an index. */
export const fewRows = 3;
/** Rows that the words of one query may lead to together: the rarest words go first, so that time is bounded. */
export const postingsMax = 50_000;
/** Bytes from which a chunk of postings is full. */
export const chunkBytesMax = 2_048;
/** Postings that wait to be put into the tables together. */
export const pendingPostingsMax = 100_000;
/** Hits that one search may ask for. */
export const lexicalHitsMax = 1_000;
/** Rows that one request may describe or list. */
export const lexicalRowsMax = 20_000;
/** Characters from which a text's language is guessed, at least and at most. */
export const languageCharactersMin = 20;
export const languageCharactersMax = 240;
/** Stems kept, each language: a language has few words that come often. */
export const stemsKept = 20_000;
/** Changes are made durable after this long, milliseconds; what a crash loses is read again from the log. */
export const lexicalFlushMs = 200;
/** Requests that wait for the worker, beyond which a question is refused. */
export const lexicalPendingMax = 8_192;
/** The same for changes: beyond it the index is given up, and caught up from the log. */
export const lexicalChangesPendingMax = 16_384;
/** A worker that has not opened its file by then is given up, milliseconds. */
export const lexicalStartMs = 30_000;
/** Neighbours of a thread that are told of a row, on each side. */
export const threadReach = 2;
