/**
 * From which similarity on an answer is one. A query that has nothing to do with an entry of random phases is similar
 * to it by a normal deviate of variance 1 / (2 · dimensions); the best of N such is the more the greater N is. The
 * threshold is what the best of a codebook reaches by chance in no more than a given share of questions, with the
 * deviation measured on the codebook itself.
 */
import { atom } from "./atom.ts";
import { checkDimensions, checkFinite, checkSameDimensions } from "./checks.ts";
import type { Codebook } from "./cleanup.ts";
import { HypervectorError } from "./errors.ts";
import { calibrationEntries, calibrationProbes, falseAnswersDefault } from "./limits.ts";
import { phases8 } from "./phases8.ts";

/** What a codebook's noise is like, and the similarity that its answers must reach. */
export interface Calibration {
  /** Standard deviation of the similarity of an entry to an unrelated vector. */
  readonly deviation: number;
  /** 0 to 1 for codebooks that can answer at all; more than 1 when the dimensions are too few for so many entries. */
  readonly threshold: number;
  readonly falseAnswers: number;
}

/**
 * The chance that a normal deviate is more than `z` (Press et al., "Numerical Recipes", erfc by Chebyshev fit;
 * relative error 1.2e-7).
 */
function tail(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.5 * x);
  const fit = [
    -1.26551223,
    1.00002368,
    0.37409196,
    0.09678418,
    -0.18628806,
    0.27886807,
    -1.13520398,
    1.48851587,
    -0.82215223,
    0.17087277,
  ].reduceRight((sum, coefficient) => coefficient + t * sum, 0);
  const upper = 0.5 * t * Math.exp(-x * x + fit);
  return z >= 0 ? upper : 1 - upper;
}

/** How many deviations the greatest of `entries` normal deviates exceeds in a share `falseAnswers` of tries. */
function deviationsOf(entries: number, falseAnswers: number): number {
  const each = -Math.expm1(Math.log1p(-falseAnswers) / entries);
  let low = -10;
  let high = 40;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (tail(middle) > each) low = middle;
    else high = middle;
  }
  return high;
}

/**
 * The threshold of a codebook of `entries` independent atoms, by theory. Throws `invalid_number` unless `falseAnswers`
 * is between 0 and 1, and `invalid_dimensions`.
 */
export function noiseThreshold(
  entries: number,
  dimensions: number,
  falseAnswers: number = falseAnswersDefault,
): number {
  checkDimensions(dimensions);
  checkShare(falseAnswers);
  return deviationsOf(Math.max(1, entries), falseAnswers) / Math.sqrt(2 * dimensions);
}

/**
 * The threshold of this very codebook: the deviation is that of the similarities of probes that have nothing to do
 * with it to entries spread over it, but no less than that of theory. A pure function of the codebook. Throws
 * `over_limit` for an empty one, `dimension_mismatch`, and as `noiseThreshold` does.
 */
export function calibrate(codebook: Codebook, falseAnswers: number = falseAnswersDefault): Calibration {
  checkShare(falseAnswers);
  const first = codebook[0];
  if (first === undefined) {
    throw new HypervectorError(
      "over_limit",
      "Cannot calibrate a codebook as it must have at least one entry: it has none",
      "Add what may be an answer",
    );
  }
  const dimensions = first.phases.length;
  const stride = Math.max(1, Math.ceil(codebook.length / calibrationEntries));
  let square = 0;
  let count = 0;
  for (let probe = 0; probe < calibrationProbes; probe++) {
    const unrelated = atom("calibration", `probe:${probe}`, dimensions);
    for (let index = 0; index < codebook.length; index += stride) {
      const { name, phases } = codebook[index]!;
      checkSameDimensions(`calibrate with codebook entry "${name}"`, dimensions, phases.length);
      square += phases8.similarity(unrelated, phases) ** 2;
      count++;
    }
  }
  const theory = 1 / Math.sqrt(2 * dimensions);
  const deviation = Math.max(theory, Math.sqrt(square / count));
  const threshold = deviationsOf(codebook.length, falseAnswers) * deviation;
  return { deviation, threshold, falseAnswers };
}

function checkShare(share: number): void {
  checkFinite("share of false answers", share);
  if (share <= 0 || share >= 1) {
    throw new HypervectorError(
      "invalid_number",
      `Cannot calibrate as the share of false answers must be between 0 and 1: got ${share}`,
      "Give for example 0.01",
      { share },
    );
  }
}
