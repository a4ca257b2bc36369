/**
 * Encodings of what is more than a symbol: sets, sequences, quantities and times. A set is a bundle; a sequence is the
 * bundle of its items, item i permuted by i + 1 (Plate, "Holographic Reduced Representation", 2003); a quantity is a
 * fractional power of a base vector (Komer et al., "A neural representation of continuous space using fractional
 * binding", 2019), so that near ones are alike.
 */
import { checkFinite, checkSameDimensions } from "./checks.ts";
import { HypervectorError } from "./errors.ts";
import { powerMagnitudeMax, timeWidthMs } from "./limits.ts";
import { type PhasesF32, phasesF32 } from "./phases_f32.ts";
import { type Planes, planes } from "./planes.ts";

/** What is in a set, whatever the order; what comes twice counts twice. Throws as `planes.bundle` does. */
function set(members: readonly Planes[]): Planes {
  return planes.bundle(members);
}

/** The items in their order. Throws as `planes.bundle` does. */
function sequence(items: readonly Planes[]): Planes {
  return planes.bundle(items.map((item, index) => planes.permute(item, index + 1)));
}

/** What stands at `index` (from 0) of a sequence, in the noise of the other items. Throws `invalid_number`. */
function itemAt(items: Planes, index: number): Planes {
  return planes.permute(items, -(index + 1));
}

/** The sequence with one more item, without knowing the others; `length` is how many it has. */
function append(items: Planes, item: Planes, length: number): Planes {
  checkSameDimensions("append", items.re.length, item.re.length);
  return planes.bundle([items, planes.permute(item, length + 1)]);
}

/**
 * `value` as a power of `base`: two values are alike by the sinc of their distance in widths, so that those one width
 * apart are unlike. Throws `invalid_number` for a width that is not above 0 and for values beyond 2³¹ widths, whose
 * power has lost its precision.
 */
function quantity(base: PhasesF32, value: number, width = 1): PhasesF32 {
  checkFinite("value", value);
  checkFinite("width", width);
  const exponent = value / width;
  if (width <= 0 || Math.abs(exponent) > powerMagnitudeMax) {
    throw new HypervectorError(
      "invalid_number",
      `Cannot encode ${value} as it must be at most ${powerMagnitudeMax} widths, of more than 0: the width is ${width}`,
      "Give a greater width",
      { value, width },
    );
  }
  return phasesF32.power(base, exponent);
}

/** A moment, milliseconds since 1970; those within a small part of `widthMs` (a day) are alike. Throws as `quantity`. */
function time(base: PhasesF32, at: number, widthMs: number = timeWidthMs): PhasesF32 {
  return quantity(base, at, widthMs);
}

/** Sets, sequences, quantities and times; all are pure and throw `HypervectorError`. */
export const encodings = { set, sequence, itemAt, append, quantity, time } as const;
