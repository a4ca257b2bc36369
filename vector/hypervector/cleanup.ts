/**
 * Cleanup: the entry of a codebook that a noisy hypervector resembles most, or nothing when nothing resonates.
 * It looks at a prefix of the dimensions first and widens while more than one entry can still win; an entry is dropped
 * only when it lies behind by more than seven standard deviations of what the unseen dimensions could add, so that the
 * winner is that of the full search. That holds for codebooks whose dimensions are independent, as those made of atoms
 * are; the winner's resonance is always the full one.
 */
import { checkDimensions, checkSameDimensions } from "./checks.ts";
import { HypervectorError } from "./errors.ts";
import { cleanupNoiseSigmas, cleanupPrefixes, cleanupRankedMin, codebookEntriesMax } from "./limits.ts";
import type { Phases8 } from "./phases8.ts";
import { gridCosines, gridSines, type Planes } from "./planes.ts";
import { noiseThreshold } from "./threshold.ts";

/** Named clean vectors, all of the same dimensions. */
export type Codebook = readonly { readonly name: string; readonly phases: Phases8 }[];

/** A clean entry that resonates: similarity from -1 to 1 over all dimensions, and how many dimensions settled it. */
export interface Resonance {
  readonly name: string;
  readonly index: number;
  readonly similarity: number;
  /** How far the runner-up lies behind in similarity; all of it when there is no other entry. */
  readonly margin: number;
  readonly dimensionsSearched: number;
}

/** What cleanup is told beside the query. */
export interface CleanupOptions {
  /** Similarity below which nothing is answered; default: what noise reaches in 0.05 % of questions. */
  readonly resonanceMin?: number;
  /** Prefixes to try before all dimensions, ascending; default 256, 1024, 4096. An empty list searches in full. */
  readonly prefixes?: readonly number[];
}

/**
 * The entry most similar to `query`, or null when the best is below `resonanceMin` or the codebook is empty. Of equal
 * entries the first wins. Throws `dimension_mismatch`, and `over_limit` beyond `codebookEntriesMax` entries.
 */
export function cleanup(query: Planes, codebook: Codebook, options: CleanupOptions = {}): Resonance | null {
  const dimensions = query.re.length;
  checkDimensions(dimensions);
  checkCodebook(codebook, dimensions);
  const magnitude = magnitudeOf(query);
  if (magnitude === 0 || codebook.length === 0) return null;
  const stages = [
    ...(options.prefixes ?? cleanupPrefixes).filter((prefix) => prefix < dimensions),
    dimensions,
  ];
  const sums = new Float64Array(codebook.length);
  let candidates = Array.from(codebook.keys());
  let ranked: readonly number[] = candidates;
  let from = 0;
  for (const to of stages) {
    for (const index of candidates) sums[index] += partialSum(query, codebook[index].phases, from, to);
    from = to;
    const left = survivors(candidates, sums, { seen: to, dimensions, magnitude });
    // All have been seen as far here, so that the likeliest of those that fall out can be told.
    ranked = left.length >= cleanupRankedMin ? left : likeliest(candidates, sums);
    candidates = left;
    if (candidates.length <= 1) break;
  }
  const scale = magnitude * Math.sqrt(dimensions);
  const [winner, runnerUp] = bestTwo(ranked.map((index) => ({
    index,
    similarity: (sums[index] + partialSum(query, codebook[index].phases, from, dimensions)) / scale,
  })));
  const { index, similarity } = winner;
  if (similarity < (options.resonanceMin ?? noiseThreshold(codebook.length, dimensions))) return null;
  const margin = similarity - (runnerUp?.similarity ?? 0);
  return { name: codebook[index].name, index, similarity, margin, dimensionsSearched: from };
}

function checkCodebook(codebook: Codebook, dimensions: number): void {
  if (codebook.length > codebookEntriesMax) {
    throw new HypervectorError(
      "over_limit",
      `Cannot search a codebook of ${codebook.length} entries as at most ${codebookEntriesMax} are allowed`,
      "Split the codebook, or unpin entries",
      { count: codebook.length, limit: codebookEntriesMax },
    );
  }
  for (const entry of codebook) {
    checkSameDimensions(`compare with codebook entry "${entry.name}"`, dimensions, entry.phases.length);
  }
}

/** ‖query‖. */
export function magnitudeOf(query: Planes): number {
  let square = 0;
  for (let index = 0; index < query.re.length; index++) {
    square += query.re[index] * query.re[index] + query.im[index] * query.im[index];
  }
  return Math.sqrt(square);
}

/** Re⟨query, entry⟩ over the dimensions from `from` to `to`. */
export function partialSum(query: Planes, phases: Phases8, from: number, to: number): number {
  const { re, im } = query;
  let sum = 0;
  for (let index = from; index < to; index++) {
    const step = phases[index];
    sum += re[index] * gridCosines[step] + im[index] * gridSines[step];
  }
  return sum;
}

/**
 * Those that can still win. The difference of two entries in one dimension has a variance of at most the query's mean
 * square there, so the mean over `seen` of `dimensions` differs from the whole's by a deviation of
 * sqrt((1/seen - 1/dimensions) × mean square) (sampling without replacement).
 */
function survivors(
  candidates: readonly number[],
  sums: Float64Array,
  view: { seen: number; dimensions: number; magnitude: number },
): number[] {
  const best = candidates.reduce((top, index) => Math.max(top, sums[index]), -Infinity);
  const meanSquare = view.magnitude ** 2 / view.dimensions;
  const deviation = Math.sqrt((1 / view.seen - 1 / view.dimensions) * meanSquare);
  const reach = best - cleanupNoiseSigmas * deviation * view.seen;
  return candidates.filter((index) => sums[index] >= reach);
}

/** The `cleanupRankedMin` greatest sums, the greatest first; of equals the smaller index. */
function likeliest(candidates: readonly number[], sums: Float64Array): number[] {
  const best: number[] = [];
  for (const index of candidates) {
    if (best.length === cleanupRankedMin && sums[index] <= sums[best[best.length - 1]]) continue;
    const place = best.findIndex((other) => sums[other] < sums[index]);
    best.splice(place < 0 ? best.length : place, 0, index);
    best.length = Math.min(best.length, cleanupRankedMin);
  }
  return best;
}

/** One entry of the shortlist and its similarity over all dimensions. */
export interface Ranked {
  readonly index: number;
  readonly similarity: number;
}

/** The best and the second best, if there are two; of equals the smaller index goes first. */
export function bestTwo(ranked: readonly Ranked[]): readonly [Ranked, Ranked?] {
  const sorted = [...ranked].sort((left, right) =>
    right.similarity - left.similarity || left.index - right.index
  );
  return [sorted[0], sorted[1]];
}
