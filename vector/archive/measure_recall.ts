/**
 * Recall of a saved graph and its inverted lists against the exact answer: for a sample of queries, the share of the exact
 * nearest ten among what is found. The search of the graph is widened step by step until the share suffices. A query is a
 * row leaned halfway towards another, so that no query is itself in the graph and most lie between clusters, where a graph
 * finds least.
 *
 * For a query near rows a few lists suffice, and a search that is led astray ends among rows that are less similar. So
 * queries are sampled near rows and far from them, and of all it is measured how similar the tenth row must be that few
 * lists find, for them to suffice (after the adaptive termination of Li et al., "Improving Approximate Nearest
 * Neighbor Search through Learned Adaptive Early Termination", SIGMOD 2020, with a threshold in place of a model).
 */
import { dot } from "./dot.ts";
import { releaseGraph, searchGraph, viewGraph } from "./graph.ts";
import type { InvertedLists } from "./inverted_lists.ts";
import { searchLists } from "./listed_segment.ts";
import {
  expansionWantedMax,
  fartherQueries,
  graphExpansionsSearch,
  listedMargin,
  listedRecallMin,
  listedShareMin,
  listedTolerance,
  listProbes,
  recallAt,
  recallMin,
  recallQueries,
  recallTolerance,
  recallWanted,
} from "./limits.ts";
import type { BuiltSegment, TrustedSearch } from "./messages.ts";
import { nameRecordBytes, readAllSync, rowRecordBytes } from "./segment_files.ts";

/** Rows read at once. */
const blockRows = 1_024;
/**
 * The queries, each a row leaned by `lean` towards another. `near` leans towards one whose numbers stand in another order,
 * which is as good as noise: a query among rows, at a cosine of 0.93 from one.
 */
const kinds = [
  { kind: "halfway", lean: 0.5, count: recallQueries },
  { kind: "near", lean: 0.4, count: recallQueries },
  { kind: "farther", lean: 0.75, count: fartherQueries },
  { kind: "farther", lean: 1, count: fartherQueries },
] as const;
type Kind = (typeof kinds)[number];

/** What to measure: the graph's file, the lists, and the file of the rows that they were made from. */
export interface RecallSample {
  readonly graphPath: string;
  readonly rowsPath: string;
  readonly lists: InvertedLists | null;
  readonly rows: number;
  readonly dimensions: number;
  /** Told between blocks that the work goes on. */
  readonly progress: () => void;
}

/** How the segment is to be searched, and the recall of its graph with that. */
export interface MeasuredRecall extends Pick<BuiltSegment, "expansionSearch" | "recall"> {
  /** Null where there are no lists, or none that are worth keeping. */
  readonly trusted: TrustedSearch | null;
}

interface Probe {
  readonly kind: Kind["kind"];
  readonly query: Float32Array;
  /** How similar the k-th nearest row is, and k: `recallAt`, or all rows of fewer. */
  readonly threshold: number;
  readonly wanted: number;
}

/** The least expansion that suffices (see `graphExpansionsSearch`), or the greatest, and the recall with it (0 to 1). */
export async function measureRecall(sample: RecallSample): Promise<MeasuredRecall> {
  if (sample.rows === 0) return { expansionSearch: graphExpansionsSearch[0], trusted: null, recall: 1 };
  using file = await Deno.open(sample.rowsPath, { read: true });
  const probes = makeProbes(file, sample);
  const graph = await viewGraph(sample.graphPath, sample.dimensions);
  if (graph.size() !== sample.rows) {
    throw new Error(`the saved graph must hold ${sample.rows} rows: it holds ${graph.size()}`);
  }
  const scores = (hits: readonly { row: number }[], { query }: Probe) =>
    hits.map(({ row }) => dot(query, readRow(file, row, sample.dimensions), 0)).sort((one, two) => two - one);
  const { expansionSearch, recall } = widen(
    probes,
    (probe, candidates) => scores(searchGraph(graph, probe.query, { count: recallAt, candidates }), probe),
    sample.progress,
  );
  await releaseGraph(graph);
  const { lists } = sample;
  const trusted = lists === null ? null : narrow(
    probes,
    (probe, probes) => scores(searchLists(lists, probe.query, { count: recallAt, probes }), probe),
    sample.progress,
  );
  return { expansionSearch, trusted, recall };
}

/** Exact scores of the rows that a search finds with so many candidates or lists, in falling order. */
type Find = (probe: Probe, effort: number) => readonly number[];

/** How many candidates any query needs. Rows that are much alike may need many, which is slow, and still found. */
function widen(
  probes: readonly Probe[],
  find: Find,
  progress: () => void,
): { expansionSearch: number; recall: number } {
  const asked = probes.filter(({ kind }) => kind === "halfway");
  let measured = { expansionSearch: graphExpansionsSearch[0], recall: 0 };
  for (const expansionSearch of graphExpansionsSearch) {
    const shares = asked.map((probe) => shareOf(find(probe, expansionSearch), probe, recallTolerance));
    measured = { expansionSearch, recall: meanOf(shares) };
    if (measured.recall >= (expansionSearch < expansionWantedMax ? recallWanted : recallMin)) break;
    progress();
  }
  return measured;
}

/** How few lists a query near rows needs, and how such a query is told; null where they would answer too little. */
function narrow(probes: readonly Probe[], find: Find, progress: () => void): TrustedSearch | null {
  for (const lists of listProbes) {
    const all = probes.map((probe) => {
      const scores = find(probe, lists);
      return {
        kind: probe.kind,
        share: shareOf(scores, probe, listedTolerance),
        similarity: scores[recallAt - 1] ?? -1,
      };
    });
    const astray = all.filter(({ share }) => share < listedRecallMin.each);
    const similarity = Math.max(-1, ...astray.map((found) => found.similarity + listedMargin));
    const near = all.filter(({ kind }) => kind === "near");
    const answered = near.filter((found) => found.similarity >= similarity);
    const isWorthIt = answered.length >= near.length * listedShareMin;
    if (isWorthIt && meanOf(answered.map(({ share }) => share)) >= listedRecallMin.mean) {
      return { probes: lists, similarity };
    }
    progress();
  }
  return null;
}

/** The share of the exact nearest among rows with these scores, in falling order. */
function shareOf(scores: readonly number[], { threshold, wanted }: Probe, tolerance: number): number {
  const right = scores.filter((score) => score >= threshold - tolerance).length;
  return Math.min(right, wanted) / wanted;
}

function meanOf(shares: readonly number[]): number {
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}

/** Queries of every kind, each with how similar its k-th nearest row is, from one look at every row. */
function makeProbes(file: Deno.FsFile, sample: RecallSample): Probe[] {
  const queries = kinds.flatMap((kind) => makeQueries(file, sample, kind));
  const thresholds = exactThresholds(file, queries.map(({ query }) => query), sample);
  const wanted = Math.min(recallAt, sample.rows);
  return queries.map((each, which) => ({ ...each, threshold: thresholds[which], wanted }));
}

function makeQueries(
  file: Deno.FsFile,
  sample: RecallSample,
  { kind, lean, count: wanted }: Kind,
): Omit<Probe, "threshold" | "wanted">[] {
  const count = Math.min(wanted, sample.rows);
  return Array.from({ length: count }, (_, which) => {
    const row = Math.floor((which * sample.rows) / count);
    const other = (row + Math.floor(sample.rows / 3) + 1) % sample.rows;
    const towards = readRow(file, other, sample.dimensions);
    if (kind === "near") towards.reverse();
    const leaned = readRow(file, row, sample.dimensions).map((value, index) => value + lean * towards[index]);
    const norm = Math.sqrt(dot(leaned, leaned, 0));
    return { kind, query: norm === 0 ? leaned : leaned.map((value) => value / norm) };
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
