/**
 * Exact search without Python, within 45 s: `ExactIndex.search`, worker hop included, against the plain loop over f32
 * rows in JavaScript, which is the oracle too: every answer must be the same.
 */
import { startIndex } from "./exact_row.ts";
import type { Row } from "./row.ts";
import { median, percentile, rounded, seededRandom } from "./statistics.ts";

const COUNT = 10_000;
const DIMENSIONS = 384;
const CLUSTERS = 1000;
const K = 10;
const QUERIES = 100;
const SEED = 7;

export const quickRow: Row = {
  row: "vector-quick",
  what: `exact L1 search, ${COUNT} × ${DIMENSIONS}, k = ${K}, p50, against a plain f32 loop`,
  unit: "ms",
  bound: "at most",
  required: 1,
  async measure({ full }) {
    const rounds = full ? 7 : 3;
    const random = seededRandom(SEED);
    const centers = normals(random, CLUSTERS * DIMENSIONS);
    const base = clustered(random, centers, COUNT);
    const ids = Array.from({ length: COUNT }, (_, row) => String(row));
    const index = await startIndex(DIMENSIONS);
    try {
      await index.add(ids, base);
      const ours: number[] = [];
      const theirs: number[] = [];
      const slow: number[] = [];
      for (let round = 0; round <= rounds; round++) {
        const queries = clustered(random, centers, QUERIES);
        const vectors = Array.from(
          { length: QUERIES },
          (_, at) => queries.slice(at * DIMENSIONS, (at + 1) * DIMENSIONS),
        );
        const mine: number[] = [];
        const found: number[][] = [];
        for (const query of vectors) {
          const began = performance.now();
          const hits = await index.search(query, K);
          mine.push(performance.now() - began);
          found.push(hits.map(({ id }) => Number(id)));
        }
        const plain: number[] = [];
        for (const [at, query] of vectors.entries()) {
          const began = performance.now();
          const nearest = plainSearch(base, query);
          plain.push(performance.now() - began);
          const same = found[at]!.length === K && found[at]!.every((row) => nearest.includes(row));
          if (!same) {
            throw new Error(`The exact index is not exact at query ${at} of round ${round}, seed ${SEED}`);
          }
        }
        // The first round warms both sides up.
        if (round === 0) continue;
        ours.push(percentile(mine, 0.5));
        slow.push(percentile(mine, 0.99));
        theirs.push(percentile(plain, 0.5));
      }
      return {
        ours: median(ours),
        baseline: median(theirs),
        how: `ExactIndex.search in its worker, ${QUERIES} fresh queries a round in turn with the loop, ` +
          `recall 1.000; median p50 of ${rounds} rounds, seed ${SEED}`,
        beside: { "p99 ms": rounded(median(slow)), "bytes a row": rounded(index.bytes / COUNT) },
      };
    } finally {
      index.close();
    }
  },
};

/** The rows with the greatest inner products, the greatest first. */
function plainSearch(base: Float32Array, query: Float32Array): number[] {
  const best: { row: number; score: number }[] = [];
  for (let row = 0; row < COUNT; row++) {
    let score = 0;
    const from = row * DIMENSIONS;
    for (let i = 0; i < DIMENSIONS; i++) score += base[from + i]! * query[i]!;
    if (best.length === K && score <= best[K - 1]!.score) continue;
    let at = best.length;
    while (at > 0 && best[at - 1]!.score < score) at--;
    best.splice(at, 0, { row, score });
    if (best.length > K) best.pop();
  }
  return best.map(({ row }) => row);
}

/** Unit vectors around the centers, as the Python baseline makes them. */
function clustered(random: () => number, centers: Float32Array, count: number): Float32Array {
  const rows = normals(random, count * DIMENSIONS);
  for (let row = 0; row < count; row++) {
    const vector = rows.subarray(row * DIMENSIONS, (row + 1) * DIMENSIONS);
    const center = Math.floor(random() * CLUSTERS) * DIMENSIONS;
    for (let i = 0; i < DIMENSIONS; i++) vector[i] = centers[center + i]! + 0.9 * vector[i]!;
    const length = Math.hypot(...vector);
    for (let i = 0; i < DIMENSIONS; i++) vector[i]! /= length;
  }
  return rows;
}

/** Standard normal numbers (Box and Muller). */
function normals(random: () => number, count: number): Float32Array {
  const values = new Float32Array(count);
  for (let i = 0; i < count; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    const angle = 2 * Math.PI * random();
    values[i] = radius * Math.cos(angle);
    if (i + 1 < count) values[i + 1] = radius * Math.sin(angle);
  }
  return values;
}
