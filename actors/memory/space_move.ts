/**
 * The move of all memories into another embedding space: in the background, with progress, while the old space serves;
 * then one switch. The switch is a thought that is decided only when no row is left behind: what would add one
 * makes it run again, and what it was too late for runs again in the new space.
 */
import { setTimeout as pause } from "node:timers/promises";
import { type CommittedThought, ConflictError, keys, type Store } from "../../kv/mod.ts";
import { EmbeddingError, type EmbeddingSpace } from "../../vector/mod.ts";
import { REEMBED_BATCH, REEMBED_PAUSE_MS, SWITCH_PAUSE_MS } from "./limits.ts";
import { bringOver } from "./reembed.ts";
import type { SpaceIndex } from "./space_index.ts";
import type { SpacesChange } from "./spaces.ts";

export interface SpaceMoveOptions {
  readonly store: Store;
  readonly from: EmbeddingSpace;
  readonly to: EmbeddingSpace;
  /** The index of the new space; it follows the commits and is filled. */
  readonly index: SpaceIndex;
  /** How many memories there are. */
  readonly total: number;
  readonly embed: (texts: string[]) => Promise<Float32Array[]>;
  /** Whether the model that makes vectors of the new space is still there. */
  readonly canEmbed: () => boolean;
  /** Whether no thought that may add rows is between joining and its end. */
  readonly isQuiet: () => boolean;
  /** Resolves when it is quiet, or has not become so within a bound. */
  readonly untilQuiet: () => Promise<void>;
  /** Makes the new space the one that serves, in a thought with this check. */
  readonly switchTo: (check: NonNullable<SpacesChange["check"]>) => Promise<void>;
  readonly signal: AbortSignal;
  readonly onProgress: () => void;
}

/** A row was left behind: the switch is not made yet. */
class LeftBehind extends Error {}

export class SpaceMove {
  readonly to: EmbeddingSpace;
  readonly index: SpaceIndex;
  readonly total: number;
  readonly #options: SpaceMoveOptions;
  /** Memories whose row in the old space changed and that the new one may lack. */
  readonly #behind = new Set<string>();
  #done = 0;
  #switching = false;

  constructor(options: SpaceMoveOptions) {
    this.#options = options;
    this.to = options.to;
    this.index = options.index;
    this.total = options.total;
  }

  /** Memories brought over so far. */
  get done(): number {
    return this.#done;
  }

  /** New memories are held up for a moment. */
  get switching(): boolean {
    return this.#switching;
  }

  /** A thought that staged these rows in the old space is decided. */
  leftBehind(oids: Iterable<string>): void {
    for (const oid of oids) this.#behind.add(oid);
  }

  committed(thoughts: readonly CommittedThought[]): void {
    for (const { changes } of thoughts) {
      for (const { key, after } of changes) {
        if (key[0] === "vector" && key[1] === this.#options.from.id && after !== null) {
          this.#behind.add(key[2] as string);
        }
      }
    }
  }

  /** @returns whether the switch was made: not when the model went away, and then it goes on when that is back */
  async run(): Promise<boolean> {
    const { store, from, signal } = this.#options;
    let batch: string[] = [];
    const flush = async () => {
      await this.#bring(batch);
      this.#done += batch.length;
      batch = [];
      this.#options.onProgress();
    };
    for await (const { key } of store.list(keys.vectors(from.id))) {
      signal.throwIfAborted();
      if (!this.#options.canEmbed()) return false;
      batch.push(key.at(-1) as string);
      if (batch.length === REEMBED_BATCH) await flush();
    }
    await flush();
    while (this.#options.canEmbed()) {
      signal.throwIfAborted();
      if (await this.#tryToSwitch()) return true;
      await pause(SWITCH_PAUSE_MS, undefined, { signal });
    }
    return false;
  }

  async #tryToSwitch(): Promise<boolean> {
    while (this.#behind.size > REEMBED_BATCH) await this.#bringBehind();
    this.#switching = true;
    try {
      await this.#options.untilQuiet();
      await this.#bringBehind();
      await this.#options.switchTo(async (thought) => {
        // Whatever is decided in the old space from here on makes this thought run again.
        for await (const _ of thought.list(keys.vectors(this.#options.from.id), { limit: 1 })) break;
        if (this.#behind.size > 0 || !this.#options.isQuiet()) throw new LeftBehind();
      });
      return true;
    } catch (error) {
      if (error instanceof LeftBehind || error instanceof ConflictError) return false;
      throw error;
    } finally {
      this.#switching = false;
      this.#options.onProgress();
    }
  }

  async #bringBehind(): Promise<void> {
    const oids = [...this.#behind];
    this.#behind.clear();
    try {
      await this.#bring(oids);
    } catch (error) {
      this.leftBehind(oids);
      throw error;
    }
  }

  async #bring(oids: readonly string[]): Promise<void> {
    const { store, to, signal } = this.#options;
    await bringOver({ store, to, signal, embed: (texts) => this.#embed(texts) }, oids);
  }

  /** What the embedder refuses for now is asked again; a text that it cannot bear is left without words. */
  async #embed(texts: string[]): Promise<Float32Array[]> {
    const { embed, canEmbed, signal, to } = this.#options;
    for (;;) {
      try {
        return await embed(texts);
      } catch (error) {
        if (!(error instanceof EmbeddingError)) throw error;
        if (error.code === "embedding_failed") {
          if (texts.length === 1) return [new Float32Array(to.dimensions)];
          const vectors: Float32Array[] = [];
          for (const text of texts) vectors.push(...await this.#embed([text]));
          return vectors;
        }
        if (!error.retryable || !canEmbed()) throw error;
        await pause(REEMBED_PAUSE_MS, undefined, { signal });
      }
    }
  }
}
