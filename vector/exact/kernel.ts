/** The assembled kernel as a typed object, and where in its memory everything lies: the counterpart of `kernel.wat`. */
import { ExactIndexError } from "./errors.ts";

/** Rows of a slab: the memory grows, and the search goes on, by as many. */
export const SLAB_ROWS = 256;
/** What lies where, as `kernel.wat` numbers it. */
const LAYOUT = 3;
/** The greatest code of a query that `scan` has room for. */
export const QUERY_CODE_MAX = 63;
/** Where `reaching` writes. */
export const REACHING = 36_864;
/** The query lies below. */
const SLABS_START = 65_536;

export interface Kernel {
  readonly memory: WebAssembly.Memory;
  /** Bounds of the first `groups` x 4 rows of a slab, written into it; returns the greatest. */
  readonly scan: (
    slab: number,
    groups: number,
    dimensions: number,
    zero: number,
    queryScale: number,
    queryNorm: number,
    queryError: number,
  ) => number;
  /** The rows of the slab with these bounds that reach a threshold, as bytes at `REACHING`; returns how many. */
  readonly reaching: (bounds: number, groups: number, threshold: number) => number;
  /** Exact inner product of the row at this address with the query. */
  readonly exact: (row: number, dimensions: number) => number;
}

/** @throws {ExactIndexError} `invalid_options` when the bytes are no kernel of ours */
export function instantiateKernel(bytes: Uint8Array): Kernel {
  let exports: WebAssembly.Exports;
  try {
    const module = new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>);
    exports = new WebAssembly.Instance(module).exports;
  } catch (cause) {
    throw notAKernel("it is no WebAssembly module that this machine can run", cause);
  }
  const { memory, scan, reaching, exact, layout } = exports;
  const functions = [scan, reaching, exact];
  if (!(memory instanceof WebAssembly.Memory) || functions.some((each) => typeof each !== "function")) {
    throw notAKernel("it lacks memory, scan, reaching or exact");
  }
  if (!(layout instanceof WebAssembly.Global) || layout.value !== LAYOUT) {
    throw notAKernel("it was built from another version of this program");
  }
  return { memory, scan, reaching, exact } as Kernel;
}

/** The kernel works on 32 dimensions at a time; the padding is zero and changes no product. */
export function paddedDimensions(dimensions: number): number {
  return Math.ceil(dimensions / 32) * 32;
}

/** Addresses within the kernel's memory, in bytes. */
export class SlabLayout {
  readonly dimensions: number;
  readonly #slabBytes: number;

  constructor(dimensions: number) {
    this.dimensions = dimensions;
    this.#slabBytes = SLAB_ROWS * (5 * dimensions + 16);
  }

  slab(slab: number): number {
    return SLABS_START + slab * this.#slabBytes;
  }

  /** The four rows of a group lie a quarter of the slab apart. */
  codes(slab: number, row: number): number {
    return this.slab(slab) + ((row % 4) * (SLAB_ROWS / 4) + (row >> 2)) * this.dimensions;
  }

  /** Scales, then errors, then norms: 256 f32 each. */
  figures(slab: number): number {
    return this.slab(slab) + SLAB_ROWS * this.dimensions;
  }

  bounds(slab: number): number {
    return this.figures(slab) + 3 * SLAB_ROWS * 4;
  }

  row(slab: number, row: number): number {
    return this.figures(slab) + 4 * SLAB_ROWS * 4 + row * this.dimensions * 4;
  }
}

function notAKernel(reason: string, cause?: unknown): ExactIndexError {
  return new ExactIndexError("invalid_options", `Cannot start the exact index's kernel as ${reason}`, {
    hint: "Build the program again.",
    cause,
  });
}
