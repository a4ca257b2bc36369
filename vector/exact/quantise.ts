/**
 * Vectors in one byte a dimension, each with a proven bound on what was lost. With r = r^ + e (row) and q = q^ + d
 * (query), r.q = r^.q^ + e.q + r^.d, so by Cauchy-Schwarz  |r.q - r^.q^| <= |e| |q| + |r^| |d|.
 * Row codes are 1..127 around 64, as the kernel's instruction wants them; of its query codes, the magnitude is bounded by
 * what its sums have room for.
 */

/** Covers the rounding of 32-bit floats: stored figures and the kernel's sums are off by less than 1e-6 in all. */
const SLACK = 1e-6;
/** Below this a vector is taken as all loss: its products would leave the range in which 32-bit floats are exact. */
const MAGNITUDE_MIN = 1e-12;

export interface QuantisedRow {
  readonly scale: number;
  /** At least the length of what was lost. */
  readonly error: number;
  /** At least the length of what was kept. */
  readonly norm: number;
}

/** Writes the row's codes, padding included, into `codes`. */
export function quantiseRow(row: Float32Array, codes: Uint8Array): QuantisedRow {
  const magnitude = magnitudeOf(row);
  const scale = magnitude < MAGNITUDE_MIN ? 0 : Math.fround(magnitude / 63);
  let lost = 0;
  let kept = 0;
  for (let column = 0; column < row.length; column++) {
    const value = row[column]!;
    const step = scale === 0 ? 0 : clamp(Math.round(value / scale), 63);
    codes[column] = step + 64;
    lost += (value - step * scale) ** 2;
    kept += (step * scale) ** 2;
  }
  codes.fill(64, row.length);
  return { scale, error: Math.sqrt(lost) * (1 + SLACK), norm: Math.sqrt(kept) * (1 + SLACK) };
}

export interface QuantisedQuery {
  readonly scale: number;
  /** Of the codes: with it, who adds an offset to the codes of rows takes that out of a product. */
  readonly sum: number;
  /** At least the query's length. */
  readonly norm: number;
  /** At least the length of what was lost, with the slack for the kernel's own rounding. */
  readonly error: number;
}

/** Writes the query's codes, padding included, into `codes` ; those are -greatest..greatest, 127 at most. */
export function quantiseQuery(query: Float32Array, codes: Int8Array, greatest: number): QuantisedQuery {
  const magnitude = magnitudeOf(query);
  const scale = magnitude < MAGNITUDE_MIN ? 0 : Math.fround(magnitude / greatest);
  let sum = 0;
  let lost = 0;
  let squares = 0;
  for (let column = 0; column < query.length; column++) {
    const value = query[column]!;
    const step = scale === 0 ? 0 : clamp(Math.round(value / scale), greatest);
    codes[column] = step;
    sum += step;
    lost += (value - step * scale) ** 2;
    squares += value * value;
  }
  codes.fill(0, query.length);
  const norm = Math.sqrt(squares) * (1 + SLACK);
  return { scale, sum, norm, error: Math.sqrt(lost) * (1 + SLACK) + 2 * SLACK * norm };
}

function magnitudeOf(values: Float32Array): number {
  let greatest = 0;
  for (let column = 0; column < values.length; column++) {
    const magnitude = Math.abs(values[column]!);
    if (magnitude > greatest) greatest = magnitude;
  }
  return greatest;
}

function clamp(step: number, limit: number): number {
  return step > limit ? limit : step < -limit ? -limit : step;
}
