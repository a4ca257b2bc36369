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
  add(rows: ReadonlyMap<string, Float32Array>): void;
  remove(oids: readonly string[]): void;
  /** No longer under way, decided or not. */
  ended(participant: IndexParticipant): void;
}

export interface ParticipantOptions {
  readonly space: () => EmbeddingSpace;
  /** Every space that may hold a row of an object. */
  readonly spaces: () => readonly string[];
  /** The space in which a vector was made; undefined for one that was not made here. */
  readonly spaceOf: (vector: Float32Array) => string | undefined;
  readonly sink: RowSink;
}

export class IndexParticipant implements DataManager {
  readonly name = "index";
  readonly #options: ParticipantOptions;
  readonly #rows = new Map<string, Float32Array>();
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
    const space = this.#options.space();
    if (this.#rows.size > STAGED_ROWS_MAX) {
      const reason =
        `a thought may remember at most ${STAGED_ROWS_MAX} texts: this one has ${this.#rows.size}`;
      return { ok: false, reason, code: "too_many_rows" };
    }
    for (const [oid, vector] of this.#rows) {
      const fault = this.#faultOf(vector, space);
      if (fault !== null) {
        return { ok: false, reason: `the vector of ${oid} ${fault}`, code: "vector_refused" };
      }
    }
    const mutations: Mutation[] = [...this.#putBack];
    for (const [oid, vector] of this.#rows) {
      mutations.push({ type: "set", key: keys.vector(space.id, oid), value: toBytes(vector) });
      // A row that another space has of the same object is of an older text: re-embedding makes it anew.
      for (const each of this.#options.spaces()) {
        if (each !== space.id) mutations.push({ type: "delete", key: keys.vector(each, oid) });
      }
    }
    for (const oid of this.#removed) {
      for (const each of this.#options.spaces()) {
        mutations.push({ type: "delete", key: keys.vector(each, oid) });
      }
    }
    return { ok: true, mutations };
  }

  finish(): void {
    if (this.#rows.size > 0) this.#options.sink.add(this.#rows);
    if (this.#removed.size > 0) this.#options.sink.remove([...this.#removed]);
    this.#options.sink.ended(this);
  }

  abort(): void {
    this.#options.sink.ended(this);
  }

  #faultOf(vector: Float32Array, space: EmbeddingSpace): string | null {
    const made = this.#options.spaceOf(vector);
    if (made !== undefined && made !== space.id) {
      return `was made in the space ${made}, and this is ${space.id}`;
    }
    if (vector.length !== space.dimensions) {
      return `has ${vector.length} dimensions, and the space ${space.id} has ${space.dimensions}`;
    }
    const norm = dot(vector, vector);
    if (!Number.isFinite(norm)) return "holds something that is not a finite number";
    // An all-zero vector stands for a text without any words: it is stored and found by nothing.
    if (norm !== 0 && Math.abs(norm - 1) > NORM_TOLERANCE) {
      return `has length ${Math.sqrt(norm)} instead of 1`;
    }
    return null;
  }
}
