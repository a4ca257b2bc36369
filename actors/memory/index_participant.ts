/**
 * The index as a participant of one thought. What is staged is invisible to every search until the thought commits;
 * then it is found by the very next one. The rows' truth travels as mutations of the deciding atomic operation, so
 * that no crash can leave a row that was not decided, or lose one that was.
 */
import { type DataManager, keys, type Mutation, type Vote } from "../../kv/mod.ts";
import type { EmbeddingSpace } from "../../vector/mod.ts";
import { NORM_TOLERANCE, STAGED_ROWS_MAX } from "./limits.ts";
import type { Origins } from "./origins.ts";
import type { StoredSpaces } from "./spaces.ts";
import { dot, toBytes } from "./vector_bytes.ts";

export interface ParticipantOptions {
  /** As they were when the thought joined; should they change before it is decided, the thought runs again. */
  readonly spaces: StoredSpaces | null;
  readonly origins: Origins;
  /** Makes vectors in the space that serves. */
  readonly embed: (texts: readonly string[]) => Promise<Float32Array[]>;
  /** Told when the thought is decided or not; `oids` are those it staged or removed. */
  readonly onEnded: (participant: IndexParticipant, decided: boolean) => void;
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

  /** The oids of the rows that are staged. */
  get staged(): IterableIterator<string> {
    return this.#rows.keys();
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

  /** At once, but for vectors that must be made again. */
  vote(): Vote | Promise<Vote> {
    if (this.#rows.size > STAGED_ROWS_MAX) {
      const reason =
        `a thought may remember at most ${STAGED_ROWS_MAX} texts: this one has ${this.#rows.size}`;
      return { ok: false, reason, code: "too_many_rows" };
    }
    const { spaces } = this.#options;
    if (spaces === null) {
      if (this.#rows.size === 0) return { ok: true, mutations: this.#putBack };
      return { ok: false, reason: "the image has no embedding space yet", code: "vector_refused" };
    }
    const late = this.#madeElsewhere(spaces.active);
    if (late.length === 0) return this.#voteOn(spaces);
    return this.#makeAgain(late).then(() => this.#voteOn(spaces));
  }

  savepoint(): () => void {
    const [rows, removed, putBack] = [new Map(this.#rows), new Set(this.#removed), [...this.#putBack]];
    return () => {
      this.#rows.clear();
      for (const [oid, vector] of rows) this.#rows.set(oid, vector);
      this.#removed.clear();
      for (const oid of removed) this.#removed.add(oid);
      this.#putBack.splice(0, Infinity, ...putBack);
    };
  }

  finish(): void {
    this.#options.onEnded(this, true);
  }

  abort(): void {
    this.#options.onEnded(this, false);
  }

  #mutations({ active, known }: StoredSpaces): Mutation[] {
    const mutations: Mutation[] = [];
    for (const [oid, vector] of this.#rows) {
      mutations.push({ type: "set", key: keys.vector(active.id, oid), value: toBytes(vector) });
      // A row that another space has of the same object is of an older text: re-embedding makes it anew.
      for (const { id } of known) {
        if (id !== active.id) mutations.push({ type: "delete", key: keys.vector(id, oid) });
      }
    }
    for (const oid of this.#removed) {
      for (const { id } of known) mutations.push({ type: "delete", key: keys.vector(id, oid) });
    }
    // Last, as what undo puts back belongs to the text that it puts back too.
    return [...mutations, ...this.#putBack];
  }

  #voteOn(spaces: StoredSpaces): Vote {
    for (const [oid, vector] of this.#rows) {
      const fault = this.#faultOf(vector, spaces.active);
      if (fault !== null) {
        return { ok: false, reason: `the vector of ${oid} ${fault}`, code: "vector_refused" };
      }
    }
    return { ok: true, mutations: this.#mutations(spaces) };
  }

  /** Rows whose vectors were made before the space changed, of texts that are known. */
  #madeElsewhere(active: EmbeddingSpace): { oid: string; text: string }[] {
    return [...this.#rows].flatMap(([oid, vector]) => {
      const origin = this.#options.origins.of(vector);
      return origin?.text === undefined || origin.space === active.id ? [] : [{ oid, text: origin.text }];
    });
  }

  async #makeAgain(late: readonly { oid: string; text: string }[]): Promise<void> {
    const vectors = await this.#options.embed(late.map(({ text }) => text));
    late.forEach(({ oid }, at) => this.#rows.set(oid, vectors[at]!));
  }

  #faultOf(vector: Float32Array, space: EmbeddingSpace): string | null {
    const made = this.#options.origins.of(vector)?.space;
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
