/** The bounds of the lexical index. */
/** Characters of a text that are read; what comes after cannot be found by words. */
export const lexicalTextCharactersMax = 100_000;
/** Characters of a term; longer ones are cut. */
export const termCharactersMax = 64;
/** Different words of a query that are looked up. */
export const queryWordsMax = 32;
/** Languages in whose ways a query's words are stemmed: those of the most rows. */
export const queryLanguagesMax = 6;
/** A word that more than this share of the rows has says nothing, and is dropped from a query unless all do. */
export const commonShare = 0.2;
/** Rows that the words of one query may lead to together: the rarest words go first, so that time is bounded. */
export const postingsMax = 60_000;
/** Hits that one search may ask for. */
export const lexicalHitsMax = 1_000;
/** Rows that one request may describe or list. */
export const lexicalRowsMax = 20_000;
/** Characters from which a text's language is guessed, at least and at most. */
export const languageCharactersMin = 20;
export const languageCharactersMax = 240;
/** Stems kept, each language: a language has few words that come often. */
export const stemsKept = 20_000;
/** How often a word occurs is asked again when the rows have changed by this share. */
export const frequencyDrift = 0.1;
export const frequenciesKept = 20_000;
/** Changes are made durable after this long, milliseconds; what a crash loses is read again from the log. */
export const lexicalFlushMs = 200;
/** Requests that may wait for the worker. */
export const lexicalPendingMax = 8_192;
/** A worker that has not opened its file by then is given up, milliseconds. */
export const lexicalStartMs = 30_000;
/** Neighbours of a thread that are told of a row, on each side. */
export const threadReach = 2;
