/** What the system needs from the memory; `actors/memory` is the part that has it. */
import type { Key, Position, Thought } from "../../kv/mod.ts";
import type { LexicalFilter, Reason, RecallWeights } from "../../vector/mod.ts";

export interface MemoryRow {
  readonly oid: string;
  readonly vector: Float32Array;
}

export interface MemoryHit {
  readonly oid: string;
  /** Cosine similarity, -1 to 1. */
  readonly score: number;
  readonly tier: "L1" | "L2" | "L3";
}

/** What found a memory: its meaning, its words, or a memory beside it in its thread. */
export type RecallChannel = "meaning" | "words" | "thread";

export interface RecallQuery {
  readonly text: string;
  readonly k: number;
  /** When it is asked, milliseconds since 1970. */
  readonly now: number;
  readonly asOf?: Position | undefined;
  readonly filter?: LexicalFilter | undefined;
  /** Instead of those that the slots of `memory_manager` say. */
  readonly weights?: Partial<RecallWeights> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A memory with its place among all that were found, and why it has it. */
export interface RankedMemory {
  readonly oid: string;
  /** 0 to 1: the sum of the reasons' points. */
  readonly score: number;
  readonly tier: MemoryHit["tier"];
  /** Cosine similarity, -1 to 1; null for a memory without a vector. */
  readonly cosine: number | null;
  /** Null when no word of the query is in it, or words are not looked for. */
  readonly bm25: number | null;
  readonly channels: readonly RecallChannel[];
  readonly reasons: readonly Reason[];
}

export type PartState = "starting" | "ready" | "degraded" | "failed";

export interface PartStatus {
  readonly state: PartState;
  /** 0 to 1 while something is under way. */
  readonly progress?: number;
  readonly detail?: string;
}

export interface MemoryStatus {
  readonly index: PartStatus;
  /** The index of words. */
  readonly lexical: PartStatus;
  readonly embedder: PartStatus;
  readonly space: { readonly id: string; readonly model: string; readonly dimensions: number };
  readonly L1: { readonly rows: number; readonly bytes: number };
  readonly L2: { readonly rows: number; readonly segments: number };
  /** What works worse than it should, why, and what to do. */
  readonly degraded: readonly { readonly part: string; readonly reason: string; readonly hint: string }[];
  /** Null when nothing is being made anew. */
  readonly rebuild: RebuildStatus | null;
  readonly archive: { readonly state: string; readonly restarts: number; readonly reason: string | null };
}

/** What is being made anew, and how far it is, 0 to 1. */
export interface RebuildStatus {
  readonly part: string;
  readonly progress: number;
}

export interface MemoryProblem {
  readonly kind:
    | "vector_corrupt"
    | "vector_missing"
    | "index_differs"
    | "archive_differs"
    | "lexical_differs"
    | "lexical_absent";
  readonly oid: string | null;
  readonly message: string;
  readonly hint: string;
  /** Whether a rebuild puts it right. */
  readonly repairable: boolean;
}

/** Whether working memory, archive and words agree with the store. */
export interface MemoryCheck {
  readonly ok: boolean;
  /** Vectors and texts in the store that were compared, and rows of the archive that were asked for. */
  readonly checked: { readonly rows: number; readonly texts: number; readonly sampled: number };
  readonly problems: readonly MemoryProblem[];
}

export interface MemoryPort {
  /** One unit vector for each text. Waits for the model, bounded. @throws UnavailableError, retryable */
  embed(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]>;
  /** Joins the index to a thought: rows that become visible, and rows that go, when and only when it commits. */
  stage(
    thought: Thought,
    change: { readonly rows: readonly MemoryRow[]; readonly removed: readonly string[] },
  ): void;
  /** Whether the thought already says what is to be found of an object. */
  stages(thought: Thought, oid: string): boolean;
  /** Puts a vector entry back as undo found it, through the same participant. */
  putBack(thought: Thought, key: Key, before: unknown | null): void;
  search(
    query: Float32Array,
    k: number,
    options?: { readonly asOf?: Position | undefined; readonly signal?: AbortSignal | undefined },
  ): Promise<MemoryHit[]>;
  /**
   * The best memories by meaning, words, threads and what else the weights say, the best first.
   * @throws {UnavailableError} retryable, while the model or the index is not there; with a filter, while that of words is not
   */
  recall(query: RecallQuery): Promise<RankedMemory[]>;
  /**
   * Makes working memory, archive and words anew from the store alone; who asks while it runs joins it.
   * @returns why it did not come to its end, or null
   */
  rebuild(): Promise<string | null>;
  /**
   * Takes every byte of rows that are gone out of the files of archive and words.
   * @throws {Error} with the reason, when it could not: it may be asked again
   */
  purge(oids: readonly string[]): Promise<void>;
  /** @throws {UnavailableError} retryable, while the index is not there */
  check(): Promise<MemoryCheck>;
  readonly status: MemoryStatus;
}
