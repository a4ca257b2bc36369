/** Checks that every form shares: equal dimensions, sane dimensions, finite numbers. */
import { HypervectorError } from "./errors.ts";
import { dimensionsMax } from "./limits.ts";

/** Throws `dimension_mismatch` unless both lengths are equal. */
export function checkSameDimensions(operation: string, left: number, right: number): void {
  if (left !== right) {
    throw new HypervectorError(
      "dimension_mismatch",
      `Cannot ${operation} as both hypervectors must have the same dimensions: they have ${left} and ${right}`,
      "Make both from the same image, which has one number of dimensions",
      { operation, left, right },
    );
  }
}

/** Throws `invalid_dimensions` unless it is a whole number from 1 to `dimensionsMax`. */
export function checkDimensions(dimensions: number): void {
  if (!Number.isInteger(dimensions) || dimensions < 1 || dimensions > dimensionsMax) {
    throw new HypervectorError(
      "invalid_dimensions",
      `Cannot make a hypervector as its dimensions must be a whole number from 1 to ${dimensionsMax}: got ${dimensions}`,
      "Leave the dimensions out to take the default",
      { dimensions },
    );
  }
}

/** Throws `invalid_number` unless `value` is finite. */
export function checkFinite(name: string, value: number): void {
  if (!Number.isFinite(value)) {
    throw new HypervectorError(
      "invalid_number",
      `Cannot use ${name} as it must be finite: got ${value}`,
      `Give a finite ${name}`,
      {
        name,
        value,
      },
    );
  }
}

/** `shift` as a rotation from 0 to `dimensions - 1`; throws `invalid_number` unless it is a safe whole number. */
export function rotationOf(shift: number, dimensions: number): number {
  if (!Number.isSafeInteger(shift)) {
    throw new HypervectorError(
      "invalid_number",
      `Cannot permute as the shift must be a whole number: got ${shift}`,
      "Give a whole number of places",
      { shift },
    );
  }
  return ((shift % dimensions) + dimensions) % dimensions;
}
