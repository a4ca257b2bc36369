/**
 * Inverted lists with residual scalar quantization (Jégou, Douze, Schmid, "Product Quantization for Nearest Neighbor
 * Search", IEEE TPAMI 2011, with four bits a dimension in place of products): every row of a segment lies in the list of
 * its most similar centroid, as its length along that and, rounded to 16 steps, what stands across it: so the error of
 * an inner product is small beside what tells the rows of a list apart, however alike they are. A search compares the
 * query with the centroids and then with the rows of a few lists. They are read whole into a memory of their own, a seventh
 * of the vectors, so that a search needs no other process and no file; what it answers is about right, and who asks
 * compares the very vectors.
 */
import { createHash } from "node:crypto";
import { quantiseQuery } from "../exact/mod.ts";
import { hashChunkBytes, listsVersion } from "./limits.ts";
import {
  type ListKernel,
  listKernel,
  ListLayout,
  middleCode,
  paddedTo32,
  queryBytes,
  toFour,
} from "./list_layout.ts";
import type { FileSum, ListStep } from "./messages.ts";
import { readAll } from "./segment_files.ts";
import { Top } from "./top.ts";

/** A row found, and about its inner product with the query. */
export interface ListHit {
  readonly row: number;
  readonly score: number;
}

/** How far to look, and for how much. */
export interface ListSearch {
  /** In rising order. */
  readonly steps: readonly ListStep[];
  /** The row of this rank decides whether a step suffices; 1 is the best. */
  readonly rank: number;
  /** Rows that are answered: no fewer than `rank`. */
  readonly count: number;
}

/** See the head of this file. */
export class InvertedLists {
  /** Rows in all lists. */
  readonly length: number;
  readonly #dimensions: number;
  readonly #layout: ListLayout;
  readonly #kernel: ListKernel;
  readonly #query: Float32Array;
  readonly #codes: Int8Array;
  readonly #spans: Uint32Array;
  readonly #rows: Uint32Array;
  readonly #similarities: Float32Array;
  readonly #estimates: Float32Array;

  private constructor(kernel: ListKernel, layout: ListLayout, dimensions: number) {
    const { buffer } = kernel.memory;
    this.#kernel = kernel;
    this.#layout = layout;
    this.#dimensions = dimensions;
    this.#query = new Float32Array(buffer, 0, layout.dimensions);
    this.#codes = new Int8Array(buffer, queryBytes / 2, layout.dimensions);
    this.#spans = new Uint32Array(buffer, queryBytes + layout.spans, layout.lists * 2);
    this.#rows = new Uint32Array(buffer, queryBytes + layout.rows, layout.places);
    const work = queryBytes + layout.bytes;
    this.#similarities = new Float32Array(buffer, work, layout.lists);
    const longest = this.#spans.reduce((most, value, at) => at % 2 === 1 ? Math.max(most, value) : most, 0);
    this.#estimates = new Float32Array(buffer, work + layout.lists * 4, toFour(longest));
    this.length = this.#spans.reduce((sum, value, at) => at % 2 === 1 ? sum + value : sum, 0);
  }

  /** Reads the lists of a segment and checks them against their sum. Throws with the reason when they are not those. */
  static async open(
    path: string,
    wanted: { readonly sum: FileSum; readonly rows: number; readonly dimensions: number },
    module: WebAssembly.Module,
  ): Promise<InvertedLists> {
    using file = await Deno.open(path, { read: true });
    const { size } = await file.stat();
    if (size !== wanted.sum.bytes) {
      throw new Error(`its lists must have ${wanted.sum.bytes} bytes: they have ${size}`);
    }
    const header = new Uint8Array(ListLayout.headerBytes);
    await readAll(file, header);
    const [version, lists, places, dimensions] = new Uint32Array(header.buffer) as unknown as number[];
    const layout = new ListLayout(lists!, places!, dimensions!);
    if (version !== listsVersion || layout.bytes !== size || dimensions !== paddedTo32(wanted.dimensions)) {
      throw new Error("its lists are of another form than the one that this program writes");
    }
    // Behind the file lie the similarities of the lists, and estimates of the rows of one.
    const kernel = listKernel(module, queryBytes + layout.bytes + (lists! + places!) * 4);
    const memory = new Uint8Array(kernel.memory.buffer, queryBytes, size);
    memory.set(header);
    const hash = createHash("sha256").update(header);
    for (let at = header.length; at < size; at += hashChunkBytes) {
      const chunk = memory.subarray(at, Math.min(at + hashChunkBytes, size));
      await readAll(file, chunk);
      hash.update(chunk);
    }
    const sha256 = hash.digest("hex");
    if (sha256 !== wanted.sum.sha256) {
      throw new Error(`its lists must have the SHA-256 ${wanted.sum.sha256}: they have ${sha256}`);
    }
    const opened = new InvertedLists(kernel, layout, wanted.dimensions);
    if (opened.length !== wanted.rows) {
      throw new Error(`its lists must hold ${wanted.rows} rows: they hold ${opened.length}`);
    }
    return opened;
  }

  /**
   * The rows that seem nearest in the lists whose centroids are most similar to the query, best first; null where no step
   * suffices.
   */
  search(query: Float32Array, { steps, rank, count }: ListSearch): ListHit[] | null {
    if (query.length !== this.#dimensions) {
      throw new RangeError(`The query must have ${this.#dimensions} dimensions: it has ${query.length}`);
    }
    const { lists, dimensions, centroids } = this.#layout;
    this.#query.set(query);
    const { scale, sum } = quantiseQuery(query, this.#codes, 127);
    const quantised = { scale, zero: middleCode * sum };
    const { byteOffset } = this.#similarities;
    this.#kernel.dotRows(queryBytes + centroids, lists, dimensions * 4, 0, byteOffset);
    const nearest = new Top(Math.min(steps.at(-1)?.probes ?? 0, lists));
    for (let list = 0; list < lists; list++) nearest.offer(list, this.#similarities[list]!);
    const best = new Top(count);
    let scanned = 0;
    for (const { probes, similarity } of steps) {
      for (; scanned < Math.min(probes, nearest.length); scanned++) {
        this.#scan(nearest.keys[scanned]!, quantised, best);
      }
      if (best.length >= rank && best.scores[rank - 1]! >= similarity) return hitsOf(best);
    }
    return null;
  }

  /** Offers the rows of one list. */
  #scan(list: number, { zero, scale }: { zero: number; scale: number }, best: Top): void {
    const { codeBytes, codes, scales, shares } = this.#layout;
    const start = this.#spans[list * 2]!;
    const rows = this.#spans[list * 2 + 1]!;
    const estimates = this.#estimates;
    this.#kernel.scanNibbles(
      queryBytes + codes + start * codeBytes,
      rows,
      codeBytes,
      queryBytes / 2,
      queryBytes + scales + start * 4,
      queryBytes + shares + start * 4,
      this.#similarities[list]!,
      zero,
      scale,
      estimates.byteOffset,
    );
    for (let row = 0; row < rows; row++) {
      if (estimates[row]! > best.least) best.offer(this.#rows[start + row]!, estimates[row]!);
    }
  }
}

function hitsOf({ length, keys, scores }: Top): ListHit[] {
  return Array.from({ length }, (_, rank) => ({ row: keys[rank]!, score: scores[rank]! }));
}
