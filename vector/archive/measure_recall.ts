/**
 * Recall of a saved graph against the exact answer: for a sample of queries, the share of the exact nearest ten among
 * what the graph finds. The search is widened step by step until the share suffices. A query is a row leaned halfway
 * towards another, so that no query is itself in the graph and most lie between clusters, where a graph finds least.
 *
 * A query near rows needs far fewer candidates, and a search that is led astray ends among rows that are less similar.
 * So queries are sampled near rows and far from them, and of all it is measured how similar the tenth row must be that
 * few candidates find, for them to suffice (after the adaptive termination of Li et al., "Improving Approximate Nearest
 * Neighbor Search through Learned Adaptive Early Termination", SIGMOD 2020, with a threshold in place of a model).
 */
import { dot } from "./dot.ts";
import { type Graph, releaseGraph, searchGraph, viewGraph } from "./graph.ts";
import {
  graphExpansionsSearch,
  nearCandidates,
  nearMargin,
  nearQueries,
  nearRecallMin,
  nearSavingMin,
  nearShareMin,
  recallAt,
  recallQueries,
  recallTolerance,
  recallWanted,
} from "./limits.ts";
import type { BuiltSegment, NearSearch } from "./messages.ts";
import { nameRecordBytes, readAllSync, rowRecordBytes } from "./segment_files.ts";

/** Rows read at once. */
const blockRows = 1_024;
/** How far a query leans from one row to another. */
const halfway = 0.5;
/** The same for the queries that tell few candidates' worth: near a row, and further and further between two. */
const near = 0.2;
const farther = [0.75, 1];

/** What to measure: the graph's file, and the file of the rows that it was made from. */
export interface RecallSample {
  readonly graphPath: string;
  readonly rowsPath: string;
  readonly rows: number;
  readonly dimensions: number;
  /** Told between blocks that the work goes on. */
  readonly progress: () => void;
}

/** How the segment is to be searched, and the recall with that. */
export type MeasuredRecall = Pick<BuiltSegment, "expansionSearch" | "nearSearch" | "recall">;

interface Probe {
  readonly query: Float32Array;
  /** How far it leans from one row to another. */
  readonly lean: number;
  /** How similar the k-th nearest row is. */
  readonly threshold: number;
}

/** The least expansion that reaches `recallWanted`, or the greatest, and the recall with it (0 to 1). */
export async function measureRecall(sample: RecallSample): Promise<MeasuredRecall> {
  if (sample.rows === 0) return { expansionSearch: graphExpansionsSearch[0], nearSearch: null, recall: 1 };
  using file = await Deno.open(sample.rowsPath, { read: true });
  const probes = makeProbes(file, sample);
  const graph = await viewGraph(sample.graphPath, sample.dimensions);
  if (graph.size() !== sample.rows) {
    throw new Error(`the saved graph must hold ${sample.rows} rows: it holds ${graph.size()}`);
  }
  const find: Find = (probe, candidates) => findNearest({ graph, file, sample }, probe, candidates);
  const { expansionSearch, recall } = widen(probes, find, sample.progress);
  const nearSearch = narrow(probes, find, expansionSearch);
  await releaseGraph(graph);
  return { expansionSearch, nearSearch, recall };
}

/** The share found of the exact nearest, and how similar the last one found is by the graph's own measure. */
interface Found {
  readonly share: number;
  readonly similarity: number;
}

type Find = (probe: Probe, candidates: number) => Found;

/** How many candidates any query needs. */
function widen(
  probes: readonly Probe[],
  find: Find,
  progress: () => void,
): { expansionSearch: number; recall: number } {
  const asked = probes.filter(({ lean }) => lean === halfway);
  let measured = { expansionSearch: graphExpansionsSearch[0], recall: 0 };
  for (const expansionSearch of graphExpansionsSearch) {
    measured = { expansionSearch, recall: meanShare(asked.map((probe) => find(probe, expansionSearch))) };
    if (measured.recall >= recallWanted) break;
    progress();
  }
  return measured;
}

/** How few candidates a query near rows needs, and how such a query is told; null where they would save too little. */
function narrow(probes: readonly Probe[], find: Find, expansionSearch: number): NearSearch | null {
  for (const candidates of nearCandidates) {
    if (candidates * nearSavingMin > expansionSearch) break;
    const all = probes.map((probe) => ({ ...find(probe, candidates), lean: probe.lean }));
    const astray = all.filter(({ share }) => share < nearRecallMin.each);
    const similarity = Math.max(-1, ...astray.map((found) => found.similarity + nearMargin));
    const trusted = all.filter((found) => found.similarity >= similarity);
    const isNear = ({ lean }: { lean: number }) => lean === near;
    const answered = trusted.filter(isNear).length / all.filter(isNear).length;
    if (answered >= nearShareMin && meanShare(trusted) >= nearRecallMin.mean) {
      return { candidates, similarity };
    }
  }
  return null;
}

function meanShare(found: readonly Found[]): number {
  return found.reduce((sum, { share }) => sum + share, 0) / found.length;
}

function findNearest(
  { graph, file, sample }: { graph: Graph; file: Deno.FsFile; sample: RecallSample },
  { query, threshold }: Probe,
  candidates: number,
): Found {
  const count = Math.min(recallAt, sample.rows);
  const hits = searchGraph(graph, query, { count, candidates });
  const right = hits.filter(({ row }) =>
    dot(query, readRow(file, row, sample.dimensions), 0) >= threshold - recallTolerance
  );
  return { share: right.length / count, similarity: hits.at(-1)?.score ?? -1 };
}

/** Queries of every kind, each with how similar its k-th nearest row is, from one look at every row. */
function makeProbes(file: Deno.FsFile, sample: RecallSample): Probe[] {
  const queries = [
    ...makeQueries(file, sample, { count: recallQueries, lean: halfway }),
    ...[near, ...farther].flatMap((lean) => makeQueries(file, sample, { count: nearQueries, lean })),
  ];
  const thresholds = exactThresholds(file, queries.map(({ query }) => query), sample);
  return queries.map((each, which) => ({ ...each, threshold: thresholds[which] }));
}

function makeQueries(
  file: Deno.FsFile,
  sample: RecallSample,
  { count: wanted, lean }: { count: number; lean: number },
): Omit<Probe, "threshold">[] {
  const count = Math.min(wanted, sample.rows);
  return Array.from({ length: count }, (_, which) => {
    const row = Math.floor((which * sample.rows) / count);
    const other = (row + Math.floor(sample.rows / 3) + 1) % sample.rows;
    const towards = readRow(file, other, sample.dimensions);
    const leaned = readRow(file, row, sample.dimensions).map((value, index) => value + lean * towards[index]);
    const norm = Math.sqrt(dot(leaned, leaned, 0));
    return { lean, query: norm === 0 ? leaned : leaned.map((value) => value / norm) };
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
