/**
 * FHRR as complex numbers in two planes of f32 (real, imaginary): the form that bundles live in, since the sum of unit
 * phasors is no unit phasor. Binding a bundle with an atom works here too, and a bundle can be turned back into phases.
 */
import { checkFinite, checkSameDimensions, rotationOf } from "./checks.ts";
import { HypervectorError } from "./errors.ts";
import { bundleMax, phaseSteps } from "./limits.ts";
import type { Phases8 } from "./phases8.ts";
import type { PhasesF32 } from "./phases_f32.ts";

/** D complex numbers: `re[i] + i·im[i]`. */
export interface Planes {
  readonly re: Float32Array;
  readonly im: Float32Array;
}

/** cos and sin of each grid phase: the planes of a byte. Shared by the kernels of this folder, never written. */
export const gridCosines: Readonly<Float32Array> = Float32Array.from(
  { length: phaseSteps },
  (_, step) => Math.cos((2 * Math.PI * step) / phaseSteps),
);
/** See `gridCosines`. */
export const gridSines: Readonly<Float32Array> = Float32Array.from(
  { length: phaseSteps },
  (_, step) => Math.sin((2 * Math.PI * step) / phaseSteps),
);

/** Writes the unit phasors of grid phases into `target`, which has as many dimensions. */
export function writePhasors(x: Phases8, { re, im }: Planes): void {
  for (let index = 0; index < x.length; index++) {
    const step = x[index]!;
    re[index] = gridCosines[step]!;
    im[index] = gridSines[step]!;
  }
}

/** The unit phasors of grid phases. */
function fromPhases8(x: Phases8): Planes {
  const result = empty(x.length);
  writePhasors(x, result);
  return result;
}

/** The unit phasors of phases in radians. */
function fromPhases(x: PhasesF32): Planes {
  const { re, im } = empty(x.length);
  for (let index = 0; index < x.length; index++) {
    re[index] = Math.cos(x[index]!);
    im[index] = Math.sin(x[index]!);
  }
  return { re, im };
}

/** The phase of each number, in (-π, π]: a bundle as a unit vector again. A zero becomes the phase 0. */
function toPhases({ re, im }: Planes): PhasesF32 {
  const result = new Float32Array(re.length);
  for (let index = 0; index < result.length; index++) result[index] = Math.atan2(im[index]!, re[index]!);
  return result;
}

/**
 * The weighted complex sum of the vectors. Throws `empty_bundle` for none, `over_limit` beyond `bundleMax`,
 * `dimension_mismatch`, and `invalid_number` when a weight is missing or not finite.
 */
function bundle(vectors: readonly Planes[], weights?: readonly number[]): Planes {
  const first = vectors[0];
  if (first === undefined) {
    throw new HypervectorError(
      "empty_bundle",
      "Cannot bundle nothing: at least one hypervector is needed",
      "Give one or more",
    );
  }
  if (vectors.length > bundleMax) {
    throw new HypervectorError(
      "over_limit",
      `Cannot bundle ${vectors.length} hypervectors as at most ${bundleMax} are allowed`,
      "Bundle in groups, then bundle the groups",
      { count: vectors.length, limit: bundleMax },
    );
  }
  const re = new Float64Array(first.re.length);
  const im = new Float64Array(first.re.length);
  vectors.forEach((vector, which) => {
    checkSameDimensions("bundle", re.length, vector.re.length);
    checkSameDimensions("bundle", re.length, vector.im.length);
    const weight = weights === undefined ? 1 : weights[which] ?? NaN;
    checkFinite(`weight ${which}`, weight);
    for (let index = 0; index < re.length; index++) {
      re[index] += weight * vector.re[index];
      im[index] += weight * vector.im[index];
    }
  });
  return { re: new Float32Array(re), im: new Float32Array(im) };
}

/** x ⊛ y: the complex product. */
function bind(x: Planes, y: Planes): Planes {
  checkSameDimensions("bind", x.re.length, y.re.length);
  return product(x, y, 1);
}

/** x ⊘ y: the product with the conjugate of y, which is the inverse of a unit phasor. */
function unbind(x: Planes, y: Planes): Planes {
  checkSameDimensions("unbind", x.re.length, y.re.length);
  return product(x, y, -1);
}

/** x times y, or with a sign of -1 the conjugate of y. */
function product(x: Planes, y: Planes, sign: 1 | -1): Planes {
  const { re, im } = empty(x.re.length);
  for (let index = 0; index < re.length; index++) {
    const [xRe, xIm, yRe, yIm] = [x.re[index]!, x.im[index]!, y.re[index]!, sign * y.im[index]!];
    re[index] = xRe * yRe - xIm * yIm;
    im[index] = xRe * yIm + xIm * yRe;
  }
  return { re, im };
}

/** The complex conjugate. */
function inverse({ re, im }: Planes): Planes {
  const conjugate = new Float32Array(im.length);
  for (let index = 0; index < im.length; index++) conjugate[index] = -im[index]!;
  return { re, im: conjugate };
}

function empty(dimensions: number): Planes {
  return { re: new Float32Array(dimensions), im: new Float32Array(dimensions) };
}

/** x rotated: what stood at i stands at i + shift. */
function permute(x: Planes, shift: number): Planes {
  const rotation = rotationOf(shift, x.re.length);
  const rotate = (plane: Float32Array): Float32Array => {
    const result = new Float32Array(plane.length);
    result.set(plane.subarray(0, plane.length - rotation), rotation);
    result.set(plane.subarray(plane.length - rotation), 0);
    return result;
  };
  return { re: rotate(x.re), im: rotate(x.im) };
}

/** Re⟨x, y⟩ / (‖x‖·‖y‖), from -1 to 1; 0 when either is all zero. For unit phasors it is the mean cosine. */
function similarity(x: Planes, y: Planes): number {
  checkSameDimensions("compare", x.re.length, y.re.length);
  let dot = 0;
  let squareX = 0;
  let squareY = 0;
  for (let index = 0; index < x.re.length; index++) {
    const xRe = x.re[index];
    const xIm = x.im[index];
    const yRe = y.re[index];
    const yIm = y.im[index];
    dot += xRe * yRe + xIm * yIm;
    squareX += xRe * xRe + xIm * xIm;
    squareY += yRe * yRe + yIm * yIm;
  }
  return squareX === 0 || squareY === 0 ? 0 : dot / Math.sqrt(squareX * squareY);
}

/** The operations on `Planes`; all are pure and throw `HypervectorError` on unequal dimensions. */
export const planes = {
  fromPhases8,
  fromPhases,
  toPhases,
  bundle,
  bind,
  unbind,
  inverse,
  permute,
  similarity,
} as const;
