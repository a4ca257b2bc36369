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
  comparedMore,
  expansionWantedMax,
  fartherQueries,
  graphExpansionsSearch,
  nearCandidates,
  nearMargin,
  nearRecallMin,
  nearSavingMin,
  nearShareMin,
  nearTolerance,
  recallAt,
  recallMin,
  recallQueries,
  recallTolerance,
  recallWanted,
} from "./limits.ts";
import type { BuiltSegment, NearSearch } from "./messages.ts";
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
  readonly kind: Kind["kind"];
  readonly query: Float32Array;
  /** How similar the k-th nearest row is. */
  readonly threshold: number;
}

/** The least expansion that suffices (see `graphExpansionsSearch`), or the greatest, and the recall with it (0 to 1). */
export async function measureRecall(sample: RecallSample): Promise<MeasuredRecall> {
  if (sample.rows === 0) return { expansionSearch: graphExpansionsSearch[0], nearSearch: null, recall: 1 };
  using file = await Deno.open(sample.rowsPath, { read: true });
  const probes = makeProbes(file, sample);
  const graph = await viewGraph(sample.graphPath, sample.dimensions);
  if (graph.size() !== sample.rows) {
    throw new Error(`the saved graph must hold ${sample.rows} rows: it holds ${graph.size()}`);
  }
  const find: Find = (probe, search) => findNearest({ graph, file, sample }, probe, search);
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

interface TrialSearch {
  readonly candidates: number;
  /** Hits among which the nearest must be. */
  readonly count: number;
  readonly tolerance: number;
}

type Find = (probe: Probe, search: TrialSearch) => Found;

/** How many candidates any query needs. Rows that are much alike may need many, which is slow, and still found. */
function widen(
  probes: readonly Probe[],
  find: Find,
  progress: () => void,
): { expansionSearch: number; recall: number } {
  const asked = probes.filter(({ kind }) => kind === "halfway");
  let measured = { expansionSearch: graphExpansionsSearch[0], recall: 0 };
  for (const expansionSearch of graphExpansionsSearch) {
    const search = { candidates: expansionSearch, count: recallAt, tolerance: recallTolerance };
    measured = { expansionSearch, recall: meanShare(asked.map((probe) => find(probe, search))) };
    if (measured.recall >= (expansionSearch < expansionWantedMax ? recallWanted : recallMin)) break;
    progress();
  }
  return measured;
}

/** How few candidates a query near rows needs, and how such a query is told; null where they would save too little. */
function narrow(probes: readonly Probe[], find: Find, expansionSearch: number): NearSearch | null {
  for (const candidates of nearCandidates) {
    if (candidates * nearSavingMin > expansionSearch) break;
    const search = { candidates, count: recallAt + comparedMore, tolerance: nearTolerance };
    const all = probes.map((probe) => ({ ...find(probe, search), kind: probe.kind }));
    const astray = all.filter(({ share }) => share < nearRecallMin.each);
    const similarity = Math.max(-1, ...astray.map((found) => found.similarity + nearMargin));
    const trusted = all.filter((found) => found.similarity >= similarity);
    const isNear = ({ kind }: { kind: Kind["kind"] }) => kind === "near";
    const answered = trusted.filter(isNear).length / all.filter(isNear).length;
    if (answered >= nearShareMin && meanShare(trusted.filter(isNear)) >= nearRecallMin.mean) {
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
  { candidates, count, tolerance }: TrialSearch,
): Found {
  const wanted = Math.min(recallAt, sample.rows);
  const hits = searchGraph(graph, query, { count, candidates });
  const right = hits.filter(({ row }) =>
    dot(query, readRow(file, row, sample.dimensions), 0) >= threshold - tolerance
  );
  return { share: Math.min(right.length, wanted) / wanted, similarity: hits[wanted - 1]?.score ?? -1 };
}

/** Queries of every kind, each with how similar its k-th nearest row is, from one look at every row. */
function makeProbes(file: Deno.FsFile, sample: RecallSample): Probe[] {
  const queries = kinds.flatMap((kind) => makeQueries(file, sample, kind));
  const thresholds = exactThresholds(file, queries.map(({ query }) => query), sample);
  return queries.map((each, which) => ({ ...each, threshold: thresholds[which] }));
}

function makeQueries(
  file: Deno.FsFile,
  sample: RecallSample,
  { kind, lean, count: wanted }: Kind,
): Omit<Probe, "threshold">[] {
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
