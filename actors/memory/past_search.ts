/** A search over the memories as they were: those that are as they were then by the tiers, the others one by one. */
import { keys } from "../../kv/mod.ts";
import type { MemoryHit } from "../system/mod.ts";
import { PAST_PASSED_OVER_MAX } from "./limits.ts";
import { type PastSearch, searchFarPast } from "./far_past_search.ts";
import { PastRows } from "./past_rows.ts";
import { best, searchTiers, type Tiers } from "./tiered_search.ts";
import { dot, fromBytes, isWordless } from "./vector_bytes.ts";

/** The `k` nearest of the rows that lived at a position. @throws what `searchTiers` and `PastRows` throw */
export async function searchPast(
  tiers: Tiers,
  query: Float32Array,
  { k, asOf, embed }: PastSearch,
): Promise<MemoryHit[]> {
  const { store, index } = tiers;
  const past = new PastRows(store, asOf, index.space);
  if (!await past.read()) return await searchFarPast(tiers, query, { k, asOf, embed });
  const lives = (oid: string) => index.book.has(oid);
  const excluded = new Set(past.differing(lives).keys());
  // Nothing is awaited between the end of that reading and the search, which therefore answers as of it.
  const now = excluded.size <= PAST_PASSED_OVER_MAX
    ? await searchTiers(tiers, query, { k, excluded })
    : await searchStore(tiers, query, k, excluded);
  // What changed while it answered is put back too.
  await past.read();
  const rows = past.differing(lives);
  const texts = await past.texts(rows);
  const made = texts.size === 0 ? [] : await embed([...texts.values()]);
  const embedded = new Map([...texts.keys()].map((oid, at) => [oid, made[at]!]));
  const then = [...rows].flatMap(([oid, row]): MemoryHit[] => {
    const vector = row === "text" ? embedded.get(oid) ?? null : row;
    if (vector === null || isWordless(vector)) return [];
    return [{ oid, score: dot(query, vector), tier: "L3" }];
  });
  return best([...now.filter(({ oid }) => !rows.has(oid)), ...then], k);
}

/** When more has changed than working memory can pass over: every row in the store is compared. */
async function searchStore(
  { store, index }: Tiers,
  query: Float32Array,
  k: number,
  excluded: ReadonlySet<string>,
): Promise<MemoryHit[]> {
  const { id, dimensions } = index.space;
  let hits: MemoryHit[] = [];
  for await (const { key, value } of store.list<unknown>(keys.vectors(id))) {
    const oid = key.at(-1) as string;
    const vector = excluded.has(oid) ? null : fromBytes(value, dimensions);
    if (vector === null || isWordless(vector)) continue;
    hits.push({ oid, score: dot(query, vector), tier: "L3" });
    if (hits.length > 16 * k + 1_024) hits = best(hits, k);
  }
  return best(hits, k);
}
