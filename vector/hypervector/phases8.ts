/**
 * FHRR on a grid of 256 phases: one byte a dimension, byte b standing for the angle 2πb/256.
 * Binding and unbinding are additions and subtractions that wrap at a byte, so they are exact and undo one another to
 * the last bit. Atoms, and everything bound or permuted from atoms, live in this form.
 */
import { checkDimensions, checkSameDimensions, rotationOf } from "./checks.ts";
import { phaseSteps } from "./limits.ts";
import type { PhasesF32 } from "./phases_f32.ts";

/** D bytes, each a phase in steps of 2π/256. */
export type Phases8 = Uint8Array;

const cosines = Float64Array.from(
  { length: phaseSteps },
  (_, step) => Math.cos((2 * Math.PI * step) / phaseSteps),
);

/** x ⊛ y: the phases added (Plate, "Holographic Reduced Representation", 2003, the frequency domain). */
function bind(x: Phases8, y: Phases8): Phases8 {
  checkSameDimensions("bind", x.length, y.length);
  const result = new Uint8Array(x.length);
  for (let index = 0; index < result.length; index++) result[index] = x[index] + y[index];
  return result;
}

/** x ⊘ y: the phases of y taken from those of x; `unbind(bind(x, y), y)` equals x. */
function unbind(x: Phases8, y: Phases8): Phases8 {
  checkSameDimensions("unbind", x.length, y.length);
  const result = new Uint8Array(x.length);
  for (let index = 0; index < result.length; index++) result[index] = x[index] - y[index];
  return result;
}

/** The vector that undoes x in a binding: every phase negated. */
function inverse(x: Phases8): Phases8 {
  const result = new Uint8Array(x.length);
  for (let index = 0; index < result.length; index++) result[index] = -x[index];
  return result;
}

/** x rotated: what stood at i stands at i + shift; whole numbers of either sign. */
function permute(x: Phases8, shift: number): Phases8 {
  const result = new Uint8Array(x.length);
  const rotation = rotationOf(shift, x.length);
  result.set(x.subarray(0, x.length - rotation), rotation);
  result.set(x.subarray(x.length - rotation), 0);
  return result;
}

/** Mean cosine of the differences of phase, from -1 to 1; 1 for a vector with itself. */
function similarity(x: Phases8, y: Phases8): number {
  checkSameDimensions("compare", x.length, y.length);
  checkDimensions(x.length);
  let sum = 0;
  for (let index = 0; index < x.length; index++) sum += cosines[(x[index] - y[index]) & 255];
  return sum / x.length;
}

/** The grid point nearest to each phase (radians, any range); off by at most π/256. */
function fromPhases(phases: PhasesF32): Phases8 {
  const result = new Uint8Array(phases.length);
  const scale = phaseSteps / (2 * Math.PI);
  for (let index = 0; index < result.length; index++) {
    result[index] = Math.round(phases[index] * scale) & 255;
  }
  return result;
}

/** The identity of binding: all phases 0. Throws `invalid_dimensions`. */
function identity(dimensions: number): Phases8 {
  checkDimensions(dimensions);
  return new Uint8Array(dimensions);
}

/** The operations on `Phases8`; all are pure and throw `HypervectorError` on unequal dimensions. */
export const phases8 = { bind, unbind, inverse, permute, similarity, fromPhases, identity } as const;
