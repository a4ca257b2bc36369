/**
 * The memory: turns texts into vectors, keeps the indexes in step with every thought, and finds what is near. The truth
 * is in the store; working memory is filled from it when the image opens, and a space that changes is re-embedded
 * behind the person's back, the old one serving until the new one is whole. It is long, as it is where all parts of the
 * memory are put together; each has a file of its own.
 */
import type { CommittedThought, Key, Position, Store, Thought } from "../../kv/mod.ts";
import { type Embedder, EmbeddingError, type ExactIndex, ExactIndexError } from "../../vector/mod.ts";
import { UnavailableError } from "../errors.ts";
import type {
  MemoryCheck,
  MemoryHit,
  MemoryPort,
  MemoryRow,
  MemoryStatus,
  RankedMemory,
} from "../system/mod.ts";
import { ArchiveBridge, ArchiveLost, type ArchiveParts } from "./archive_bridge.ts";
import { checkTiers } from "./check_tiers.ts";
import { IndexParticipant } from "./index_participant.ts";
import { LexicalFollower, type LexicalFollowerOptions } from "./lexical/mod.ts";
import { READY_WAIT_MS, TRIES_MAX } from "./limits.ts";
import { Origins } from "./origins.ts";
import { searchPast } from "./past_search.ts";
import { Rebuild } from "./rebuild.ts";
import { RecallSettings } from "./recall_settings.ts";
import { Recaller } from "./recaller.ts";
import { Readiness } from "./readiness.ts";
import { Serving } from "./serving.ts";
import type { SpaceIndex } from "./space_index.ts";
import { dependOnSpaces, readSpaces, type StoredSpaces } from "./spaces.ts";
import { memoryStatus } from "./status.ts";
import { searchTiers } from "./tiered_search.ts";
import { fromBytes, isWordless } from "./vector_bytes.ts";

export interface MemoryOptions {
  readonly store: Store;
  /** Starts the embedder; `onStatus` is called whenever its state, its space or its progress changes. */
  readonly startEmbedder: (onStatus: () => void) => Embedder;
  readonly startIndex: (dimensions: number, onFailure: (error: unknown) => void) => Promise<ExactIndex>;
  readonly archive: ArchiveParts;
  /** Opens the lexical index over a file of the image. */
  readonly startLexical: LexicalFollowerOptions["start"];
  /** The memory cannot go on and must be started anew. */
  readonly fail: (error: unknown) => void;
  readonly onStatus: () => void;
  readonly readyWaitMs?: number;
  /** Called at `index.finish` and at the archive's points; a test may end the process there. */
  readonly crash?: (point: string) => void;
}

export class Memory implements MemoryPort {
  readonly #options: MemoryOptions;
  readonly #embedder: Embedder;
  readonly #archive: ArchiveBridge;
  readonly #serving: Serving;
  readonly #lexical: LexicalFollower;
  readonly #recallSettings: RecallSettings;
  readonly #recaller: Recaller;
  readonly #rebuild: Rebuild;
  readonly #readiness = new Readiness();
  readonly #closing = new AbortController();
  readonly #origins = new Origins();
  readonly #participants = new WeakMap<Thought, IndexParticipant>();
  readonly #underWay = new Set<IndexParticipant>();
  readonly #unsubscribe: () => void;

  private constructor(options: MemoryOptions, spaces: StoredSpaces | null, settings: RecallSettings) {
    this.#options = options;
    const { store, archive, crash, onStatus, startIndex } = options;
    this.#recallSettings = settings;
    const fail = (error: unknown) => this.#fail(error);
    this.#archive = new ArchiveBridge({
      store,
      parts: archive,
      ...(crash === undefined ? {} : { crash }),
      space: () => this.#serving.spaces?.active.id ?? null,
      filled: () => this.#await("The memory's index", () => this.#filled()),
      onCover: () => this.#serving.coverChanged(),
      onThreshold: () => this.#serving.index?.thresholdChanged(),
      onStatus,
      fail,
    });
    // It may say its first word while it is being started.
    let started = false;
    this.#embedder = options.startEmbedder(() => {
      if (started) this.#serving.embedderChanged();
    });
    this.#serving = new Serving({
      store,
      spaces,
      embedder: this.#embedder,
      archive: this.#archive,
      startIndex,
      readiness: this.#readiness,
      isQuiet: () => this.#underWay.size === 0,
      closing: this.#closing.signal,
      fail,
      onStatus,
    });
    started = true;
    this.#lexical = new LexicalFollower({
      store,
      start: options.startLexical,
      expected: () => this.#serving.index?.book.size ?? 0,
      onStatus,
    });
    this.#rebuild = new Rebuild([
      { part: "working memory", run: () => this.#serving.refill(), progress: () => this.#serving.refilled },
      { part: "archive", run: () => this.#archive.rebuild(), progress: () => this.#archive.sealed },
      { part: "words", run: () => this.#lexical.rebuild(), progress: () => this.#lexical.progress },
    ], onStatus);
    this.#recaller = new Recaller({
      store,
      origins: this.#origins,
      settings: this.#recallSettings,
      lexical: this.#lexical,
      index: () => this.#serving.index,
      embed: (texts, signal) => this.embed(texts, signal),
      search: (vector, count, options) => this.search(vector, count, options),
    });
    this.#unsubscribe = store.onCommitted((thoughts) => this.#committed(thoughts));
  }

  /** Takes work at once; it waits until the index is filled and the model is there. */
  static async start(options: MemoryOptions): Promise<Memory> {
    const { store, onStatus } = options;
    const settings = new RecallSettings(store, onStatus);
    const [spaces] = await Promise.all([readSpaces(store), settings.read()]);
    const memory = new Memory(options, spaces, settings);
    memory.#archive.start();
    memory.#serving.start();
    memory.#lexical.start();
    return memory;
  }

  get status(): MemoryStatus {
    const { spaces, index, move } = this.#serving;
    return memoryStatus({
      embedder: this.#embedder,
      active: spaces?.active ?? null,
      index,
      move,
      archive: this.#archive,
      lexical: this.#lexical,
      settings: this.#recallSettings,
      rebuild: this.#rebuild,
    });
  }

  /** One unit vector a text, in the space that serves. @throws {UnavailableError} when it takes longer than the bound */
  async embed(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]> {
    for (let tries = 1;; tries++) {
      const space = await this.#await("The embedding model", () => this.#serving.canEmbedIn(), signal);
      try {
        const vectors = await this.#serving.embedIn(space, texts, signal);
        vectors.forEach((vector, at) => this.#origins.note(vector, { space: space.id, text: texts[at]! }));
        return vectors;
      } catch (error) {
        const changed = error instanceof EmbeddingError && error.code === "space_changed";
        if (!changed || tries === TRIES_MAX) throw error;
      }
    }
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
    const active = this.#serving.spaces?.active;
    if (space !== active?.id) {
      participant.putBack(before === null ? { type: "delete", key } : { type: "set", key, value: before });
      return;
    }
    const vector = fromBytes(before, active.dimensions);
    if (vector === null) return participant.remove(oid);
    this.#origins.note(vector, { space });
    participant.stage(oid, vector);
  }

  /**
   * The nearest rows, the nearest first, now or as of the past. A query that `embed` made in a space that serves no more
   * is made again.
   * @throws {UnavailableError} while the index is filled; what a position that is none, or too far back, throws
   */
  async search(
    query: Float32Array,
    k: number,
    options: { readonly asOf?: Position | undefined; readonly signal?: AbortSignal | undefined } = {},
  ): Promise<MemoryHit[]> {
    const { asOf, signal } = options;
    for (let tries = 1, vector = query;; tries++) {
      const index = await this.#await(
        "The memory's index",
        () => this.#serving.index?.ready === true ? this.#serving.index : null,
        signal,
      );
      const origin = this.#origins.of(vector);
      if (origin?.text !== undefined && origin.space !== index.space.id && tries < TRIES_MAX) {
        [vector] = await this.embed([origin.text], signal) as [Float32Array];
        continue;
      }
      if (isWordless(vector)) return [];
      try {
        const tiers = { store: this.#options.store, index, archive: this.#archive };
        if (asOf === undefined) return await searchTiers(tiers, vector, { k });
        const embed = (texts: string[]) => this.#serving.embedIn(index.space, texts, signal);
        return await searchPast(tiers, vector, { k, asOf, embed });
      } catch (error) {
        if (!this.#hasChanged(error, index) || tries >= TRIES_MAX) throw toUnavailable(error);
      }
    }
  }

  async recall(query: Parameters<MemoryPort["recall"]>[0]): Promise<RankedMemory[]> {
    return await this.#recaller.recall(query);
  }

  async rebuild(): Promise<string | null> {
    return await this.#rebuild.run();
  }

  async purge(oids: readonly string[]): Promise<void> {
    await this.#await("The memory's index", () => this.#filled());
    await this.#archive.known;
    await this.#archive.purge();
    await this.#lexical.purge(oids);
  }

  async check(): Promise<MemoryCheck> {
    const index = await this.#await("The memory's index", () => this.#serving.index);
    const lexical = await this.#lexical.ready();
    return await checkTiers({ store: this.#options.store, index, archive: this.#archive, lexical });
  }

  async close(): Promise<void> {
    this.#closing.abort(
      new UnavailableError("The memory", "it is closing", "Wait a moment and try again."),
    );
    this.#unsubscribe();
    const served = this.#serving.close();
    await this.#archive.close();
    await served;
    await this.#lexical.close();
    await this.#embedder.close();
  }

  #filled(): SpaceIndex | null {
    const { index } = this.#serving;
    return index?.isLoaded === true ? index : null;
  }

  /** Whether it failed because what serves changed under it. */
  #hasChanged(error: unknown, index: SpaceIndex): boolean {
    if (error instanceof ArchiveLost) return true;
    return error instanceof ExactIndexError && error.code === "index_closed" && index !== this.#serving.index;
  }

  #await<T>(what: string, look: () => T | null, signal?: AbortSignal): Promise<T> {
    const why = () => {
      const { embedder, index } = this.status;
      return (this.#serving.canEmbedIn() === null ? embedder.detail : index.detail) ?? "it is still starting";
    };
    const closing = this.#closing.signal;
    return this.#readiness.wait(look, {
      what,
      why,
      waitMs: this.#options.readyWaitMs ?? READY_WAIT_MS,
      signal: signal === undefined ? closing : AbortSignal.any([signal, closing]),
    });
  }

  #join(thought: Thought): IndexParticipant {
    const known = this.#participants.get(thought);
    if (known !== undefined) return known;
    dependOnSpaces(thought, this.#serving.spaces);
    const participant = new IndexParticipant({
      spaces: this.#serving.spaces,
      origins: this.#origins,
      embed: (texts) => this.embed(texts),
      onEnded: (participant, decided) => this.#ended(participant, decided, thought),
    });
    this.#participants.set(thought, participant);
    this.#underWay.add(participant);
    thought.join(participant);
    return participant;
  }

  #ended(participant: IndexParticipant, decided: boolean, thought: Thought): void {
    this.#participants.delete(thought);
    this.#underWay.delete(participant);
    if (decided) {
      this.#serving.move?.leftBehind(participant.staged);
      this.#options.crash?.("index.finish");
    }
    if (this.#underWay.size === 0) this.#readiness.changed();
  }

  #committed(thoughts: readonly CommittedThought[]): void {
    try {
      this.#serving.committed(thoughts);
      this.#lexical.committed(thoughts);
      this.#recallSettings.committed(thoughts);
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (!this.#closing.signal.aborted) this.#options.fail(error);
  }
}

/** What still is not answered after all tries. */
function toUnavailable(error: unknown): unknown {
  if (!(error instanceof ArchiveLost)) return error;
  return new UnavailableError("The archive", "what it covers keeps changing", "Try again in a moment.");
}
