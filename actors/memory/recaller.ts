/** A recall with all that it needs: the query's vector, the index of words, the weights, and one space for all of it. */
import { keys, type Position, type Store } from "../../kv/mod.ts";
import { type EmbeddingSpace, LexicalError, type LexicalIndex } from "../../vector/mod.ts";
import { UnavailableError } from "../errors.ts";
import type { MemoryPort, RankedMemory, RecallQuery } from "../system/mod.ts";
import { hybridRecall, searchWords, type WordsFound } from "./hybrid_recall.ts";
import type { LexicalFollower } from "./lexical/mod.ts";
import { TRIES_MAX } from "./limits.ts";
import type { Origins } from "./origins.ts";
import type { RecallSettings } from "./recall_settings.ts";
import type { SpaceIndex } from "./space_index.ts";
import { fromBytes } from "./vector_bytes.ts";

export interface RecallerOptions {
  readonly store: Store;
  readonly origins: Origins;
  readonly settings: Pick<RecallSettings, "weights">;
  readonly lexical: LexicalFollower;
  /** The index that serves. */
  readonly index: () => SpaceIndex | null;
  readonly embed: MemoryPort["embed"];
  readonly search: MemoryPort["search"];
}

/** What is looked for by words while the query is embedded. */
interface Looking {
  readonly ready: Promise<LexicalIndex | null>;
  /** Awaited by the caller too, who hears of it when it fails. */
  readonly looked: Promise<WordsFound>;
  /** The space whose vectors were read. */
  readonly lookedIn: string | undefined;
}

export class Recaller {
  readonly #options: RecallerOptions;

  constructor(options: RecallerOptions) {
    this.#options = options;
  }

  /** @throws {UnavailableError} while the model or the index is not there; with a filter, while that of words is not */
  async recall(query: RecallQuery): Promise<RankedMemory[]> {
    const { lexical, index } = this.#options;
    for (let tries = 1;; tries++) {
      try {
        const ready = lexical.ready(query.signal);
        // Most likely the space in which the query is being embedded.
        const serving = index()?.space;
        const looked = ready.then((lexical) => {
          const vectors = (oids: readonly string[]) => this.#vectorsOf(oids, serving, query.asOf);
          return searchWords({ lexical, vectors }, query);
        });
        const [{ recalled, space }] = await Promise.all([
          this.#recallWith(query, { ready, looked, lookedIn: serving?.id }),
          looked,
        ]);
        // What serves changed while it was asked: cosines of two spaces say nothing together.
        if (space === index()?.space.id || tries >= TRIES_MAX) return recalled;
      } catch (error) {
        // The index of words went away under it: the next try waits for it, or goes on without, which is said.
        if (!(error instanceof LexicalError) || !error.retryable || tries >= TRIES_MAX) throw error;
      }
    }
  }

  /** Once the query is embedded, whether or not it is known yet what has its words. */
  async #recallWith(
    query: RecallQuery,
    { ready, looked, lookedIn }: Looking,
  ): Promise<{ recalled: RankedMemory[]; space: string }> {
    const { text, k, now, asOf, filter, signal } = query;
    const { settings, embed, search, index, origins } = this.#options;
    const weights = { ...settings.weights, ...query.weights };
    const [embedded, lexical] = await Promise.all([embed([text], signal), ready]);
    if (lexical === null && filter !== undefined) throw this.#noFilter();
    const vector = embedded[0]!;
    const space = { id: origins.of(vector)?.space ?? "", dimensions: vector.length };
    const recalled = await hybridRecall({
      lexical,
      // Vectors of another space say nothing to this one.
      words: looked.then((found) => lookedIn === space.id ? found : { ...found, vectors: new Map() }),
      search: (count) => search(vector, count, { asOf, signal }),
      vectors: (oids) => this.#vectorsOf(oids, space, asOf),
      tierOf: (oid) => index()?.book.isAway(oid) === true ? "L2" : "L1",
    }, { text, vector, k, now, weights, asOf, filter });
    return { recalled, space: space.id };
  }

  /** The true vectors in a space; null for a memory that has none there. */
  async #vectorsOf(
    oids: readonly string[],
    space: Pick<EmbeddingSpace, "id" | "dimensions"> | undefined,
    asOf: Position | undefined,
  ): Promise<(Float32Array | null)[]> {
    if (space === undefined) return oids.map(() => null);
    const { store } = this.#options;
    const list = oids.map((oid) => keys.vector(space.id, oid));
    const values = asOf === undefined
      ? (await store.getMany<unknown>(list)).map((entry) => entry?.value)
      : await Promise.all(list.map((key) => store.asOf(asOf).get<unknown>(key)));
    return values.map((value) => fromBytes(value, space.dimensions));
  }

  #noFilter(): UnavailableError {
    const why = this.#options.lexical.status.detail ?? "it is still starting";
    return new UnavailableError(
      "The index by which memories are chosen",
      why,
      "Wait a moment and try again.",
    );
  }
}
