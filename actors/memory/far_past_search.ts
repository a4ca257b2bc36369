/**
 * A search over the memories as they were very many thoughts ago: every row is read as it was and compared, which costs
 * what was remembered then and not what happened since.
 */
import { type AsOf, keys, type Position, type Store } from "../../kv/mod.ts";
import type { MemoryHit } from "../system/mod.ts";
import { textOf } from "./memory_text.ts";
import { assertFewTexts } from "./past_rows.ts";
import { best, type Tiers } from "./tiered_search.ts";
import { dot, fromBytes, isWordless } from "./vector_bytes.ts";

export interface PastSearch {
  readonly k: number;
  readonly asOf: Position;
  /** Makes vectors in the space of the tiers. */
  readonly embed: (texts: string[]) => Promise<Float32Array[]>;
}

/** @throws what the position is refused with; {ArgumentError} when too many texts would have to be embedded anew */
export async function searchFarPast(
  { store, index }: Tiers,
  query: Float32Array,
  { k, asOf, embed }: PastSearch,
): Promise<MemoryHit[]> {
  const { id, dimensions } = index.space;
  const past = store.asOf(asOf);
  const here = new Set<string>();
  const elsewhere = new Set<string>();
  let hits: MemoryHit[] = [];
  const take = (oid: string, vector: Float32Array | null) => {
    if (vector === null || isWordless(vector)) return;
    hits.push({ oid, score: dot(query, vector), tier: "L3" });
    if (hits.length > 16 * k + 1_024) hits = best(hits, k);
  };
  for await (const { key, value } of past.list<unknown>(keys.allVectors())) {
    const [, space, oid] = key as [string, string, string];
    if (space !== id) elsewhere.add(oid);
    else {
      here.add(oid);
      take(oid, fromBytes(value, dimensions));
    }
  }
  const moved = [...elsewhere].filter((oid) => !here.has(oid));
  for (const [oid, vector] of await broughtOver({ store, past, oids: moved, embed, index })) {
    take(oid, vector);
  }
  return best(hits, k);
}

interface BringOver extends Pick<PastSearch, "embed"> {
  readonly store: Store;
  readonly past: AsOf;
  /** Memories whose row was in another space then. */
  readonly oids: readonly string[];
  readonly index: Tiers["index"];
}

/** Their vectors in the space that serves: those of today where the text is the same, the others made anew. */
async function broughtOver(
  { store, past, oids, embed, index }: BringOver,
): Promise<[string, Float32Array][]> {
  const { id, dimensions } = index.space;
  const found: [string, Float32Array][] = [];
  const changed = new Map<string, string>();
  for (const oid of oids) {
    const text = textOf(oid, await past.get<unknown>(keys.object(oid)));
    if (text === null) continue;
    const same = text === textOf(oid, (await store.get<unknown>(keys.object(oid)))?.value ?? null);
    const row = same ? fromBytes((await store.get<unknown>(keys.vector(id, oid)))?.value, dimensions) : null;
    if (row === null) changed.set(oid, text);
    else found.push([oid, row]);
  }
  assertFewTexts(changed.size, past.position);
  const made = changed.size === 0 ? [] : await embed([...changed.values()]);
  return [...found, ...[...changed.keys()].map((oid, at): [string, Float32Array] => [oid, made[at]!])];
}
