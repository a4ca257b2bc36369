/** What the lexical index and its worker say to each other. Requests are answered one by one, in their order. */
import type { LexicalErrorCode } from "./errors.ts";

/** What may be asked of a row beside its words. */
export type Scalar = string | number | boolean;

/** What is found by its words, and what it can be chosen by. */
export interface LexicalRow {
  readonly id: string;
  readonly text: string;
  /** What it stands in an order with. */
  readonly thread: string | null;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly source: string | null;
  readonly kind: string;
  /** 0 to 1. */
  readonly importance: number;
  readonly slots: Readonly<Record<string, Scalar>>;
}

/** One change of what is found under an id, at a position. */
export interface LexicalChange {
  readonly id: string;
  readonly before: LexicalRow | null;
  readonly after: LexicalRow | null;
  readonly position: string;
}

/** A row as it was from one position until another. */
export interface PastRow {
  readonly row: LexicalRow;
  readonly born: string;
  readonly died: string;
}

/** What hits must be like; every field that is given must hold. */
export interface LexicalFilter {
  /** Inclusive, milliseconds since 1970. */
  readonly since?: number | undefined;
  /** Exclusive, milliseconds since 1970. */
  readonly until?: number | undefined;
  readonly source?: string | undefined;
  readonly kind?: string | undefined;
  readonly thread?: string | undefined;
  /** One of these ids. */
  readonly among?: readonly string[] | undefined;
  readonly slots?: Readonly<Record<string, Scalar>> | undefined;
}

export interface LexicalHit {
  readonly id: string;
  /** BM25, above 0. */
  readonly score: number;
  /** The score beside that of a row of average length which has every word of the query once: 0 to 1. */
  readonly share: number;
}

export interface LexicalAnswer {
  readonly hits: readonly LexicalHit[];
  /** The words that were looked up, and those that stand in too many rows to say anything. */
  readonly words: readonly string[];
  readonly dropped: readonly string[];
}

export interface RowDescription {
  readonly id: string;
  readonly at: number;
  readonly importance: number;
  readonly kind: string;
  readonly source: string | null;
  readonly thread: string | null;
  /** The rows before and after it in its thread: how many steps away, below 0 for those before. */
  readonly near: readonly { readonly id: string; readonly steps: number }[];
}

export interface LexicalState {
  readonly rows: number;
  readonly past: number;
  /** What is decided up to here is in it; "" when it must be filled. */
  readonly watermark: string;
}

export type LexicalOrder =
  | { readonly type: "start"; readonly path: string; readonly image: string }
  | { readonly type: "apply"; readonly changes: readonly LexicalChange[]; readonly watermark: string | null }
  | {
    readonly type: "fill";
    readonly rows: readonly { readonly row: LexicalRow; readonly born: string }[];
    readonly past: readonly PastRow[];
  }
  | { readonly type: "clear" }
  | { readonly type: "prune"; readonly upTo: string }
  | { readonly type: "forget"; readonly ids: readonly string[] }
  | { readonly type: "compact" }
  | {
    readonly type: "search";
    readonly query: string;
    readonly limit: number;
    readonly asOf: string | undefined;
    readonly filter: LexicalFilter | undefined;
  }
  | { readonly type: "describe"; readonly ids: readonly string[]; readonly asOf: string | undefined }
  | {
    readonly type: "matching";
    readonly filter: LexicalFilter;
    readonly limit: number;
    readonly asOf: string | undefined;
  }
  | { readonly type: "ids"; readonly after: string; readonly limit: number }
  | { readonly type: "close" };

export type LexicalRequest = LexicalOrder & { readonly number: number };

export type LexicalResult = LexicalAnswer | readonly RowDescription[] | readonly string[] | null;

export type LexicalReply =
  & { readonly number: number; readonly state: LexicalState }
  & (
    | { readonly ok: true; readonly result: LexicalResult }
    | {
      readonly ok: false;
      readonly error: { readonly code: LexicalErrorCode; readonly message: string; readonly hint: string };
    }
  );
