/**
 * What serves: an embedding space and the index over its rows. When the embedder comes with another space, the memories
 * are brought over in the background while the old space serves, and one atomic write makes the switch. Whatever
 * interrupts it, what was brought over stays, and it goes on from there.
 */
import type { Store } from "../../kv/mod.ts";
import { EmbeddingError, type EmbeddingSpace, type ExactIndex } from "../../vector/mod.ts";
import { reembed } from "./reembed.ts";
import { SpaceIndex } from "./space_index.ts";
import { activateSpace, type StoredSpaces } from "./spaces.ts";

export interface ServingOptions {
  readonly store: Store;
  readonly spaces: StoredSpaces | null;
  readonly startIndex: (dimensions: number, onFailure: (error: unknown) => void) => Promise<ExactIndex>;
  /** Whether vectors in this space can be made now. */
  readonly canEmbed: (space: EmbeddingSpace) => boolean;
  readonly embedIn: (
    space: EmbeddingSpace,
    texts: readonly string[],
    signal: AbortSignal,
  ) => Promise<Float32Array[]>;
  /** Resolves when no thought that remembers is under way, or after a bound. */
  readonly quiet: () => Promise<void>;
  readonly fail: (error: unknown) => void;
  readonly onChange: () => void;
  readonly signal: AbortSignal;
}

export interface Move {
  readonly to: EmbeddingSpace;
  readonly total: number;
  done: number;
  /** The last of it: for this moment nothing new is embedded. */
  switching: boolean;
}

export class Serving {
  readonly #options: ServingOptions;
  #spaces: StoredSpaces | null;
  #index: SpaceIndex | null = null;
  /** The index of the space that is being moved to, while it is filled. */
  #coming: SpaceIndex | null = null;
  #moving: Move | null = null;
  #work: Promise<void> = Promise.resolve();

  constructor(options: ServingOptions) {
    this.#options = options;
    this.#spaces = options.spaces;
    if (this.#spaces !== null) this.#run(() => this.#serve(this.#spaces!.active));
  }

  get active(): EmbeddingSpace | null {
    return this.#spaces?.active ?? null;
  }

  get index(): SpaceIndex | null {
    return this.#index;
  }

  get moving(): Move | null {
    return this.#moving;
  }

  /** Every space that may hold rows, the one to which the memories are being moved included. */
  get known(): EmbeddingSpace[] {
    const spaces = [...this.#spaces?.known ?? []];
    const to = this.#moving?.to;
    if (to !== undefined && !spaces.some(({ id }) => id === to.id)) spaces.push(to);
    return spaces;
  }

  /** Rows that a commit decided. */
  add(rows: ReadonlyMap<string, Float32Array>, space: EmbeddingSpace): void {
    for (const index of [this.#index, this.#coming]) if (index?.space.id === space.id) index.add(rows);
    // Made before a switch and decided after it: they are brought over at once.
    if (this.active !== null && this.active.id !== space.id) this.#run(() => this.#bringStragglers());
  }

  remove(oids: readonly string[]): void {
    for (const index of [this.#index, this.#coming]) index?.remove(oids);
  }

  /** Serves in this space: at once in an image without memories, else after the memories have been brought over. */
  follow(space: EmbeddingSpace): void {
    this.#run(async () => {
      if (!this.#options.canEmbed(space) || this.active?.id === space.id) return;
      if (this.#spaces === null) {
        this.#spaces = await activateSpace(this.#options.store, space);
        await this.#serve(space);
      } else await this.#move(this.#spaces.active, space);
    });
  }

  /** After the signal has aborted. */
  async close(): Promise<void> {
    // A worker that is gone ends what still fills it.
    for (const index of [this.#index, this.#coming]) index?.close();
    await this.#work;
    for (const index of [this.#index, this.#coming]) index?.close();
  }

  /** Jobs that change what serves run one after the other; one that breaks is the memory's failure. */
  #run(job: () => Promise<void>): void {
    const { signal, fail } = this.#options;
    this.#work = this.#work.then(async () => {
      try {
        if (!signal.aborted) await job();
      } catch (error) {
        if (!signal.aborted) fail(error);
      }
    });
  }

  async #serve(space: EmbeddingSpace): Promise<void> {
    this.#index = await this.#open(space);
    await this.#index.load();
    this.#options.onChange();
  }

  async #open(space: EmbeddingSpace): Promise<SpaceIndex> {
    const { store, fail, onChange, startIndex } = this.#options;
    const index = await startIndex(space.dimensions, fail);
    return new SpaceIndex({ store, space, index, fail, onProgress: onChange });
  }

  async #move(from: EmbeddingSpace, to: EmbeddingSpace): Promise<void> {
    const { store, canEmbed, quiet, onChange } = this.#options;
    const moving: Move = { to, done: 0, total: this.#index?.index.rows ?? 0, switching: false };
    this.#moving = moving;
    onChange();
    try {
      await this.#bringOver(from, to, (done) => {
        moving.done = done;
        onChange();
      });
      if (!canEmbed(to)) return;
      moving.switching = true;
      await quiet();
      await this.#bringOver(from, to);
      this.#coming = await this.#open(to);
      await this.#coming.load();
      this.#spaces = await activateSpace(store, to);
      this.#index?.close();
      this.#index = this.#coming;
      this.#coming = null;
    } catch (error) {
      // The model went away: what was brought over stays, and it goes on when the model is back.
      if (!(error instanceof EmbeddingError && error.retryable)) throw error;
    } finally {
      this.#coming?.close();
      this.#coming = null;
      this.#moving = null;
      onChange();
    }
    if (this.active?.id === to.id) await this.#bringStragglers();
  }

  async #bringStragglers(): Promise<void> {
    const { active, known } = this.#spaces!;
    for (const from of known) {
      if (from.id !== active.id && this.#options.canEmbed(active)) await this.#bringOver(from, active);
    }
  }

  async #bringOver(from: EmbeddingSpace, to: EmbeddingSpace, onProgress = (_: number) => {}): Promise<void> {
    const { store, embedIn, signal } = this.#options;
    await reembed({
      store,
      from,
      to,
      embed: (texts) => embedIn(to, texts, signal),
      signal,
      onProgress,
      onRows: (rows) => {
        for (const index of [this.#index, this.#coming]) if (index?.space.id === to.id) index.add(rows);
      },
    });
  }
}
