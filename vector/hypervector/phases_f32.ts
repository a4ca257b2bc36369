/**
 * FHRR with phases as f32 radians in (-π, π]: the form that agrees with torchhd, and the one in which a vector can be
 * raised to a fractional power, so that a number has a place between two others.
 */
import { checkDimensions, checkFinite, checkSameDimensions, rotationOf } from "./checks.ts";
import { phaseSteps } from "./limits.ts";
import type { Phases8 } from "./phases8.ts";

/** D f32 phases in radians, in (-π, π]. */
export type PhasesF32 = Float32Array;

const turn = 2 * Math.PI;

/** The same angle in (-π, π]. */
function wrap(angle: number): number {
  return angle - turn * Math.ceil((angle - Math.PI) / turn);
}

/** x ⊛ y: the phases added. */
function bind(x: PhasesF32, y: PhasesF32): PhasesF32 {
  checkSameDimensions("bind", x.length, y.length);
  const result = new Float32Array(x.length);
  for (let index = 0; index < result.length; index++) result[index] = wrap(x[index] + y[index]);
  return result;
}

/** x ⊘ y: the phases of y taken from those of x. */
function unbind(x: PhasesF32, y: PhasesF32): PhasesF32 {
  checkSameDimensions("unbind", x.length, y.length);
  const result = new Float32Array(x.length);
  for (let index = 0; index < result.length; index++) result[index] = wrap(x[index] - y[index]);
  return result;
}

/** The vector that undoes x in a binding: the complex conjugate. */
function inverse(x: PhasesF32): PhasesF32 {
  return x.map((phase) => wrap(-phase));
}

/** x rotated: what stood at i stands at i + shift. */
function permute(x: PhasesF32, shift: number): PhasesF32 {
  const result = new Float32Array(x.length);
  const rotation = rotationOf(shift, x.length);
  result.set(x.subarray(0, x.length - rotation), rotation);
  result.set(x.subarray(x.length - rotation), 0);
  return result;
}

/**
 * x bound to itself `exponent` times, fractions and negative numbers included: phases times the exponent (Plate 2003;
 * Komer et al., "A neural representation of continuous space using fractional binding", 2019). For phases uniform in
 * (-π, π] the similarity of powers a and b is sinc(a - b). Throws `invalid_number` when the exponent is not finite.
 */
function power(x: PhasesF32, exponent: number): PhasesF32 {
  checkFinite("exponent", exponent);
  const result = new Float32Array(x.length);
  for (let index = 0; index < result.length; index++) result[index] = wrap(x[index] * exponent);
  return result;
}

/** Mean cosine of the differences of phase, from -1 to 1. */
function similarity(x: PhasesF32, y: PhasesF32): number {
  checkSameDimensions("compare", x.length, y.length);
  checkDimensions(x.length);
  let sum = 0;
  for (let index = 0; index < x.length; index++) sum += Math.cos(x[index] - y[index]);
  return sum / x.length;
}

/** The phases that grid points stand for, in (-π, π]; exact to f32. */
function fromPhases8(x: Phases8): PhasesF32 {
  return Float32Array.from(x, (step) => wrap((step * turn) / phaseSteps));
}

/** The operations on `PhasesF32`; all are pure and throw `HypervectorError` on unequal dimensions. */
export const phasesF32 = { bind, unbind, inverse, permute, power, similarity, fromPhases8 } as const;
