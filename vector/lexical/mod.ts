/**
 * Finding texts by their words: BM25 in a worker, over postings in SQLite, in any language.
 * @module
 */
export { LexicalError, type LexicalErrorCode } from "./errors.ts";
export { LexicalIndex, type LexicalIndexOptions } from "./lexical_index.ts";
export * from "./limits.ts";
export { wordsOf } from "./terms.ts";
export type {
  LexicalAnswer,
  LexicalChange,
  LexicalFilter,
  LexicalHit,
  LexicalRow,
  LexicalState,
  PastRow,
  RowDescription,
  Scalar,
} from "./messages.ts";
