/**
 * Recall of a saved graph against the exact answer: for a sample of queries, the share of the exact nearest ten among
 * what the graph finds. The search is widened step by step until the share suffices. A query is a row leaned halfway
 * towards another, so that no query is itself in the graph.
 */
import { dot } from "./dot.ts";
import { releaseGraph, searchGraph, viewGraph } from "./graph.ts";
import { graphExpansionsSearch, recallAt, recallQueries, recallTolerance, recallWanted } from "./limits.ts";
import { nameRecordBytes, readAllSync, rowRecordBytes } from "./segment_files.ts";

/** Rows read at once. */
const blockRows = 1_024;

/** What to measure: the graph's file, and the file of the rows that it was made from. */
export interface RecallSample {
  readonly graphPath: string;
  readonly rowsPath: string;
  readonly rows: number;
  readonly dimensions: number;
  /** Told between blocks that the work goes on. */
  readonly progress: () => void;
}

/** The least expansion that reaches `recallWanted`, or the greatest, and the recall with it (0 to 1). */
export async function measureRecall(
  sample: RecallSample,
): Promise<{ expansionSearch: number; recall: number }> {
  if (sample.rows === 0) return { expansionSearch: graphExpansionsSearch[0], recall: 1 };
  using file = await Deno.open(sample.rowsPath, { read: true });
  const queries = makeQueries(file, sample);
  const thresholds = exactThresholds(file, queries, sample);
  const wanted = Math.min(recallAt, sample.rows);
  let measured = { expansionSearch: graphExpansionsSearch[0], recall: 0 };
  for (const expansionSearch of graphExpansionsSearch) {
    const graph = await viewGraph(sample.graphPath, sample.dimensions, expansionSearch);
    if (graph.size() !== sample.rows) {
      throw new Error(`the saved graph must hold ${sample.rows} rows: it holds ${graph.size()}`);
    }
    let found = 0;
    queries.forEach((query, which) => {
      for (const { row } of searchGraph(graph, query, wanted)) {
        if (dot(query, readRow(file, row, sample.dimensions), 0) >= thresholds[which] - recallTolerance) {
          found++;
        }
      }
    });
    await releaseGraph(graph);
    measured = { expansionSearch, recall: found / (wanted * queries.length) };
    if (measured.recall >= recallWanted) break;
    sample.progress();
  }
  return measured;
}

function makeQueries(file: Deno.FsFile, sample: RecallSample): Float32Array[] {
  const count = Math.min(recallQueries, sample.rows);
  return Array.from({ length: count }, (_, which) => {
    const row = Math.floor((which * sample.rows) / count);
    const other = (row + Math.floor(sample.rows / 3) + 1) % sample.rows;
    const towards = readRow(file, other, sample.dimensions);
    const query = readRow(file, row, sample.dimensions).map((value, index) => value + 0.5 * towards[index]);
    const norm = Math.sqrt(dot(query, query, 0));
    return norm === 0 ? query : query.map((value) => value / norm);
  });
}

/** For each query, how similar its k-th nearest row is, from a look at every row. */
function exactThresholds(
  file: Deno.FsFile,
  queries: readonly Float32Array[],
  sample: RecallSample,
): number[] {
  const wanted = Math.min(recallAt, sample.rows);
  const best = queries.map(() => new Float64Array(wanted).fill(-Infinity));
  for (let from = 0; from < sample.rows; from += blockRows) {
    const count = Math.min(blockRows, sample.rows - from);
    const recordBytes = rowRecordBytes(sample.dimensions);
    const bytes = new Uint8Array(count * recordBytes);
    readAllSync(file, from * recordBytes, bytes);
    const floats = new Float32Array(bytes.buffer);
    queries.forEach((query, which) => {
      for (let row = 0; row < count; row++) {
        keepBest(best[which], dot(query, floats, (row * recordBytes + nameRecordBytes) / 4));
      }
    });
    sample.progress();
  }
  return best.map((scores) => scores[wanted - 1]);
}

/** Puts `score` in its place among the best, which stand in falling order. */
function keepBest(best: Float64Array, score: number): void {
  let place = best.length - 1;
  if (!(score > best[place])) return;
  for (; place > 0 && best[place - 1] < score; place--) best[place] = best[place - 1];
  best[place] = score;
}

function readRow(file: Deno.FsFile, row: number, dimensions: number): Float32Array {
  const bytes = new Uint8Array(dimensions * 4);
  readAllSync(file, row * rowRecordBytes(dimensions) + nameRecordBytes, bytes);
  return new Float32Array(bytes.buffer);
}
