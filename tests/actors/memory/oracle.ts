/** What search must answer, computed from the store alone. */
import assert from "node:assert/strict";
import type { Store } from "../../../kv/mod.ts";
import type { Memory } from "../../../actors/memory/mod.ts";
import type { MemoryHit } from "../../../actors/system/mod.ts";

/** Every row of a space as the store holds it; a text without words has none that is found. */
export async function rowsIn(store: Store, space: string): Promise<Map<string, Float32Array>> {
  const rows = new Map<string, Float32Array>();
  for await (const { key, value } of store.list<Uint8Array>(["vector", space])) {
    const vector = new Float32Array(value.slice().buffer);
    if (vector.some((number) => number !== 0)) rows.set(key.at(-1) as string, vector);
  }
  return rows;
}

/** The nearest by comparing with every row. */
export function nearest(rows: ReadonlyMap<string, Float32Array>, query: Float32Array, k: number) {
  const scored = [...rows].map(([oid, vector]) => ({
    oid,
    score: vector.reduce((sum, value, at) => sum + value * query[at]!, 0),
  }));
  return scored.sort((a, b) => b.score - a.score || (a.oid < b.oid ? -1 : 1)).slice(0, k);
}

/**
 * Every hit lives, once, with its true score to what 32-bit sums lose.
 * @returns how many places hold a row as near as the one that is due there; rows that are equally near may change places
 */
export function placesRight(
  hits: readonly MemoryHit[],
  rows: ReadonlyMap<string, Float32Array>,
  query: Float32Array,
  k: number,
): number {
  const expected = nearest(rows, query, k);
  assert.equal(hits.length, expected.length);
  assert.equal(new Set(hits.map(({ oid }) => oid)).size, hits.length, "a memory is answered twice");
  for (const { oid, score } of hits) {
    assert.ok(rows.has(oid), `${oid} does not live`);
    const [own] = nearest(new Map([[oid, rows.get(oid)!]]), query, 1);
    assert.ok(Math.abs(own!.score - score) < 1e-5, `the score of ${oid} is ${score} and not ${own!.score}`);
  }
  const due = expected.filter(({ score }) => hits.some((hit) => Math.abs(hit.score - score) < 1e-5));
  return due.length;
}

export interface InStep {
  readonly memory: Memory;
  readonly store: Store;
  /** Each is asked for. */
  readonly texts: readonly string[];
  readonly k?: number;
  /** The share of all places that must be right: less than 1 where the archive, which is not exact, has a part in it. */
  readonly recall?: number;
}

/** Asks for the neighbours of each text and compares with the store. */
export async function assertInStep({ memory, store, texts, k = 5, recall = 1 }: InStep): Promise<void> {
  const rows = await rowsIn(store, memory.status.space.id);
  let right = 0;
  let all = 0;
  for (const [at, query] of (await memory.embed(texts)).entries()) {
    if (query.every((value) => value === 0)) continue;
    try {
      right += placesRight(await memory.search(query, k), rows, query, k);
    } catch (cause) {
      throw new Error(`recall of "${texts[at]}" is not in step with the store`, { cause });
    }
    all += Math.min(k, rows.size);
  }
  assert.ok(right >= recall * all, `${right} of ${all} places are right, and ${recall * all} must be`);
}
