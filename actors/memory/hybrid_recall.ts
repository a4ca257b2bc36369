/**
 * One recall over all channels: the nearest in meaning, the best by words, and those beside them in their threads are
 * brought together, scored with the true vectors, and put in one order with the reasons.
 */
import {
  type Candidate,
  cosineWithSum,
  fuse,
  type LexicalFilter,
  type LexicalHit,
  type LexicalIndex,
  type Ranked,
  type RecallWeights,
  type RowDescription,
} from "../../vector/mod.ts";
import type { MemoryHit, RankedMemory, RecallChannel } from "../system/mod.ts";
import {
  CHANNEL_CANDIDATES,
  FILTERED_COMPARED_MAX,
  FILTERED_SEARCHED_MAX,
  SURROUNDED_MAX,
} from "./recall_limits.ts";
import { dot } from "./vector_bytes.ts";

export interface HybridParts {
  /** Null when it is not there for now: then hits are found by meaning alone. */
  readonly lexical: LexicalIndex | null;
  /** What it found by words, and what it says of these. */
  readonly words: Promise<WordsFound>;
  /** The nearest by the tiers. */
  readonly search: (k: number) => Promise<MemoryHit[]>;
  /** The true vectors, as of the time that is asked for; null for a memory without. */
  readonly vectors: (oids: readonly string[]) => Promise<(Float32Array | null)[]>;
  readonly tierOf: (oid: string) => MemoryHit["tier"];
}

export interface HybridQuery {
  readonly text: string;
  readonly vector: Float32Array;
  readonly k: number;
  readonly now: number;
  readonly weights: RecallWeights;
  readonly asOf?: string | undefined;
  readonly filter?: LexicalFilter | undefined;
}

type Vectors = ReadonlyMap<string, Float32Array | null>;

export interface WordsFound {
  readonly hits: readonly LexicalHit[];
  readonly described: readonly RowDescription[];
  /** The true vectors of the hits, as far as they are known. */
  readonly vectors: Vectors;
}

/** What the index of words finds, with all that is known of it: to be begun while the query is embedded. */
export async function searchWords(
  { lexical, vectors }: Pick<HybridParts, "lexical" | "vectors">,
  { text, k, asOf, filter }: Pick<HybridQuery, "text" | "k" | "asOf" | "filter">,
): Promise<WordsFound> {
  if (lexical === null) return { hits: [], described: [], vectors: new Map() };
  const { hits } = await lexical.search(text, {
    limit: Math.max(CHANNEL_CANDIDATES, k),
    ...(asOf === undefined ? {} : { asOf }),
    ...(filter === undefined ? {} : { filter }),
  });
  const oids = hits.map(({ id }) => id);
  // One after the other: there is time for both while the query is embedded, and more at once would hold that up.
  const described = await lexical.describe(oids, asOf);
  const read = await vectors(oids);
  return { hits, described, vectors: new Map(oids.map((oid, at) => [oid, read[at] ?? null])) };
}

/** The best `k`, the best first. */
export async function hybridRecall(parts: HybridParts, query: HybridQuery): Promise<RankedMemory[]> {
  const [near, words] = await Promise.all([nearest(parts, query), parts.words]);
  const recall = new Recall(parts, query, { near, words });
  await recall.takeFound();
  const leading = recall.ranked().slice(0, Math.max(query.k, SURROUNDED_MAX)).map(({ id }) => id);
  await recall.takeNeighboursOf(leading);
  await recall.lookAround(leading);
  return recall.ranked().slice(0, query.k).map((ranked) => recall.told(ranked));
}

async function nearest(parts: HybridParts, query: HybridQuery): Promise<MemoryHit[]> {
  const { k, filter } = query;
  const wanted = Math.max(CHANNEL_CANDIDATES, k);
  return filter === undefined || parts.lexical === null
    ? await parts.search(wanted)
    : await searchFiltered(parts.lexical, parts, { ...query, filter, wanted });
}

/** Few memories that a filter lets through are compared one by one; among many the tiers are searched further and further. */
async function searchFiltered(
  lexical: LexicalIndex,
  parts: HybridParts,
  query: HybridQuery & { readonly filter: LexicalFilter; readonly wanted: number },
): Promise<MemoryHit[]> {
  const { filter, vector, wanted, asOf } = query;
  const matching = await lexical.matching(filter, FILTERED_COMPARED_MAX + 1, asOf);
  if (matching.length <= FILTERED_COMPARED_MAX) {
    const vectors = await parts.vectors(matching);
    const hits = matching.flatMap((oid, at): MemoryHit[] => {
      const of = vectors[at];
      return of === null || of === undefined
        ? []
        : [{ oid, score: dot(vector, of), tier: parts.tierOf(oid) }];
    });
    return hits.sort((a, b) => b.score - a.score || (a.oid < b.oid ? -1 : 1)).slice(0, wanted);
  }
  for (let k = 4 * wanted;; k *= 4) {
    const hits = await parts.search(Math.min(k, FILTERED_SEARCHED_MAX));
    const among = hits.map(({ oid }) => oid);
    const passed = new Set(
      await lexical.matching({ ...filter, among }, Math.max(1, among.length), asOf),
    );
    const chosen = hits.filter(({ oid }) => passed.has(oid));
    if (chosen.length >= wanted || k >= FILTERED_SEARCHED_MAX || hits.length < k) {
      return chosen.slice(0, wanted);
    }
  }
}

/** What is known of each memory that may be answered. */
class Recall {
  readonly #parts: HybridParts;
  readonly #query: HybridQuery;
  readonly #words: ReadonlyMap<string, LexicalHit>;
  readonly #near: ReadonlyMap<string, MemoryHit>;
  readonly #vectors: Map<string, Float32Array | null>;
  readonly #cosines = new Map<string, number | null>();
  readonly #described: Map<string, RowDescription>;
  readonly #surroundings = new Map<string, number>();

  constructor(
    parts: HybridParts,
    query: HybridQuery,
    { near, words: { hits, vectors, described } }: {
      readonly near: readonly MemoryHit[];
      readonly words: WordsFound;
    },
  ) {
    this.#parts = parts;
    this.#query = query;
    this.#near = new Map(near.map((hit) => [hit.oid, hit]));
    this.#words = new Map(hits.map((hit) => [hit.id, hit]));
    this.#vectors = new Map(vectors);
    this.#described = new Map(described.map((row) => [row.id, row]));
  }

  /** Takes in what is near and what has the words. */
  async takeFound(): Promise<void> {
    await this.#take([...new Set([...this.#near.keys(), ...this.#words.keys()])]);
  }

  /** Those beside these in their threads, as far as the filter lets them through. */
  async takeNeighboursOf(oids: readonly string[]): Promise<void> {
    const beside = new Set(oids.flatMap((oid) => this.#described.get(oid)?.near.map(({ id }) => id) ?? []));
    const fresh = [...beside].filter((oid) => !this.#cosines.has(oid));
    if (fresh.length === 0) return;
    const { filter, asOf } = this.#query;
    const passed = filter === undefined
      ? fresh
      : await this.#parts.lexical!.matching({ ...filter, among: fresh }, fresh.length, asOf);
    await this.#take(passed);
  }

  /** Compares the query with each memory together with the ones before and after it. */
  async lookAround(oids: readonly string[]): Promise<void> {
    if (this.#query.weights.thread === 0) return;
    const groups = oids.flatMap((oid) => {
      const next = this.#described.get(oid)?.near.filter(({ steps }) => Math.abs(steps) === 1) ?? [];
      return next.length === 0 ? [] : [{ oid, group: [oid, ...next.map(({ id }) => id)] }];
    });
    await this.#read([...new Set(groups.flatMap(({ group }) => group))]);
    for (const { oid, group } of groups) {
      const vectors = group.flatMap((each) => this.#vectors.get(each) ?? []);
      if (vectors.length > 1) this.#surroundings.set(oid, cosineWithSum(this.#query.vector, vectors));
    }
  }

  ranked(): Ranked[] {
    return fuse([...this.#cosines.keys()].map((oid) => this.#candidate(oid)), this.#query.weights);
  }

  told({ id, score, reasons }: Ranked): RankedMemory {
    const near = this.#near.get(id);
    const words = this.#words.get(id);
    const channels: RecallChannel[] = [
      ...(near === undefined ? [] : ["meaning" as const]),
      ...(words === undefined ? [] : ["words" as const]),
    ];
    return {
      oid: id,
      score,
      tier: near?.tier ?? (this.#query.asOf === undefined ? this.#parts.tierOf(id) : "L3"),
      cosine: this.#cosines.get(id) ?? null,
      bm25: words?.score ?? null,
      channels: channels.length > 0 ? channels : ["thread"],
      reasons,
    };
  }

  #candidate(id: string): Candidate {
    const words = this.#words.get(id);
    const described = this.#described.get(id);
    return {
      id,
      cosine: this.#cosines.get(id) ?? null,
      bm25: words?.score ?? null,
      share: words?.share ?? null,
      surroundings: this.#surroundings.get(id) ?? null,
      ageMs: described === undefined ? 0 : Math.max(0, this.#query.now - described.at),
      importance: described?.importance ?? 0,
      near: described?.near ?? [],
    };
  }

  /** Takes memories in, with their true cosines. */
  async #take(oids: readonly string[]): Promise<void> {
    const fresh = oids.filter((oid) => !this.#cosines.has(oid));
    const unknown = fresh.filter((oid) => !this.#described.has(oid));
    const [described] = await Promise.all([
      this.#parts.lexical?.describe(unknown, this.#query.asOf),
      this.#read(fresh.filter((oid) => !this.#near.has(oid))),
    ]);
    for (const row of described ?? []) this.#described.set(row.id, row);
    for (const oid of fresh) {
      const vector = this.#vectors.get(oid);
      const cosine = this.#near.get(oid)?.score ?? (vector ? dot(this.#query.vector, vector) : null);
      this.#cosines.set(oid, cosine);
    }
  }

  async #read(oids: readonly string[]): Promise<void> {
    const unread = oids.filter((oid) => !this.#vectors.has(oid));
    if (unread.length === 0) return;
    const vectors = await this.#parts.vectors(unread);
    for (const [at, oid] of unread.entries()) this.#vectors.set(oid, vectors[at] ?? null);
  }
}
