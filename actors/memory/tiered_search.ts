/**
 * One search over both tiers: working memory and the archive are asked together, in the state of one moment; what
 * changed while they answered is looked up in the store; and every score is the exact one, of the vectors as stored.
 */
import { keys, type Store } from "../../kv/mod.ts";
import type { MemoryHit } from "../system/mod.ts";
import { type ArchiveBridge, ArchiveLost } from "./archive_bridge.ts";
import { ARCHIVE_HITS_EACH, ARCHIVE_HITS_MIN } from "./limits.ts";
import type { SpaceIndex } from "./space_index.ts";
import { dot, fromBytes, isWordless } from "./vector_bytes.ts";

export interface Tiers {
  readonly store: Store;
  readonly index: SpaceIndex;
  readonly archive: ArchiveBridge;
}

/**
 * The `k` nearest of the rows that live now, without those of `excluded`, the nearest first. Working memory is asked
 * before this returns, so that it answers as of the call.
 * @throws {ArchiveLost} when the archive stopped covering what it did: search again, once all is covered
 */
export async function searchTiers(
  tiers: Tiers,
  query: Float32Array,
  options: { readonly k: number; readonly excluded?: ReadonlySet<string> },
): Promise<MemoryHit[]> {
  const { index, archive } = tiers;
  const { k, excluded = new Set<string>() } = options;
  const near = index.exact.search(query, k + excluded.size);
  if (index.book.away === 0) return best(await nearHits(near, excluded), k);
  const watch = index.watch();
  try {
    assertCovered(tiers);
    const far = archive.search(query, Math.max(ARCHIVE_HITS_MIN, ARCHIVE_HITS_EACH * k), excluded);
    const [nearest, farthest] = await Promise.all([nearHits(near, excluded), far]);
    assertCovered(tiers);
    const held = new Set(nearest.map(({ oid }) => oid));
    const archived = farthest.flatMap(({ id, score }): MemoryHit[] =>
      held.has(id) ? [] : [{ oid: id, score, tier: "L2" }]
    );
    // What changes from here on is answered as it was.
    const changed = new Set(watch);
    const renewed = await renewedHits(tiers, query, [...changed].filter((oid) => !excluded.has(oid)));
    return best([...[...nearest, ...archived].filter(({ oid }) => !changed.has(oid)), ...renewed], k);
  } finally {
    // Both are awaited on the way out too, so that no failure of one goes unheard.
    await Promise.allSettled([near]);
    index.unwatch(watch);
  }
}

/** The best hits, the nearest first and of equals the smaller oid. */
export function best(hits: readonly MemoryHit[], k: number): MemoryHit[] {
  return hits.toSorted((a, b) => b.score - a.score || (a.oid < b.oid ? -1 : 1)).slice(0, k);
}

function assertCovered({ index, archive }: Tiers): void {
  const covered = archive.covers(index.space.id);
  if (covered >= index.book.watermark) return;
  index.cover(covered);
  throw new ArchiveLost(null);
}

async function nearHits(
  near: Promise<{ id: string; score: number }[]>,
  excluded: ReadonlySet<string>,
): Promise<MemoryHit[]> {
  return (await near).flatMap(({ id, score }) => excluded.has(id) ? [] : [{ oid: id, score, tier: "L1" }]);
}

/** Scores by the vectors in the store; a row that is not there any more is dead. */
async function renewedHits(
  { store, index }: Tiers,
  query: Float32Array,
  oids: readonly string[],
): Promise<MemoryHit[]> {
  const { id, dimensions } = index.space;
  const entries = await store.getMany<unknown>(oids.map((oid) => keys.vector(id, oid)));
  return oids.flatMap((oid, at) => {
    const vector = fromBytes(entries[at]?.value, dimensions);
    return vector === null || isWordless(vector) ? [] : [{ oid, score: dot(query, vector), tier: "L1" }];
  });
}
