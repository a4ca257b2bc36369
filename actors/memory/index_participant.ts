/**
 * The index as a participant of one thought. What is staged is invisible to every search until the thought commits;
 * then it is found by the very next one. The rows' truth travels as mutations of the deciding atomic operation, so
 * that no crash can leave a row that was not decided, or lose one that was.
 */
import { type DataManager, keys, type Mutation, type Vote } from "../../kv/mod.ts";
import type { EmbeddingSpace } from "../../vector/mod.ts";
import { NORM_TOLERANCE, STAGED_ROWS_MAX } from "./limits.ts";
import { dot, toBytes } from "./vector_bytes.ts";

/** Where decided rows go. Both must take effect before the next search, in the order of the calls. */
export interface RowSink {
  add(rows: ReadonlyMap<string, Float32Array>, space: EmbeddingSpace): void;
  remove(oids: readonly string[]): void;
  /** No longer under way, decided or not. */
  ended(participant: IndexParticipant): void;
}

export interface ParticipantOptions {
  /** The space that serves. */
  readonly active: () => EmbeddingSpace;
  /** Every space that may hold a row of an object, the one that serves among them. */
  readonly spaces: () => readonly EmbeddingSpace[];
  /** The id of the space in which a vector was made; undefined for one that was not made here. */
  readonly madeIn: (vector: Float32Array) => string | undefined;
  readonly sink: RowSink;
}

interface StagedRow {
  readonly vector: Float32Array;
  /** Null when the vector was made in a space that is not known any more. */
  readonly space: EmbeddingSpace | null;
}

export class IndexParticipant implements DataManager {
  readonly name = "index";
  readonly #options: ParticipantOptions;
  readonly #rows = new Map<string, Float32Array>();
  /** The rows with their spaces, as of the vote. */
  #staged = new Map<string, StagedRow>();
  readonly #removed = new Set<string>();
  /** Entries of other spaces that undo puts back as they were. */
  readonly #putBack: Mutation[] = [];

  constructor(options: ParticipantOptions) {
    this.#options = options;
  }

  /** Whether this thought already says what is to be found of an object. */
  has(oid: string): boolean {
    return this.#rows.has(oid) || this.#removed.has(oid);
  }

  stage(oid: string, vector: Float32Array): void {
    this.#removed.delete(oid);
    this.#rows.set(oid, vector);
  }

  remove(oid: string): void {
    this.#rows.delete(oid);
    this.#removed.add(oid);
  }

  putBack(mutation: Mutation): void {
    this.#putBack.push(mutation);
  }

  vote(): Vote {
    if (this.#rows.size > STAGED_ROWS_MAX) {
      const reason =
        `a thought may remember at most ${STAGED_ROWS_MAX} texts: this one has ${this.#rows.size}`;
      return { ok: false, reason, code: "too_many_rows" };
    }
    const spaces = this.#options.spaces();
    const mutations = new Map<string, Mutation>();
    const put = (mutation: Mutation) => mutations.set(mutation.key.join("/"), mutation);
    this.#staged = new Map();
    for (const [oid, vector] of this.#rows) {
      const row = this.#staged.set(oid, { vector, space: this.#spaceOf(vector, spaces) }).get(oid)!;
      const fault = faultOf(row);
      if (fault !== null) {
        return { ok: false, reason: `the vector of ${oid} ${fault}`, code: "vector_refused" };
      }
      // A row of the same memory in another space is one of its former text.
      for (const each of spaces) put({ type: "delete", key: keys.vector(each.id, oid) });
      put({ type: "set", key: keys.vector(row.space!.id, oid), value: toBytes(vector) });
    }
    for (const oid of this.#removed) {
      for (const each of spaces) put({ type: "delete", key: keys.vector(each.id, oid) });
    }
    // What undo puts back is how it was, in its space.
    for (const mutation of this.#putBack) put(mutation);
    return { ok: true, mutations: [...mutations.values()] };
  }

  finish(): void {
    const bySpace = new Map<EmbeddingSpace, Map<string, Float32Array>>();
    for (const [oid, { vector, space }] of this.#staged) {
      const rows = bySpace.get(space!);
      if (rows === undefined) bySpace.set(space!, new Map([[oid, vector]]));
      else rows.set(oid, vector);
    }
    for (const [space, rows] of bySpace) this.#options.sink.add(rows, space);
    if (this.#removed.size > 0) this.#options.sink.remove([...this.#removed]);
    this.#options.sink.ended(this);
  }

  abort(): void {
    this.#options.sink.ended(this);
  }

  #spaceOf(vector: Float32Array, spaces: readonly EmbeddingSpace[]): EmbeddingSpace | null {
    const made = this.#options.madeIn(vector);
    if (made === undefined) return this.#options.active();
    return spaces.find(({ id }) => id === made) ?? null;
  }
}

function faultOf({ vector, space }: StagedRow): string | null {
  if (space === null) return "was made in an embedding space that this image does not know";
  if (vector.length !== space.dimensions) {
    return `has ${vector.length} dimensions, and the space ${space.id} has ${space.dimensions}`;
  }
  const norm = dot(vector, vector);
  if (!Number.isFinite(norm)) return "holds something that is not a finite number";
  // An all-zero vector stands for a text without any words: it is stored and found by nothing.
  if (norm !== 0 && Math.abs(norm - 1) > NORM_TOLERANCE) return `has length ${Math.sqrt(norm)} instead of 1`;
  return null;
}
