/**
 * Exact search of 10,000 and 20,000 × 384 for the nearest 10: `ExactIndex.search`, worker hop included, against FAISS IndexFlatL2 on
 * the very rows and queries that the baseline wrote, one thread each. Every answer is compared with the baseline's.
 */
import { readAsset, workerUrl } from "../../actors/system/assets.ts";
import { ExactIndex } from "../../vector/mod.ts";
import { FAISS, figureOf, runBaseline } from "./python.ts";
import type { Row } from "./row.ts";
import { median, percentile, rounded } from "./statistics.ts";

const DIMENSIONS = 384;
const K = 10;
const QUERIES = 200;

export const exactRow = exactRowOf("exact-search", 10_000);
/** As many rows as working memory holds before it leaves them to the archive. */
export const workingMemoryRow = exactRowOf("l1-20k", 20_000);

function exactRowOf(row: string, count: number): Row {
  return {
    row,
    what: `exact L1 search, ${count} × ${DIMENSIONS}, k = ${K}, one thread, p50`,
    unit: "ms",
    bound: "at most",
    required: 1,
    async measure(context) {
      const ours: number[] = [];
      const slow: number[] = [];
      const theirs: number[] = [];
      let recall = 1;
      for (let round = 0; round < (context.full ? 7 : 3); round++) {
        const lines = await runBaseline(FAISS, [
          `--count=${count}`,
          `--dimensions=${DIMENSIONS}`,
          `--queries=${QUERIES}`,
          "--threads=1",
          "--skip-diskann",
          `--data=${context.folder}`,
        ], context);
        theirs.push(figureOf(lines, "faiss.IndexFlatL2", "p50_ms"));
        const searched = await searchAll(context.folder, count);
        ours.push(percentile(searched.times, 0.5));
        slow.push(percentile(searched.times, 0.99));
        recall = Math.min(recall, searched.recall);
      }
      if (recall < 1) throw new Error(`The exact index is not exact: recall@${K} is ${recall}`);
      return {
        ours: median(ours),
        baseline: median(theirs),
        how:
          `ExactIndex.search in its worker, one query at a time, ${QUERIES} fresh queries a round, recall 1.000; ` +
          `median p50 of ${ours.length} rounds in turn with vectors.py --threads 1`,
        beside: { "p99 ms": rounded(median(slow)) },
      };
    },
  };
}

/** A new index each round: nothing that it saw before can answer. */
async function searchAll(folder: string, count: number): Promise<{ times: number[]; recall: number }> {
  const base = new Float32Array((await Deno.readFile(`${folder}/base.f32`)).buffer);
  const queries = new Float32Array((await Deno.readFile(`${folder}/query.f32`)).buffer);
  const truth = new Uint32Array((await Deno.readFile(`${folder}/truth.u32`)).buffer);
  const index = await startIndex(DIMENSIONS);
  try {
    await index.add(Array.from({ length: count }, (_, row) => String(row)), base);
    // The code is warmed up on rows of the base, which are none of the queries.
    for (let row = 0; row < QUERIES; row++) await index.search(vectorAt(base, row), K);
    const times: number[] = [];
    let found = 0;
    for (let query = 0; query < QUERIES; query++) {
      const vector = vectorAt(queries, query);
      const began = performance.now();
      const hits = await index.search(vector, K);
      times.push(performance.now() - began);
      const nearest = new Set(Array.from(truth.subarray(query * K, query * K + K), String));
      found += hits.filter(({ id }) => nearest.has(id)).length;
    }
    return { times, recall: found / (QUERIES * K) };
  } finally {
    index.close();
  }
}

function vectorAt(rows: Float32Array, row: number): Float32Array {
  return rows.slice(row * DIMENSIONS, (row + 1) * DIMENSIONS);
}

/** The exact index as the program starts it. */
export async function startIndex(dimensions: number): Promise<ExactIndex> {
  return await ExactIndex.start({
    dimensions,
    worker: workerUrl("exact"),
    kernel: await readAsset("exact.wasm"),
  });
}
