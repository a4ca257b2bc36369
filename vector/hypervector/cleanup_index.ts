/**
 * Cleanup over a large codebook, up to 200,000 entries: every entry is compared on a prefix of 512 or 1,024 dimensions, in
 * sixteenths of a turn, by a kernel of WebAssembly; the likeliest are compared in full; and so is every other whose
 * prefix lies within six standard deviations of what the best's full similarity allows, so that the winner is that of
 * the full search. As `cleanup` it counts on dimensions that are independent. It keeps half a kilobyte an entry; the
 * whole entries are asked for when they are compared.
 */
import { checkDimensions, checkSameDimensions } from "./checks.ts";
import { bestTwo, magnitudeOf, partialSum, type Ranked } from "./cleanup.ts";
import { HypervectorError } from "./errors.ts";
import {
  codebookEntriesMax,
  indexMiddle,
  indexPrefix,
  indexRanked,
  indexSettled,
  indexSigmas,
  scanDimensionsMax,
  scanLevels,
} from "./limits.ts";
import type { Phases8 } from "./phases8.ts";
import type { Planes } from "./planes.ts";
import { noiseThreshold } from "./threshold.ts";

/** A codebook whose entries can be had one by one, such as atoms, which are made and not kept. */
export interface LargeCodebook {
  readonly length: number;
  readonly dimensions: number;
  readonly phasesOf: (index: number) => Phases8;
}

/** The answer of cleanup, known or not. */
export interface IndexAnswer {
  readonly index: number;
  readonly similarity: number;
  /** How far the runner-up lies behind, of those that were compared in full. */
  readonly margin: number;
  /** Whether the similarity reaches the threshold: if not, the answer is "I do not know". */
  readonly known: boolean;
  readonly threshold: number;
  /** Entries that were compared in full. */
  readonly ranked: number;
}

interface ScanKernel {
  readonly memory: WebAssembly.Memory;
  readonly scan: (
    codes: number,
    blocks: number,
    stride: number,
    tables: number,
    dimensions: number,
    sums: number,
  ) => void;
}

const blockEntries = 32;
const blockLanes = 16;
const tableMax = 63;
const pageBytes = 65_536;
/** Less than any entry can come to. */
const sumOfNone = -(2 ** 30);

export class CleanupIndex {
  readonly #codebook: LargeCodebook;
  readonly #kernel: ScanKernel;
  readonly #prefix: number;
  readonly #blocks: number;
  readonly #codesAt: number;
  readonly #sumsAt: number;
  readonly #threshold: number;
  /** Entries below this have been written at some time; those of them that are left out. */
  #written: number;
  readonly #leftOut = new Set<number>();

  /**
   * `kernel` is the built `exact.wasm`; `threshold` defaults to that of atoms; of a codebook that grows into its length
   * only the first `filled` entries are there. Throws `over_limit` beyond `codebookEntriesMax` entries or for none,
   * `invalid_dimensions`, and `dimension_mismatch`.
   */
  constructor(
    codebook: LargeCodebook,
    kernel: Uint8Array<ArrayBuffer>,
    threshold?: number,
    filled: number = codebook.length,
  ) {
    const { length, dimensions } = codebook;
    checkDimensions(dimensions);
    if (length < 1 || length > codebookEntriesMax) {
      throw new HypervectorError(
        "over_limit",
        `Cannot index a codebook of ${length} entries as it must have from 1 to ${codebookEntriesMax}`,
        "Split the codebook, or unpin entries",
        { count: length, limit: codebookEntriesMax },
      );
    }
    this.#codebook = codebook;
    this.#kernel = instantiate(kernel);
    // The kernel takes two dimensions at a time; of an odd number the last is left to the full comparison.
    this.#prefix = Math.max(2, Math.min(indexPrefix, dimensions - (dimensions % 2)));
    this.#blocks = Math.ceil(length / blockEntries);
    this.#codesAt = this.#prefix * scanLevels;
    this.#sumsAt = this.#codesAt + this.#blocks * this.#prefix * blockLanes;
    this.#threshold = threshold ?? noiseThreshold(length, dimensions);
    const bytes = this.#sumsAt + this.#blocks * blockEntries * 4;
    this.#kernel.memory.grow(Math.ceil(bytes / pageBytes));
    this.#written = filled;
    for (let index = 0; index < filled; index++) this.#write(index);
  }

  /** Takes in the entry that the codebook has now at `index`; those before it must have been taken in. */
  put(index: number): void {
    if (index > this.#written || index >= this.#codebook.length) {
      throw new HypervectorError(
        "over_limit",
        `Cannot put entry ${index} as the next one is ${this.#written} of ${this.#codebook.length}`,
        "Put entries one after the other, and make a larger index when it is full",
        { count: index, limit: this.#codebook.length },
      );
    }
    this.#write(index);
    this.#written = Math.max(this.#written, index + 1);
    this.#leftOut.delete(index);
  }

  /** The entry at `index` is not found any more, until another is put there. */
  leaveOut(index: number): void {
    if (index < this.#written) this.#leftOut.add(index);
  }

  /**
   * The entry most similar to the query; null for a query that is all zero. Of entries that are all less similar than
   * `least` it is one of the likeliest, not the best for sure. Throws `dimension_mismatch`.
   */
  search(query: Planes, least = -1): IndexAnswer | null {
    const { dimensions } = this.#codebook;
    const length = this.#written;
    checkSameDimensions("search a codebook", dimensions, query.re.length);
    const magnitude = magnitudeOf(query);
    if (magnitude === 0 || length === this.#leftOut.size) return null;
    const scale = magnitude * Math.sqrt(dimensions);
    const compared = new Map<number, number>();
    const compare = (index: number): void => {
      if (compared.has(index) || this.#leftOut.has(index)) return;
      compared.set(index, partialSum(query, this.#entry(index), 0, dimensions) / scale);
    };
    const sums = new Int32Array(this.#kernel.memory.buffer, this.#sumsAt, length);
    const steps = this.#prepare(query);
    let best = -1;
    let candidates: number[] = [];
    for (let from = 0; from < this.#prefix; from += scanDimensionsMax) {
      const to = Math.min(from + scanDimensionsMax, this.#prefix);
      this.#scan(from, to);
      for (const index of this.#leftOut) sums[index] = sumOfNone;
      for (const index of greatest(sums, indexRanked)) compare(index);
      best = Math.max(least, ...compared.values());
      candidates = atLeast(sums, (best - this.#reach(to)) * steps * scale * (to / dimensions));
      if (candidates.length <= indexSettled) break;
    }
    const middle = Math.min(indexMiddle, dimensions);
    const hopeless = (best - this.#reach(middle)) * scale * (middle / dimensions);
    for (const index of candidates) {
      if (compared.has(index)) continue;
      if (partialSum(query, this.#entry(index), 0, middle) >= hopeless) compare(index);
    }
    const ranked: Ranked[] = Array.from(compared, ([index, similarity]) => ({ index, similarity }));
    const [winner, runnerUp] = bestTwo(ranked);
    const { index, similarity } = winner;
    return {
      index,
      similarity,
      margin: similarity - (runnerUp?.similarity ?? 0),
      known: similarity >= this.#threshold,
      threshold: this.#threshold,
      ranked: ranked.length,
    };
  }

  /** What the unseen dimensions, and the sixteenths of a turn, can have taken from the first `seen` of an entry. */
  #reach(seen: number): number {
    const unseen = Math.max(0, 1 / seen - 1 / this.#codebook.dimensions);
    // The sixteenths add a noise of 0.08 a dimension, and take a part of 0.0064.
    const variance = unseen / 2 + 0.0064 / seen;
    return indexSigmas * Math.sqrt(variance) + 0.01;
  }

  #entry(index: number): Phases8 {
    const phases = this.#codebook.phasesOf(index);
    checkSameDimensions(`compare with codebook entry ${index}`, this.#codebook.dimensions, phases.length);
    return phases;
  }

  #write(index: number): void {
    const codes = new Uint8Array(this.#kernel.memory.buffer, this.#codesAt);
    const phases = this.#entry(index);
    const place = index % blockEntries;
    let at = Math.floor(index / blockEntries) * this.#prefix * blockLanes + (place % blockLanes);
    const shift = place < blockLanes ? 4 : 0;
    const others = place < blockLanes ? 0xf0 : 0x0f;
    for (let dimension = 0; dimension < this.#prefix; dimension++, at += blockLanes) {
      codes[at] = (codes[at]! & others) | ((phases[dimension]! & 0xf0) >> shift);
    }
  }

  /** Writes the tables of a query and clears the sums; returns how many of their steps make 1. */
  #prepare(query: Planes): number {
    const { memory } = this.#kernel;
    const tables = new Int8Array(memory.buffer, 0, this.#prefix * scanLevels);
    let largest = 0;
    for (let at = 0; at < this.#prefix; at++) {
      largest = Math.max(largest, Math.hypot(query.re[at]!, query.im[at]!));
    }
    const steps = largest === 0 ? 1 : tableMax / largest;
    for (let at = 0; at < this.#prefix; at++) {
      for (let level = 0; level < scanLevels; level++) {
        const value = query.re[at]! * levelCosines[level]! + query.im[at]! * levelSines[level]!;
        tables[at * scanLevels + level] = Math.round(value * steps);
      }
    }
    new Int32Array(memory.buffer, this.#sumsAt, this.#blocks * blockEntries).fill(0);
    return steps;
  }

  /** Adds what the dimensions from `from` to `to` give to the sums. */
  #scan(from: number, to: number): void {
    const codes = this.#codesAt + from * blockLanes;
    const stride = this.#prefix * blockLanes;
    this.#kernel.scan(codes, this.#blocks, stride, from * scanLevels, to - from, this.#sumsAt);
  }
}

function atLeast(sums: Int32Array, cut: number): number[] {
  const found: number[] = [];
  for (let index = 0; index < sums.length; index++) if (sums[index]! >= cut) found.push(index);
  return found;
}

/** The middle of each sixteenth of a turn, on the grid of 256 steps. */
const levelAngles = Array.from(
  { length: scanLevels },
  (_, level) => (2 * Math.PI * (level + 7.5 / 16)) / scanLevels,
);
const levelCosines = levelAngles.map(Math.cos);
const levelSines = levelAngles.map(Math.sin);

/** Where the `count` greatest stand, the greatest first; of equals the smaller index. */
function greatest(sums: Int32Array, count: number): number[] {
  const best: number[] = [];
  for (let index = 0; index < sums.length; index++) {
    if (best.length === count && sums[index]! <= sums[best[count - 1]!]!) continue;
    const place = best.findIndex((other) => sums[other]! < sums[index]!);
    best.splice(place < 0 ? best.length : place, 0, index);
    best.length = Math.min(best.length, count);
  }
  return best;
}

function instantiate(bytes: Uint8Array<ArrayBuffer>): ScanKernel {
  const { memory, scan_phases: scan } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
  if (!(memory instanceof WebAssembly.Memory) || typeof scan !== "function") {
    throw new HypervectorError(
      "invalid_kernel",
      "Cannot index a codebook as the kernel must have memory and scan_phases",
      "Build the program again",
    );
  }
  return { memory, scan: scan as ScanKernel["scan"] };
}
