/**
 * The builder's work on inverted lists: centroids by spherical k-means over a sample (Dhillon, Modha, "Concept
 * Decompositions for Large Sparse Text Data Using Clustering", Machine Learning 2001), each row to the list of its most
 * similar centroid, and the file that `InvertedLists` reads. Memory is bounded by the sample and a few numbers a row.
 */
import { Breath } from "../breath.ts";
import { dot } from "./dot.ts";
import {
  centroidSamplesPerList,
  centroidSteps,
  listsMax,
  listsPerRootOfRows,
  listsVersion,
} from "./limits.ts";
import { type ListKernel, listKernel, ListLayout, middleCode, paddedTo32, toFour } from "./list_layout.ts";
import { nameRecordBytes, readAllSync, rowRecordBytes, writeAll } from "./segment_files.ts";

/** What to make lists of: the file of the rows, and the file to make. */
export interface ListOrder {
  readonly rowsPath: string;
  readonly listsPath: string;
  readonly rows: number;
  readonly dimensions: number;
  readonly kernel: WebAssembly.Module;
  /** Told again and again that the work goes on. */
  readonly progress: () => void;
}

/** Rows between two words of progress. */
const progressRows = 4_096;

/** Makes the file and flushes it to the disk. */
export async function buildLists(order: ListOrder): Promise<void> {
  const rows = new RowReader(order);
  try {
    const centroids = new Centroids(order, rows);
    centroids.train();
    await writeLists(order, rows, centroids);
  } finally {
    rows.close();
  }
}

/** Centroids in the memory of a kernel, and the row that is compared with them. */
class Centroids {
  readonly lists: number;
  readonly dimensions: number;
  readonly values: Float32Array;
  readonly #order: ListOrder;
  readonly #rows: RowReader;
  readonly #kernel: ListKernel;
  readonly #row: Float32Array;
  readonly #similarities: Float32Array;
  readonly #breath = new Breath();

  constructor(order: ListOrder, rows: RowReader) {
    this.#order = order;
    this.#rows = rows;
    this.dimensions = paddedTo32(order.dimensions);
    this.lists = Math.min(toFour(listsPerRootOfRows * Math.sqrt(order.rows)), listsMax, toFour(order.rows));
    const rowBytes = this.dimensions * 4;
    this.#kernel = listKernel(order.kernel, rowBytes + this.lists * (rowBytes + 4));
    const { buffer } = this.#kernel.memory;
    this.#row = new Float32Array(buffer, 0, this.dimensions);
    this.#similarities = new Float32Array(buffer, rowBytes, this.lists);
    this.values = new Float32Array(buffer, rowBytes + this.lists * 4, this.lists * this.dimensions);
  }

  /**
   * Each list's centroid is the direction of the sampled rows that are nearest to it; one to which none is nearest goes
   * where a row is that no centroid is near.
   */
  train(): void {
    const { lists, dimensions } = this;
    const sample = this.#sample();
    const count = sample.length / dimensions;
    for (let list = 0; list < lists; list++) {
      const first = (list % count) * dimensions;
      this.values.set(sample.subarray(first, first + dimensions), list * dimensions);
    }
    const similarities = new Float32Array(count);
    for (let step = 0; step < centroidSteps; step++) {
      const sums = new Float64Array(lists * dimensions);
      const sizes = new Uint32Array(lists);
      for (let which = 0; which < count; which++) {
        const row = sample.subarray(which * dimensions, (which + 1) * dimensions);
        const list = this.nearest(row);
        similarities[which] = this.#similarities[list]!;
        sizes[list]!++;
        const at = list * dimensions;
        for (let column = 0; column < dimensions; column++) sums[at + column]! += row[column]!;
      }
      const lonely = Uint32Array.from(similarities, (_, which) => which)
        .sort((one, two) => similarities[one]! - similarities[two]!);
      let next = 0;
      for (let list = 0; list < lists; list++) {
        const sum = sums.subarray(list * dimensions, (list + 1) * dimensions);
        if (sizes[list] === 0 && next < count) {
          const first = lonely[next++]! * dimensions;
          sum.set(sample.subarray(first, first + dimensions));
        }
        this.#turn(list, sum);
      }
      this.#order.progress();
    }
  }

  /** The list whose centroid is most similar. */
  nearest(row: Float32Array): number {
    this.#row.set(row);
    const { dotRows } = this.#kernel;
    dotRows(this.values.byteOffset, this.lists, this.dimensions * 4, 0, this.#similarities.byteOffset);
    const similarities = this.#similarities;
    let best = 0;
    for (let list = 1; list < this.lists; list++) if (similarities[list]! > similarities[best]!) best = list;
    this.#breath.take();
    return best;
  }

  of(list: number): Float32Array {
    return this.values.subarray(list * this.dimensions, (list + 1) * this.dimensions);
  }

  /** Rows from all over the file, in an order that follows no pattern of theirs, one after the other. */
  #sample(): Float32Array {
    const { dimensions } = this;
    const count = Math.min(this.#order.rows, this.lists * centroidSamplesPerList);
    const sample = new Float32Array(count * dimensions);
    // Any stride that has no divisor in common with the number of rows visits each once; this one is the golden ratio's.
    let stride = Math.max(1, Math.round(this.#order.rows * 0.618_033_988_75));
    while (greatestCommonDivisor(stride, this.#order.rows) > 1) stride++;
    for (let which = 0; which < count; which++) {
      sample.set(this.#rows.read((which * stride) % this.#order.rows), which * dimensions);
      this.#breath.take();
    }
    return sample;
  }

  #turn(list: number, sum: Float64Array): void {
    const norm = Math.sqrt(sum.reduce((squares, value) => squares + value * value, 0));
    if (norm > 0) this.of(list).set(sum.map((value) => value / norm));
  }
}

function greatestCommonDivisor(one: number, two: number): number {
  return two === 0 ? one : greatestCommonDivisor(two, one % two);
}

async function writeLists(order: ListOrder, rows: RowReader, centroids: Centroids): Promise<void> {
  const listOf = new Uint32Array(order.rows);
  const spans = new Uint32Array(centroids.lists * 2);
  for (let row = 0; row < order.rows; row++) {
    const list = listOf[row] = centroids.nearest(rows.read(row));
    spans[list * 2 + 1]!++;
    if (row % progressRows === 0) order.progress();
  }
  let places = 0;
  for (let list = 0; list < centroids.lists; list++) {
    spans[list * 2] = places;
    places += toFour(spans[list * 2 + 1]!);
  }
  const layout = new ListLayout(centroids.lists, places, centroids.dimensions);
  const rowAt = new Uint32Array(places).fill(none);
  const next = Uint32Array.from({ length: centroids.lists }, (_, list) => spans[list * 2]!);
  for (let row = 0; row < order.rows; row++) rowAt[next[listOf[row]!]!++] = row;
  using file = await Deno.open(order.listsPath, { write: true, create: true, truncate: true });
  await file.seek(layout.codes, Deno.SeekMode.Start);
  const { scales, shares } = await writeCodes(file, { order, rows, centroids, spans, rowAt, layout });
  await file.seek(0, Deno.SeekMode.Start);
  const header = [listsVersion, layout.lists, layout.places, layout.dimensions];
  for (const part of [Uint32Array.from(header), centroids.values, spans, scales, shares, rowAt]) {
    await writeAll(file, new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
  }
  await file.sync();
}

/** The number at a place that no row has. */
const none = 0xffff_ffff;

interface Placed {
  readonly order: ListOrder;
  readonly rows: RowReader;
  readonly centroids: Centroids;
  readonly spans: Uint32Array;
  readonly rowAt: Uint32Array;
  readonly layout: ListLayout;
}

/** Writes the codes of all places, list by list; answers what belongs to them. */
async function writeCodes(
  file: Deno.FsFile,
  placed: Placed,
): Promise<{ scales: Float32Array; shares: Float32Array }> {
  const { order, rows, centroids, spans, rowAt, layout } = placed;
  const scales = new Float32Array(layout.places);
  const shares = new Float32Array(layout.places);
  const breath = new Breath();
  for (let list = 0; list < layout.lists; list++) {
    const [start, count] = [spans[list * 2]!, spans[list * 2 + 1]!];
    const codes = new Uint8Array(toFour(count) * layout.codeBytes);
    const centroid = centroids.of(list);
    for (let place = 0; place < count; place++) {
      const code = codes.subarray(place * layout.codeBytes, (place + 1) * layout.codeBytes);
      const encoded = encodeRow(rows.read(rowAt[start + place]!), centroid, code);
      scales[start + place] = encoded.scale;
      shares[start + place] = encoded.share;
      breath.take();
    }
    await writeAll(file, codes);
    order.progress();
  }
  return { scales, shares };
}

/** Writes what stands across the centroid, in steps of `scale`; `share` is what is along it and not in the codes. */
function encodeRow(
  row: Float32Array,
  centroid: Float32Array,
  codes: Uint8Array,
): { scale: number; share: number } {
  const along = dot(row, centroid, 0);
  let greatest = 0;
  for (let at = 0; at < row.length; at++) {
    greatest = Math.max(greatest, Math.abs(row[at]! - along * centroid[at]!));
  }
  const scale = Math.fround(greatest / middleCode);
  if (scale === 0) return { scale: 0, share: along };
  let held = 0;
  for (let at = 0; at < row.length; at++) {
    const across = (row[at]! - along * centroid[at]!) / scale;
    const code = Math.min(Math.max(Math.round(across + middleCode), 0), 15);
    held += (code - middleCode) * centroid[at]!;
    const byte = (at >> 5) * 16 + at % 16;
    codes[byte]! |= at % 32 < 16 ? code : code << 4;
  }
  return { scale, share: along - scale * held };
}

/** Vectors of the file of the rows, each valid until the next is read. */
class RowReader {
  readonly #file: Deno.FsFile;
  readonly #recordBytes: number;
  readonly #bytes: Uint8Array;
  readonly #vector: Float32Array;

  constructor({ rowsPath, dimensions }: ListOrder) {
    this.#file = Deno.openSync(rowsPath, { read: true });
    this.#recordBytes = rowRecordBytes(dimensions);
    this.#bytes = new Uint8Array(paddedTo32(dimensions) * 4);
    this.#vector = new Float32Array(this.#bytes.buffer);
    this.#bytes = this.#bytes.subarray(0, dimensions * 4);
  }

  read(row: number): Float32Array {
    readAllSync(this.#file, row * this.#recordBytes + nameRecordBytes, this.#bytes);
    return this.#vector;
  }

  close(): void {
    this.#file.close();
  }
}
