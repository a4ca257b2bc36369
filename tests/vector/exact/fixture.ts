/** The kernel as the build makes it, assembled once, and an oracle that compares everything with everything. */
import { buildKernel } from "../../../vector/exact/build_kernel.ts";
import { ExactIndex, type ExactIndexOptions, type Hit } from "../../../vector/exact/mod.ts";

export const kernel = await buildKernel();
export const worker = new URL("../../../vector/exact/worker.ts", import.meta.url);

export function startIndex(
  dimensions: number,
  options: Partial<ExactIndexOptions> = {},
): Promise<ExactIndex> {
  return ExactIndex.start({ dimensions, kernel, worker, ...options });
}

/** The same sum in the same order as the kernel's, so that scores are equal to the last bit. */
export function innerProduct(a: Float32Array, b: Float32Array): number {
  const lanes = [0, 0, 0, 0];
  for (let column = 0; column < a.length; column++) lanes[column % 4]! += a[column]! * b[column]!;
  return (lanes[0]! + lanes[2]!) + (lanes[1]! + lanes[3]!);
}

export function bruteForce(rows: ReadonlyMap<string, Float32Array>, query: Float32Array, k: number): Hit[] {
  const hits = [...rows].map(([id, vector]) => ({ id, score: innerProduct(vector, query) }));
  return hits.sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1)).slice(0, k);
}

/** Deterministic numbers in 0..1 (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function packed(vectors: readonly Float32Array[], dimensions: number): Float32Array {
  const rows = new Float32Array(vectors.length * dimensions);
  vectors.forEach((vector, at) => rows.set(vector, at * dimensions));
  return rows;
}
