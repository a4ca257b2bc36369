/**
 * The rows of an exact index in the kernel's memory, and the search over them: a scan of one byte a dimension gives each
 * row a score that its exact one cannot exceed; then, slab by slab from the most promising, every row whose bound reaches
 * the k-th exact score so far is scored exactly. What is left out is proven not to belong. Synchronous, and without any
 * knowledge of workers.
 */
import { exactBytesMax, exactRowsMax, magnitudeMax } from "../limits.ts";
import { Best, type Hit } from "./best.ts";
import { ExactIndexError } from "./errors.ts";
import {
  instantiateKernel,
  type Kernel,
  paddedDimensions,
  QUERY_CODE_MAX,
  REACHING,
  SLAB_ROWS,
  SlabLayout,
} from "./kernel.ts";
import { type QuantisedQuery, quantiseQuery, quantiseRow } from "./quantise.ts";

/** Bounds are sums of products of 32-bit floats; those below 1e-45 vanish, and with them what a bound should be. */
const UNDERFLOW = 1e-40;

export interface ExactRowsOptions {
  readonly dimensions: number;
  readonly kernel: Uint8Array;
  readonly rowsMax?: number | undefined;
}

export class ExactRows {
  readonly dimensions: number;
  readonly #kernel: Kernel;
  readonly #layout: SlabLayout;
  readonly #rowsMax: number;
  /** The id of each row; rows are dense. */
  readonly #ids: string[] = [];
  readonly #rowOf = new Map<string, number>();
  #slabs = 0;

  /** @throws {ExactIndexError} `invalid_options` when the bytes are no kernel of ours */
  constructor(options: ExactRowsOptions) {
    this.dimensions = options.dimensions;
    this.#rowsMax = options.rowsMax ?? exactRowsMax;
    this.#kernel = instantiateKernel(options.kernel);
    this.#layout = new SlabLayout(paddedDimensions(options.dimensions));
  }

  get rows(): number {
    return this.#ids.length;
  }

  /** Bytes of the kernel's memory. */
  get bytes(): number {
    return this.#kernel.memory.buffer.byteLength;
  }

  /** Adds rows, or replaces those whose id is there; of an id given twice the last counts. All of them or none. */
  add(ids: readonly string[], vectors: Float32Array): void {
    const { dimensions } = this;
    if (vectors.length !== ids.length * dimensions) {
      throw mismatch("add", vectors.length, ids.length * dimensions);
    }
    for (let at = 0; at < vectors.length; at++) {
      if (!(Math.abs(vectors[at]!) <= magnitudeMax)) {
        throw invalidVector(ids[Math.floor(at / dimensions)]!, vectors[at]!);
      }
    }
    this.#reserve(this.rows + new Set(ids.filter((id) => !this.#rowOf.has(id))).size);
    for (const [at, id] of ids.entries()) {
      let row = this.#rowOf.get(id);
      if (row === undefined) {
        row = this.#ids.push(id) - 1;
        this.#rowOf.set(id, row);
      }
      this.#write(row, vectors.subarray(at * dimensions, (at + 1) * dimensions));
    }
  }

  /** Ids that are not there are passed over. */
  remove(ids: readonly string[]): void {
    for (const id of ids) {
      const row = this.#rowOf.get(id);
      if (row === undefined) continue;
      const last = this.#ids.length - 1;
      if (row !== last) {
        this.#move(last, row);
        const moved = this.#ids[last]!;
        this.#ids[row] = moved;
        this.#rowOf.set(moved, row);
      }
      this.#ids.pop();
      this.#rowOf.delete(id);
    }
  }

  /** The k nearest by inner product, in order; all rows when there are fewer. The query is of the right dimension. */
  search(query: Float32Array, k: number): readonly Hit[] {
    const { memory, exact } = this.#kernel;
    const layout = this.#layout;
    const figures = quantiseQuery(query, new Int8Array(memory.buffer, 0, layout.dimensions), QUERY_CODE_MAX);
    const values = new Float64Array(memory.buffer, 4096, layout.dimensions);
    values.set(query);
    values.fill(0, query.length);

    const slabs = this.#scanAll(figures);
    const bounds = new Float32Array(memory.buffer);
    const best = new Best(k);
    const score = ({ slab }: ScannedSlab, row: number) =>
      best.offer(this.#ids[slab * SLAB_ROWS + row]!, exact(layout.row(slab, row), layout.dimensions));
    // The k most promising rows first: their scores leave few others worth an exact one.
    const promising = this.#mostPromising(slabs, k);
    for (const [slab, rows] of promising) for (const row of rows) score(slab, row);
    let threshold = best.threshold - UNDERFLOW;
    for (const slab of slabs) {
      if (slab.greatest < threshold) break;
      const done = promising.get(slab);
      for (const row of this.#reaching(slab, threshold)) {
        if (bounds[slab.bounds + row]! < threshold || done?.has(row)) continue;
        score(slab, row);
        threshold = best.threshold - UNDERFLOW;
      }
    }
    return best.hits;
  }

  /** Bounds of all rows with the query that lies in the memory; the most promising slab first. */
  #scanAll({ sum, scale, norm, error }: QuantisedQuery): ScannedSlab[] {
    const layout = this.#layout;
    const slabs: ScannedSlab[] = [];
    for (let slab = 0; slab * SLAB_ROWS < this.rows; slab++) {
      const rows = Math.min(SLAB_ROWS, this.rows - slab * SLAB_ROWS);
      const groups = (rows + 3) >> 2;
      const { dimensions } = layout;
      const greatest = this.#kernel.scan(layout.slab(slab), groups, dimensions, 64 * sum, scale, norm, error);
      slabs.push({ slab, rows, greatest, bounds: layout.bounds(slab) / 4 });
    }
    return slabs.sort((a, b) => b.greatest - a.greatest);
  }

  /** Rows of a slab whose bounds reach the threshold, or just miss it: valid until it is asked again. */
  #reaching({ slab, rows }: ScannedSlab, threshold: number): Uint8Array {
    const { memory, reaching } = this.#kernel;
    let count = reaching(this.#layout.bounds(slab), (rows + 3) >> 2, threshold);
    const reached = new Uint8Array(memory.buffer, REACHING, count);
    // The last group may have places without rows.
    while (count > 0 && reached[count - 1]! >= rows) count--;
    return reached.subarray(0, count);
  }

  /** Of the scanned slabs, the most promising first, the k rows with the greatest bounds: slab to rows within. */
  #mostPromising(slabs: readonly ScannedSlab[], k: number): Map<ScannedSlab, Set<number>> {
    const bounds = new Float32Array(this.#kernel.memory.buffer);
    const chosen: { slab: ScannedSlab; row: number; bound: number }[] = [];
    let threshold = -Infinity;
    for (const slab of slabs) {
      if (slab.greatest <= threshold) break;
      for (const row of this.#reaching(slab, threshold)) {
        const bound = bounds[slab.bounds + row]!;
        if (bound <= threshold) continue;
        let at = chosen.length;
        while (at > 0 && chosen[at - 1]!.bound < bound) at--;
        chosen.splice(at, 0, { slab, row, bound });
        if (chosen.length > k) chosen.pop();
        if (chosen.length === k) threshold = chosen[k - 1]!.bound;
      }
    }
    const rowsOf = new Map<ScannedSlab, Set<number>>();
    for (const { slab, row } of chosen) {
      const rows = rowsOf.get(slab);
      if (rows === undefined) rowsOf.set(slab, new Set([row]));
      else rows.add(row);
    }
    return rowsOf;
  }

  #reserve(rows: number): void {
    const slabs = Math.ceil(rows / SLAB_ROWS);
    if (slabs <= this.#slabs && rows <= this.#rowsMax) return;
    const { memory } = this.#kernel;
    const end = this.#layout.slab(slabs);
    if (rows > this.#rowsMax || end > exactBytesMax) {
      throw full(rows, Math.min(this.#rowsMax, exactRowsMax), end);
    }
    const pages = Math.ceil((end - memory.buffer.byteLength) / 65536);
    try {
      if (pages > 0) memory.grow(pages);
    } catch (cause) {
      throw full(rows, this.#rowsMax, end, cause);
    }
    this.#slabs = slabs;
  }

  #write(row: number, vector: Float32Array): void {
    const { buffer } = this.#kernel.memory;
    const layout = this.#layout;
    const [slab, within] = [Math.floor(row / SLAB_ROWS), row % SLAB_ROWS];
    const codes = new Uint8Array(buffer, layout.codes(slab, within), layout.dimensions);
    const { scale, error, norm } = quantiseRow(vector, codes);
    const figures = new Float32Array(buffer, layout.figures(slab), 3 * SLAB_ROWS);
    figures[within] = scale;
    figures[SLAB_ROWS + within] = error;
    figures[2 * SLAB_ROWS + within] = norm;
    const values = new Float32Array(buffer, layout.row(slab, within), layout.dimensions);
    values.set(vector);
    values.fill(0, vector.length);
  }

  #move(from: number, to: number): void {
    const layout = this.#layout;
    const bytes = new Uint8Array(this.#kernel.memory.buffer);
    const place = (row: number) => [Math.floor(row / SLAB_ROWS), row % SLAB_ROWS] as const;
    const [source, target] = [place(from), place(to)];
    const copy = (start: number, end: number, length: number) => bytes.copyWithin(end, start, start + length);
    copy(layout.codes(...source), layout.codes(...target), layout.dimensions);
    copy(layout.row(...source), layout.row(...target), layout.dimensions * 4);
    for (let figure = 0; figure < 3; figure++) {
      const offset = figure * SLAB_ROWS * 4;
      copy(
        layout.figures(source[0]) + offset + source[1] * 4,
        layout.figures(target[0]) + offset + target[1] * 4,
        4,
      );
    }
  }
}

interface ScannedSlab {
  readonly slab: number;
  readonly rows: number;
  /** The greatest of its bounds. */
  readonly greatest: number;
  /** Where its bounds begin, in floats. */
  readonly bounds: number;
}

function mismatch(what: string, actual: number, expected: number): ExactIndexError {
  return new ExactIndexError(
    "dimension_mismatch",
    `Cannot ${what} as the vectors must have ${expected} numbers in all: they have ${actual}`,
    {
      hint: "Vectors of another embedding space do not belong in this index.",
      details: { actual, expected },
    },
  );
}

function invalidVector(id: string, value: number): ExactIndexError {
  return new ExactIndexError(
    "invalid_vector",
    `Cannot add "${id}" as numbers of a vector must be finite and at most ${magnitudeMax} in magnitude: one is ${value}`,
    { hint: "Embed the text again.", details: { id, value } },
  );
}

function full(rows: number, rowsMax: number, bytes: number, cause?: unknown): ExactIndexError {
  return new ExactIndexError(
    "index_full",
    `Cannot hold ${rows} rows (${bytes} bytes) as the index holds at most ${rowsMax} rows and ${exactBytesMax} bytes`,
    { hint: "Seal rows into the archive and remove them here.", details: { rows, rowsMax, bytes }, cause },
  );
}
