/** What a row of the bench is, and what it reports. */

/** What one row asks of the machine that runs it. */
export interface RowContext {
  /** More rounds, for figures to be quoted. */
  readonly full: boolean;
  /** A fresh folder on a real disk, removed afterwards. */
  readonly folder: string;
  /** Where what is costly to make (Python environments) is kept between runs. */
  readonly cache: string;
  /** Where what several rows need is kept for one run: images of many objects. */
  readonly shared: string;
  /** Progress, in words. */
  readonly say: (line: string) => void;
}

export interface Figures {
  readonly ours: number;
  readonly baseline: number;
  /** How it was measured, on one line. */
  readonly how: string;
  /** What is worth knowing beside the figures: a spread, a part of the time, a disk. */
  readonly beside?: Readonly<Record<string, number | string>>;
}

export interface Row {
  readonly row: string;
  readonly what: string;
  readonly unit: string;
  /** The ratio ours / baseline must be at least, or at most, `required`. */
  readonly bound: "at least" | "at most";
  readonly required: number;
  /** What ours may be at most besides, in the row's unit. */
  readonly oursMax?: number;
  measure(context: RowContext): Promise<Figures>;
}

/** As `deno task bench --json` prints it. A row that could not be run has no figures, is not met, and says why. */
export interface RowReport {
  readonly row: string;
  readonly what: string;
  readonly unit: string;
  readonly ours: number | null;
  readonly baseline: number | null;
  readonly ratio: number | null;
  readonly bound: "at least" | "at most";
  readonly required: number;
  readonly oursMax: number | null;
  readonly met: boolean;
  readonly how: string;
  readonly beside: Readonly<Record<string, number | string>>;
}

export function reportOf(row: Row, figures: Figures): RowReport {
  const ratio = figures.ours / figures.baseline;
  const keepsRatio = row.bound === "at least" ? ratio >= row.required : ratio <= row.required;
  const met = keepsRatio && (row.oursMax === undefined || figures.ours <= row.oursMax);
  return { ...shapeOf(row), ...figures, ratio, met, beside: figures.beside ?? {} };
}

export function notMeasured(row: Row, why: string): RowReport {
  const nothing = { ours: null, baseline: null, ratio: null, met: false };
  return { ...shapeOf(row), ...nothing, how: `not measured: ${why}`, beside: {} };
}

function shapeOf({ row, what, unit, bound, required, oursMax }: Row) {
  return { row, what, unit, bound, required, oursMax: oursMax ?? null };
}
