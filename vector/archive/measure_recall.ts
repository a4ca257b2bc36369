/**
 * Recall of a saved graph and its inverted lists against the exact answer: for a sample of queries, the share of the exact
 * nearest ten among what is found. The search of the graph is widened step by step until the share suffices. A query is a
 * row leaned halfway towards another, so that no query is itself in the graph and most lie between clusters, where a graph
 * finds least.
 *
 * The nearer a query lies to rows, the fewer lists suffice, and a search that is led astray ends among rows that are less
 * similar. So queries are sampled near rows and far from them, and for more and more lists it is measured how similar the
 * tenth row must be that they find, for them to suffice (after the adaptive termination of Li et al., "Improving
 * Approximate Nearest Neighbor Search through Learned Adaptive Early Termination", SIGMOD 2020, with a threshold in place
 * of a model).
 */
import { dot } from "./dot.ts";
import { comparedOf } from "./exact_hits.ts";
import { releaseGraph, searchGraph, viewGraph } from "./graph.ts";
import type { InvertedLists } from "./inverted_lists.ts";
import { searchLists } from "./listed_segment.ts";
import {
  expansionWantedMax,
  graphExpansionsSearch,
  listedQueries,
  listedRecallMin,
  listedShareMin,
  listedStepMin,
  listedWindow,
  listProbes,
  recallAt,
  recallMin,
  recallQueries,
  recallTolerance,
  recallWanted,
} from "./limits.ts";
import type { BuiltSegment, ListStep } from "./messages.ts";
import { nameRecordBytes, readAllSync, rowRecordBytes } from "./segment_files.ts";
import { Top } from "./top.ts";

/** Rows read at once. */
const blockRows = 1_024;
/**
 * The queries, each a row leaned by `lean` towards another: to one whose numbers stand in another order, which is as good
 * as noise, at a cosine of 0.93, 0.71 and 0.45 from a row, as questions lie to texts; or halfway and farther between rows.
 */
const kinds = [
  { towards: "row", lean: 0.5, count: recallQueries },
  { towards: "row", lean: 1, count: listedQueries },
  { towards: "noise", lean: 0.4, count: listedQueries },
  { towards: "noise", lean: 1, count: listedQueries },
  { towards: "noise", lean: 2, count: listedQueries },
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
  /** None where there are no lists, or none that are worth keeping. */
  readonly steps: readonly ListStep[];
}

interface Probe {
  readonly kind: Kind;
  readonly query: Float32Array;
  /** How similar the k-th nearest row is, and k: `recallAt`, or all rows of fewer. */
  readonly threshold: number;
  readonly wanted: number;
}

/** The least expansion that suffices (see `graphExpansionsSearch`), or the greatest, and the recall with it (0 to 1). */
export async function measureRecall(sample: RecallSample): Promise<MeasuredRecall> {
  if (sample.rows === 0) return { expansionSearch: graphExpansionsSearch[0], steps: [], recall: 1 };
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
  const { lists } = sample;
  const steps = lists === null ? [] : stepsOf(
    probes.map((probe) => {
      const options = { count: comparedOf(recallAt), candidates: expansionSearch };
      return {
        ...probe,
        byGraph: shareOf(scores(searchGraph(graph, probe.query, options), probe), probe, 0),
      };
    }),
    (probe, step) => {
      sample.progress();
      const hits = searchLists(lists, probe.query, { steps: [step], count: recallAt });
      if (hits === null) return null;
      return { similarity: hits[recallAt - 1]!.score, share: shareOf(scores(hits, probe), probe, 0) };
    },
  );
  await releaseGraph(graph);
  return { expansionSearch, steps, recall };
}

/** Exact scores of the rows that the graph finds with so many candidates, in falling order. */
type Find = (probe: Probe, candidates: number) => readonly number[];

/** What some lists find: the share of the nearest, what the graph finds of them, and about how similar the last is. */
interface Found {
  readonly share: number;
  readonly byGraph: number;
  readonly similarity: number;
}

/** How many candidates any query needs. Rows that are much alike may need many, which is slow, and still found. */
function widen(
  probes: readonly Probe[],
  find: Find,
  progress: () => void,
): { expansionSearch: number; recall: number } {
  const asked = probes.filter(({ kind }) => kind === kinds[0]);
  let measured = { expansionSearch: graphExpansionsSearch[0], recall: 0 };
  for (const expansionSearch of graphExpansionsSearch) {
    const shares = asked.map((probe) => shareOf(find(probe, expansionSearch), probe, recallTolerance));
    measured = { expansionSearch, recall: meanOf(shares) };
    if (measured.recall >= (expansionSearch < expansionWantedMax ? recallWanted : recallMin)) break;
    progress();
  }
  return measured;
}

/** Which lists suffice from which similarity on; none where they would answer too few queries. */
function stepsOf(
  probes: readonly (Probe & Pick<Found, "byGraph">)[],
  find: (probe: Probe, step: ListStep) => Omit<Found, "byGraph"> | null,
): ListStep[] {
  const steps: ListStep[] = [];
  let answered = 0;
  for (const lists of listProbes) {
    const found = probes.flatMap((probe) => {
      const found = find(probe, { probes: lists, similarity: -Infinity });
      return found === null ? [] : [{ ...found, byGraph: probe.byGraph }];
    }).sort((one, two) => two.similarity - one.similarity);
    const believed = believedOf(found);
    if (believed < answered + probes.length * listedStepMin) continue;
    answered = believed;
    steps.push({ probes: lists, similarity: found[believed - 1]!.similarity });
  }
  return answered >= probes.length * listedShareMin ? steps : [];
}

/** How many of the first suffice: up to the midst of the first window of which too little is found. */
function believedOf(found: readonly Found[]): number {
  for (let first = 0; first + listedWindow <= found.length; first++) {
    const window = found.slice(first, first + listedWindow);
    const byGraph = meanOf(window.map((each) => each.byGraph));
    if (meanOf(window.map(({ share }) => share)) < Math.min(byGraph, listedRecallMin)) {
      return first === 0 ? 0 : first + listedWindow / 2;
    }
  }
  return found.length;
}

/** The share of the exact nearest among rows with these scores, one that is less similar by no more than `loss` included. */
function shareOf(scores: readonly number[], { threshold, wanted }: Probe, loss: number): number {
  const right = scores.filter((score) => score >= threshold - loss).length;
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
  kind: Kind,
): Omit<Probe, "threshold" | "wanted">[] {
  const count = Math.min(kind.count, sample.rows);
  return Array.from({ length: count }, (_, which) => {
    const row = Math.floor((which * sample.rows) / count);
    const other = (row + Math.floor(sample.rows / 3) + 1) % sample.rows;
    const towards = readRow(file, other, sample.dimensions);
    if (kind.towards === "noise") towards.reverse();
    const leaned = readRow(file, row, sample.dimensions)
      .map((value, index) => value + kind.lean * towards[index]);
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
  const best = queries.map(() => new Top(wanted));
  for (let from = 0; from < sample.rows; from += blockRows) {
    const count = Math.min(blockRows, sample.rows - from);
    const recordBytes = rowRecordBytes(sample.dimensions);
    const bytes = new Uint8Array(count * recordBytes);
    readAllSync(file, from * recordBytes, bytes);
    const floats = new Float32Array(bytes.buffer);
    queries.forEach((query, which) => {
      for (let row = 0; row < count; row++) {
        best[which].offer(from + row, dot(query, floats, (row * recordBytes + nameRecordBytes) / 4));
      }
    });
    sample.progress();
  }
  return best.map(({ least }) => least);
}

function readRow(file: Deno.FsFile, row: number, dimensions: number): Float32Array {
  const bytes = new Uint8Array(dimensions * 4);
  readAllSync(file, row * rowRecordBytes(dimensions) + nameRecordBytes, bytes);
  return new Float32Array(bytes.buffer);
}
