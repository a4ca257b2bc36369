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
import type { MemoryHit, MemoryRow, MemoryStatus } from "../system/memory_port.ts";
import { IndexParticipant, type RowSink } from "./index_participant.ts";
import { READY_WAIT_MS } from "./limits.ts";
import { rowsAsOf } from "./past_rows.ts";
import { Readiness } from "./readiness.ts";
import { reembed } from "./reembed.ts";
import { SpaceIndex } from "./space_index.ts";
import { activateSpace, readSpaces, type StoredSpaces } from "./spaces.ts";
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
  #spaces: StoredSpaces | null;
  #index: SpaceIndex | null = null;
  #moving: { to: EmbeddingSpace; done: number; total: number; switching: boolean } | null = null;
  #work: Promise<void> = Promise.resolve();

  private constructor(options: MemoryOptions, spaces: StoredSpaces | null) {
    this.#options = options;
    this.#spaces = spaces;
    this.#embedder = options.startEmbedder(() => this.#embedderChanged());
  }

  /** Takes work at once; it waits until the index is filled and the model is there. */
  static async start(options: MemoryOptions): Promise<Memory> {
    const spaces = await readSpaces(options.store);
    const memory = new Memory(options, spaces);
    if (spaces !== null) memory.#run(() => memory.#serve(spaces.active));
    memory.#embedderChanged();
    return memory;
  }

  get status(): MemoryStatus {
    return memoryStatus({
      embedder: this.#embedder,
      active: this.#spaces?.active ?? null,
      index: this.#index,
      moving: this.#moving,
    });
  }

  /** One unit vector a text, in the space that serves. @throws {UnavailableError} when it takes longer than the bound */
  async embed(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]> {
    const space = await this.#await("The embedding model", () => this.#canEmbedIn(), signal);
    const vectors = space.id === hashSpace.id && this.#embedder.space.id !== hashSpace.id
      ? texts.map(embedByHashing)
      : await this.#embedder.embed([...texts], signal);
    for (const vector of vectors) this.#madeIn.set(vector, space.id);
    return vectors;
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
    if (space !== this.#spaces?.active.id) {
      participant.putBack(before === null ? { type: "delete", key } : { type: "set", key, value: before });
      return;
    }
    const vector = fromBytes(before, this.#spaces.active.dimensions);
    if (vector === null) participant.remove(oid);
    else participant.stage(oid, vector);
  }

  /** The nearest rows, the nearest first, now or as of the past. @throws {UnavailableError} while the index is filled */
  async search(
    query: Float32Array,
    k: number,
    options: { readonly asOf?: Position; readonly signal?: AbortSignal } = {},
  ): Promise<MemoryHit[]> {
    const index = await this.#await(
      "The memory's index",
      () => this.#index?.ready === true ? this.#index : null,
      options.signal,
    );
    const hit = ({ id, score }: { id: string; score: number }): MemoryHit => ({ oid: id, score, tier: "L1" });
    if (options.asOf === undefined) return (await index.index.search(query, k)).map(hit);
    const changed = await rowsAsOf(this.#options.store, options.asOf, index.space);
    const now = await index.index.search(query, k + changed.size);
    const then = [...changed].flatMap(([oid, vector]): MemoryHit[] =>
      vector === null ? [] : [{ oid, score: dot(query, vector), tier: "L3" }]
    );
    return [...now.filter(({ id }) => !changed.has(id)).map(hit), ...then]
      .sort((a, b) => b.score - a.score)
      .slice(0, k);
  }

  async close(): Promise<void> {
    this.#closing.abort(new DOMException("The memory is closing", "AbortError"));
    await this.#work;
    this.#index?.close();
    await this.#embedder.close();
  }

  #await<T>(what: string, look: () => T | null, signal?: AbortSignal): Promise<T> {
    const why = () => this.status.embedder.detail ?? this.status.index.detail ?? "it is still starting";
    const waitMs = this.#options.readyWaitMs ?? READY_WAIT_MS;
    return this.#readiness.wait(look, { what, why, waitMs, ...(signal === undefined ? {} : { signal }) });
  }

  /** The space that serves, when the embedder can make vectors in it and no switch is being made. */
  #canEmbedIn(): EmbeddingSpace | null {
    const active = this.#spaces?.active;
    if (active === undefined || this.#moving?.switching === true) return null;
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
      space: () => this.#spaces!.active,
      spaces: () => [
        ...new Set([
          ...this.#spaces!.known.map(({ id }) => id),
          ...(this.#moving ? [this.#moving.to.id] : []),
        ]),
      ],
      spaceOf: (vector) => this.#madeIn.get(vector),
      sink: this.#sink,
    });
    this.#participants.set(thought, participant);
    this.#underWay.add(participant);
    thought.join(participant);
    return participant;
  }

  readonly #sink: RowSink = {
    add: (rows) => this.#index?.add(rows),
    remove: (oids) => this.#index?.remove(oids),
    ended: (participant) => {
      this.#underWay.delete(participant);
      if (this.#underWay.size === 0) this.#readiness.changed();
    },
  };

  #embedderChanged(): void {
    const { state } = this.#embedder?.status ?? { state: "starting" };
    this.#readiness.changed();
    this.#options.onStatus();
    if (state !== "ready" && state !== "degraded") return;
    this.#run(() => this.#follow(this.#embedder.space));
  }

  /** Jobs that change what serves run one after the other; one that breaks is the memory's failure. */
  #run(job: () => Promise<void>): void {
    this.#work = this.#work.then(job).catch((error) => {
      if (!this.#closing.signal.aborted) this.#options.fail(error);
    });
  }

  /** Serves in the embedder's space: at once in an image without memories, after re-embedding in another. */
  async #follow(space: EmbeddingSpace): Promise<void> {
    if (this.#closing.signal.aborted || !this.#canEmbed(space)) return;
    if (this.#spaces?.active.id === space.id) return;
    if (this.#spaces === null) {
      this.#spaces = await activateSpace(this.#options.store, space);
      await this.#serve(space);
    } else await this.#move(this.#spaces.active, space);
  }

  async #serve(space: EmbeddingSpace): Promise<void> {
    this.#index = await this.#open(space);
    await this.#index.load();
    this.#readiness.changed();
    this.#options.onStatus();
  }

  async #open(space: EmbeddingSpace): Promise<SpaceIndex> {
    const { store, fail, onStatus } = this.#options;
    const index = await this.#options.startIndex(space.dimensions, fail);
    return new SpaceIndex({ store, space, index, fail, onProgress: onStatus });
  }

  async #move(from: EmbeddingSpace, to: EmbeddingSpace): Promise<void> {
    const { store, onStatus } = this.#options;
    const { signal } = this.#closing;
    const embed = (texts: string[]) => this.#embedder.embed(texts, signal);
    this.#moving = { to, done: 0, total: this.#index?.index.rows ?? 0, switching: false };
    onStatus();
    try {
      await reembed({ store, from, to, embed, signal, onProgress: (done) => this.#moved(done) });
      if (!this.#canEmbed(to)) return;
      this.#moving.switching = true;
      // Nothing new is staged now; what is under way ends, and the rest of the rows is brought over.
      const why = () => "thoughts that remember are still under way";
      await this.#readiness.wait(
        () => this.#underWay.size === 0 ? true : null,
        { what: "The switch of the embedding space", why, waitMs: READY_WAIT_MS, signal },
      );
      await reembed({ store, from, to, embed, signal, onProgress: () => {} });
      const index = await this.#open(to);
      await index.load();
      this.#spaces = await activateSpace(store, to);
      this.#index?.close();
      this.#index = index;
    } finally {
      this.#moving = null;
      this.#readiness.changed();
      onStatus();
    }
  }

  #moved(done: number): void {
    if (this.#moving !== null) this.#moving.done = done;
    this.#options.onStatus();
  }
}
