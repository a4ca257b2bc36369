/**
 * What serves: the embedding space, its index, and the move to another. One index is asked; it is filled when the image
 * opens; and when the model is another one than it was, all memories are brought over and the switch is made at once.
 * It is long, as what may change what serves is in one place, one job after the other.
 */
import type { CommittedThought, Store } from "../../kv/mod.ts";
import {
  embedByHashing,
  type Embedder,
  EmbeddingError,
  type EmbeddingSpace,
  type ExactIndex,
  hashSpace,
} from "../../vector/mod.ts";
import { UnavailableError } from "../errors.ts";
import type { ArchiveBridge } from "./archive_bridge.ts";
import { HASH_SLICE_TEXTS, SWITCH_WAIT_MS } from "./limits.ts";
import type { Readiness } from "./readiness.ts";
import { SpaceIndex } from "./space_index.ts";
import { SpaceMove } from "./space_move.ts";
import { type SpacesChange, type StoredSpaces, withActive, withKnown, writeSpaces } from "./spaces.ts";

export interface ServingOptions {
  readonly store: Store;
  readonly spaces: StoredSpaces | null;
  readonly embedder: Embedder;
  readonly archive: ArchiveBridge;
  readonly startIndex: (dimensions: number, onFailure: (error: unknown) => void) => Promise<ExactIndex>;
  /** Told whenever something may be ready that was not. */
  readonly readiness: Readiness;
  /** Whether no thought that may add rows is between joining and its end. */
  readonly isQuiet: () => boolean;
  readonly closing: AbortSignal;
  readonly fail: (error: unknown) => void;
  readonly onStatus: () => void;
}

export class Serving {
  readonly #options: ServingOptions;
  readonly #embedder: Embedder;
  readonly #archive: ArchiveBridge;
  #spaces: StoredSpaces | null;
  /** The thought that changes the spaces, and what follows at the moment in which it is heard of. */
  #changing: { readonly id: string; readonly then: () => void } | null = null;
  #index: SpaceIndex | null = null;
  #move: SpaceMove | null = null;
  /** What is to take the place of the index, while it is being filled. */
  #refill: SpaceIndex | null = null;
  #work: Promise<void> = Promise.resolve();

  constructor(options: ServingOptions) {
    this.#options = options;
    this.#spaces = options.spaces;
    this.#embedder = options.embedder;
    this.#archive = options.archive;
  }

  /** As they are stored, at every moment in which a thought may join; null in an image without memories. */
  get spaces(): StoredSpaces | null {
    return this.#spaces;
  }

  get index(): SpaceIndex | null {
    return this.#index;
  }

  get move(): SpaceMove | null {
    return this.#move;
  }

  /** Begins to fill the index, in the background. */
  start(): void {
    const { active } = this.#spaces ?? {};
    if (active !== undefined) this.#run(() => this.#serve(active));
    this.embedderChanged();
  }

  /** The space that serves, when vectors can be made in it and no switch is being made. */
  canEmbedIn(): EmbeddingSpace | null {
    const active = this.#spaces?.active;
    if (active === undefined || this.#move?.switching === true) return null;
    return active.id === hashSpace.id || this.#canEmbed(active) ? active : null;
  }

  /** Vectors of that very space. @throws {UnavailableError} {EmbeddingError} */
  async embedIn(
    space: EmbeddingSpace,
    texts: readonly string[],
    signal?: AbortSignal,
  ): Promise<Float32Array[]> {
    if (this.#canEmbed(space)) return await this.#embedder.embed(texts, signal);
    if (space.id === hashSpace.id) return await hashTexts(texts, signal);
    const reason = `it makes no vectors of ${space.id} at the moment`;
    throw new UnavailableError("The embedding model", reason, "Wait a moment and try again.");
  }

  /** Every index takes in what was decided before anybody is told of it. */
  committed(thoughts: readonly CommittedThought[]): void {
    this.#archive.committed(thoughts);
    this.#index?.committed(thoughts);
    this.#move?.index.committed(thoughts);
    this.#refill?.committed(thoughts);
    this.#move?.committed(thoughts);
    const changing = this.#changing;
    if (changing !== null && thoughts.some(({ id }) => id === changing.id)) {
      this.#changing = null;
      changing.then();
    }
    this.#tellSizes();
  }

  embedderChanged(): void {
    const { state } = this.#embedder.status;
    this.#changed();
    if (state === "ready" || state === "degraded") this.#run(() => this.#follow(this.#embedder.space));
  }

  /** What the archive covers has changed. Resolves when the index holds what it must and no more. */
  async coverChanged(): Promise<void> {
    this.#index?.cover(this.#archive.covers(this.#index.space.id));
    await this.#index?.settled();
  }

  /** How much of the index that is to take the place of the present one is filled, 0 to 1. */
  get refilled(): number {
    if (this.#refill === null || this.#index === null) return 0;
    return this.#refill.loaded / Math.max(1, this.#index.book.size);
  }

  /** Fills another index of the same space from the store, and puts it in the place of the present one. */
  async refill(): Promise<void> {
    const done = Promise.withResolvers<void>();
    this.#run(async () => {
      try {
        if (this.#index !== null) await this.#replace(this.#index);
        done.resolve();
      } catch (error) {
        done.reject(error);
        throw error;
      }
    });
    await done.promise;
  }

  /** Stops reading the store and lets go of the indexes; what waits for them is refused. */
  async close(): Promise<void> {
    this.#index?.close();
    this.#move?.index.close();
    this.#refill?.close();
    await this.#work;
  }

  /** Jobs that change what serves run one after the other; one that breaks is the memory's failure. */
  #run(job: () => Promise<void>): void {
    this.#work = this.#work.then(job).catch(this.#options.fail);
  }

  #changed(): void {
    this.#options.readiness.changed();
    this.#options.onStatus();
  }

  #tellSizes(): void {
    // Rows that are about to be let go need no seal.
    if (this.#index?.isSettled !== true) return;
    const { held, newer } = this.#index.book;
    this.#archive.sized({ rows: held, newer });
  }

  /** Whether the embedder makes vectors of this space now. */
  #canEmbed(space: EmbeddingSpace): boolean {
    const { state } = this.#embedder.status;
    return (state === "ready" || state === "degraded") && this.#embedder.space.id === space.id;
  }

  async #serve(space: EmbeddingSpace): Promise<void> {
    this.#index = await this.#open(space);
    void this.coverChanged();
    await this.#index.load();
  }

  async #replace(old: SpaceIndex): Promise<void> {
    const index = this.#refill = await this.#open(old.space);
    try {
      index.cover(this.#archive.covers(old.space.id));
      await index.load({ beside: true });
      this.#options.closing.throwIfAborted();
      // Searches under way in the old one are made again.
      this.#index = index;
      old.close();
      void this.coverChanged();
    } finally {
      this.#refill = null;
      if (this.#index !== index) index.close();
      this.#changed();
    }
  }

  async #open(space: EmbeddingSpace): Promise<SpaceIndex> {
    const { store, fail, closing } = this.#options;
    const index: SpaceIndex = new SpaceIndex({
      store,
      space,
      index: await this.#options.startIndex(space.dimensions, fail),
      threshold: () => this.#archive.threshold,
      archiveKnown: () => this.#archive.known,
      fail,
      onChange: () => {
        if (index === this.#index) this.#tellSizes();
        this.#changed();
      },
    });
    if (closing.aborted) index.close();
    return index;
  }

  /** Serves in the embedder's space: at once in an image without memories, after re-embedding in another. */
  async #follow(space: EmbeddingSpace): Promise<void> {
    if (this.#options.closing.aborted || !this.#canEmbed(space)) return;
    if (this.#spaces?.active.id === space.id) return;
    try {
      if (this.#spaces !== null) return await this.#moveAll(this.#spaces, space);
      await this.#changeSpaces(withActive(null, space), `the embedding space is ${space.id}`);
      await this.#serve(space);
    } catch (error) {
      // The model went away meanwhile: what was brought over stays, and it goes on when the model is back.
      if (!(error instanceof EmbeddingError && error.retryable)) throw error;
    }
  }

  async #moveAll(spaces: StoredSpaces, to: EmbeddingSpace): Promise<void> {
    const { active: from } = spaces;
    // Known before it has any row, so that whoever changes a text takes its row there away, whatever happens to us.
    await this.#changeSpaces(withKnown(spaces, to), `memories are re-embedded into ${to.id}`);
    const index = await this.#open(to);
    const { store, closing: signal, isQuiet } = this.#options;
    const move = this.#move = new SpaceMove({
      store,
      from,
      to,
      index,
      total: this.#index?.book.size ?? 0,
      embed: (texts) => this.embedIn(to, texts, signal),
      canEmbed: () => this.#canEmbed(to),
      isQuiet,
      untilQuiet: () => this.#untilQuiet(),
      switchTo: (check) => {
        const why = `the embedding space is ${to.id}`;
        return this.#changeSpaces(withActive(this.#spaces, to), why, {
          check,
          then: () => this.#switched(index),
        });
      },
      signal,
      onProgress: () => this.#changed(),
    });
    try {
      await index.load();
      await move.run();
    } finally {
      this.#move = null;
      if (this.#index !== index) index.close();
      this.#changed();
    }
  }

  /** In the moment in which the switch is heard of. Searches under way in the old space are made again. */
  #switched(index: SpaceIndex): void {
    const old = this.#index;
    this.#index = index;
    old?.close();
    this.#archive.spaceChanged();
  }

  async #untilQuiet(): Promise<void> {
    const { readiness, isQuiet, closing } = this.#options;
    const over = Date.now() + SWITCH_WAIT_MS;
    const quiet = () => isQuiet() || Date.now() >= over ? true : null;
    const timer = setTimeout(() => readiness.changed(), SWITCH_WAIT_MS);
    try {
      const what = "The switch of the embedding space";
      const why = () => "thoughts that remember are under way";
      await readiness.wait(quiet, { what, why, waitMs: 2 * SWITCH_WAIT_MS, signal: closing });
    } finally {
      clearTimeout(timer);
    }
  }

  /** What was read of the spaces here is what is stored, at every moment in which a thought may join. */
  async #changeSpaces(
    to: StoredSpaces,
    why: string,
    options: { readonly check?: NonNullable<SpacesChange["check"]>; readonly then?: () => void } = {},
  ): Promise<void> {
    const { check, then } = options;
    try {
      await writeSpaces(this.#options.store, {
        to,
        why,
        ...(check === undefined ? {} : { check }),
        onThought: (id) => {
          this.#changing = {
            id,
            then: () => {
              this.#spaces = to;
              then?.();
            },
          };
        },
      });
    } finally {
      this.#changing = null;
    }
  }
}

/** In slices, so that many texts do not hold up everything else. */
async function hashTexts(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]> {
  const vectors: Float32Array[] = [];
  for (const text of texts) {
    if (vectors.length % HASH_SLICE_TEXTS === HASH_SLICE_TEXTS - 1) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      signal?.throwIfAborted();
    }
    vectors.push(embedByHashing(text));
  }
  return vectors;
}
