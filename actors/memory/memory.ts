/**
 * The memory: turns texts into vectors, keeps the index in step with every thought, and finds what is near. The truth
 * is in the store; the index is filled from it when the image opens, and a space that changes is re-embedded behind
 * the person's back, the old one serving until the new one is whole.
 */
import type { Key, Position, Store, Thought } from "../../kv/mod.ts";
import {
  embedByHashing,
  type Embedder,
  type EmbeddingSpace,
  type ExactIndex,
  hashSpace,
} from "../../vector/mod.ts";
import { UnavailableError } from "../errors.ts";
import type { MemoryHit, MemoryRow, MemoryStatus } from "../system/memory_port.ts";
import { IndexParticipant, type RowSink } from "./index_participant.ts";
import { QUIET_WAIT_MS, READY_WAIT_MS } from "./limits.ts";
import { rowsAsOf, textsAsOf } from "./past_rows.ts";
import { Readiness } from "./readiness.ts";
import { Serving } from "./serving.ts";
import { readSpaces, type StoredSpaces } from "./spaces.ts";
import { memoryStatus } from "./status.ts";
import { dot, fromBytes } from "./vector_bytes.ts";

export interface MemoryOptions {
  readonly store: Store;
  /** Starts the embedder; `onStatus` is called whenever its state, its space or its progress changes. */
  readonly startEmbedder: (onStatus: () => void) => Embedder;
  readonly startIndex: (dimensions: number, onFailure: (error: unknown) => void) => Promise<ExactIndex>;
  /** The memory cannot go on and must be started anew. */
  readonly fail: (error: unknown) => void;
  readonly onStatus: () => void;
  readonly readyWaitMs?: number;
}

export class Memory {
  readonly #options: MemoryOptions;
  readonly #embedder: Embedder;
  readonly #readiness = new Readiness();
  readonly #closing = new AbortController();
  readonly #madeIn = new WeakMap<Float32Array, string>();
  readonly #participants = new WeakMap<Thought, IndexParticipant>();
  readonly #underWay = new Set<IndexParticipant>();
  readonly #serving: Serving;

  private constructor(options: MemoryOptions, spaces: StoredSpaces | null) {
    this.#options = options;
    this.#embedder = options.startEmbedder(() => this.#embedderChanged());
    this.#serving = new Serving({
      store: options.store,
      spaces,
      startIndex: options.startIndex,
      canEmbed: (space) => this.#canEmbed(space),
      embedIn: (space, texts, signal) => this.#embedIn(space, texts, signal),
      quiet: () => this.#quiet(),
      fail: options.fail,
      onChange: () => {
        this.#readiness.changed();
        options.onStatus();
      },
      signal: this.#closing.signal,
    });
  }

  /** Takes work at once; it waits until the index is filled and the model is there. */
  static async start(options: MemoryOptions): Promise<Memory> {
    const spaces = await readSpaces(options.store);
    const memory = new Memory(options, spaces);
    memory.#embedderChanged();
    return memory;
  }

  get status(): MemoryStatus {
    return memoryStatus({
      embedder: this.#embedder,
      active: this.#serving.active,
      index: this.#serving.index,
      moving: this.#serving.moving,
    });
  }

  /** One unit vector a text, in the space that serves. @throws {UnavailableError} when it takes longer than the bound */
  async embed(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]> {
    const space = await this.#await("The embedding model", () => this.#canEmbedIn(), signal);
    const vectors = await this.#embedIn(space, texts, signal);
    for (const vector of vectors) this.#madeIn.set(vector, space.id);
    return vectors;
  }

  async #embedIn(
    space: EmbeddingSpace,
    texts: readonly string[],
    signal?: AbortSignal,
  ): Promise<Float32Array[]> {
    if (space.id === hashSpace.id && this.#embedder.space.id !== hashSpace.id) {
      return texts.map(embedByHashing);
    }
    return await this.#embedder.embed(texts, signal);
  }

  stage(
    thought: Thought,
    change: { readonly rows: readonly MemoryRow[]; readonly removed: readonly string[] },
  ): void {
    const participant = this.#join(thought);
    for (const { oid, vector } of change.rows) participant.stage(oid, vector);
    for (const oid of change.removed) participant.remove(oid);
  }

  /** Whether the thought already says what is to be found of an object. */
  stages(thought: Thought, oid: string): boolean {
    return this.#participants.get(thought)?.has(oid) ?? false;
  }

  /** Puts a vector entry back as it was before the thought that is being undone. */
  putBack(thought: Thought, key: Key, before: unknown | null): void {
    const [, space, oid] = key as [string, string, string];
    const participant = this.#join(thought);
    const active = this.#serving.active;
    if (space !== active?.id) {
      participant.putBack(before === null ? { type: "delete", key } : { type: "set", key, value: before });
      return;
    }
    const vector = fromBytes(before, active.dimensions);
    if (vector === null) participant.remove(oid);
    else participant.stage(oid, vector);
  }

  /** The nearest rows, the nearest first, now or as of the past. @throws {UnavailableError} while the index is filled */
  async search(
    query: Float32Array,
    k: number,
    options: { readonly asOf?: Position; readonly signal?: AbortSignal } = {},
  ): Promise<MemoryHit[]> {
    // The vector of a text without any words is near to nothing.
    if (query.every((value) => value === 0)) return [];
    const index = await this.#await(
      "The memory's index",
      () => this.#serving.index?.ready === true ? this.#serving.index : null,
      options.signal,
    );
    const made = this.#madeIn.get(query);
    if (made !== undefined && made !== index.space.id) {
      const why = `the query was embedded in the space ${made}, and ${index.space.id} serves since`;
      throw new UnavailableError("The memory's index", why, "Ask again.", { made, serves: index.space.id });
    }
    const hit = ({ id, score }: { id: string; score: number }): MemoryHit => ({ oid: id, score, tier: "L1" });
    if (options.asOf === undefined) return (await index.index.search(query, k)).map(hit);
    const changed = await this.#vectorsAsOf(options.asOf, index.space, options.signal);
    const now = await index.index.search(query, k + changed.size);
    const then = [...changed].flatMap(([oid, vector]): MemoryHit[] =>
      vector === null ? [] : [{ oid, score: dot(query, vector), tier: "L3" }]
    );
    return [...now.filter(({ id }) => !changed.has(id)).map(hit), ...then]
      .sort((a, b) => b.score - a.score || (a.oid < b.oid ? -1 : 1))
      .slice(0, k);
  }

  async close(): Promise<void> {
    this.#closing.abort(new DOMException("The memory is closing", "AbortError"));
    await this.#serving.close();
    await this.#embedder.close();
  }

  /** The vectors, as of then, of the memories that changed since; null where there was none. */
  async #vectorsAsOf(asOf: Position, space: EmbeddingSpace, signal?: AbortSignal) {
    const { store } = this.#options;
    const rows = await rowsAsOf(store, asOf, space);
    const elsewhere = [...rows].flatMap(([oid, row]) => row === "in another space" ? [oid] : []);
    const embed = (texts: string[]) => this.#embedIn(space, texts, signal);
    const embedded = await textsAsOf({ store, asOf, oids: elsewhere, embed });
    const vectors = new Map<string, Float32Array | null>();
    for (const [oid, row] of rows) {
      vectors.set(oid, row === "in another space" ? embedded.get(oid) ?? null : row);
    }
    return vectors;
  }

  #await<T>(what: string, look: () => T | null, signal?: AbortSignal): Promise<T> {
    const why = () => this.status.embedder.detail ?? this.status.index.detail ?? "it is still starting";
    const waitMs = this.#options.readyWaitMs ?? READY_WAIT_MS;
    return this.#readiness.wait(look, { what, why, waitMs, ...(signal === undefined ? {} : { signal }) });
  }

  /** The space that serves, when the embedder can make vectors in it and no switch is being made. */
  #canEmbedIn(): EmbeddingSpace | null {
    const { active, moving } = this.#serving;
    if (active === null || moving?.switching === true) return null;
    return active.id === hashSpace.id || this.#canEmbed(active) ? active : null;
  }

  #canEmbed(space: EmbeddingSpace): boolean {
    const { state } = this.#embedder.status;
    return (state === "ready" || state === "degraded") && this.#embedder.space.id === space.id;
  }

  #join(thought: Thought): IndexParticipant {
    const known = this.#participants.get(thought);
    if (known !== undefined) return known;
    const participant = new IndexParticipant({
      active: () => this.#serving.active!,
      spaces: () => this.#serving.known,
      madeIn: (vector) => this.#madeIn.get(vector),
      sink: this.#sink,
    });
    this.#participants.set(thought, participant);
    this.#underWay.add(participant);
    thought.join(participant);
    return participant;
  }

  readonly #sink: RowSink = {
    add: (rows, space) => this.#serving.add(rows, space),
    remove: (oids) => this.#serving.remove(oids),
    ended: (participant) => {
      this.#underWay.delete(participant);
      if (this.#underWay.size === 0) this.#readiness.changed();
    },
  };

  #embedderChanged(): void {
    // The embedder may tell of itself before it is handed over.
    if (this.#serving === undefined) return;
    const { state } = this.#embedder.status;
    this.#readiness.changed();
    this.#options.onStatus();
    if (state === "ready" || state === "degraded") this.#serving.follow(this.#embedder.space);
  }

  /** No thought that remembers is under way; after a bound what still is will be brought over afterwards. */
  async #quiet(): Promise<void> {
    const quiet = this.#readiness.wait(() => this.#underWay.size === 0 ? true : null, {
      what: "The switch of the embedding space",
      why: () => "thoughts that remember are still under way",
      waitMs: QUIET_WAIT_MS,
      signal: this.#closing.signal,
    });
    await quiet.catch((error) => {
      if (!(error instanceof UnavailableError)) throw error;
    });
  }
}
