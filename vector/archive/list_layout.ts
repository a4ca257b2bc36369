/**
 * Where everything lies in a file of inverted lists and in the memory that holds it, and the kernel that works on it.
 */

/** What of the kernel the lists use: see `kernel.wat`. */
export interface ListKernel {
  readonly memory: WebAssembly.Memory;
  readonly dotRows: (rows: number, count: number, bytes: number, query: number, out: number) => void;
  readonly scanNibbles: (
    codes: number,
    rows: number,
    bytes: number,
    query: number,
    scales: number,
    shares: number,
    along: number,
    zero: number,
    queryScale: number,
    out: number,
  ) => void;
}

/** Steps of a code on either side of zero: codes are 0..15, and mean -7.5..7.5 steps. */
export const middleCode = 7.5;
/** Bytes of the query and its codes, at the start of the memory. */
export const queryBytes = 32_768;
const pageBytes = 65_536;

/** Where everything lies in a file of lists, in bytes; the memory holds it behind the query. */
export class ListLayout {
  readonly lists: number;
  /** Rows with the empty ones that fill each list to a multiple of four. */
  readonly places: number;
  /** Dimensions, filled to a multiple of 32. */
  readonly dimensions: number;

  constructor(lists: number, places: number, dimensions: number) {
    this.lists = lists;
    this.places = places;
    this.dimensions = dimensions;
  }

  /** Four u32: the version, and the three figures of the layout. */
  static readonly headerBytes = 16;

  get centroids(): number {
    return ListLayout.headerBytes;
  }

  /** For each list the place at which it begins, and how many rows it has: u32 each. */
  get spans(): number {
    return this.centroids + this.lists * this.dimensions * 4;
  }

  /** For each place the step of its codes, f32. */
  get scales(): number {
    return this.spans + this.lists * 8;
  }

  /** For each place how long its row is along the centroid, f32, less what the codes hold of that. */
  get shares(): number {
    return this.scales + this.places * 4;
  }

  /** For each place the number of its row, u32. */
  get rows(): number {
    return this.shares + this.places * 4;
  }

  get codes(): number {
    return this.rows + this.places * 4;
  }

  get codeBytes(): number {
    return this.dimensions / 2;
  }

  get bytes(): number {
    return this.codes + this.places * this.codeBytes;
  }
}

/** Dimensions as the lists keep them. */
export function paddedTo32(dimensions: number): number {
  return Math.ceil(dimensions / 32) * 32;
}

/** The compiled kernel, `exact.wasm`. */
export function compileKernel(bytes: Uint8Array): WebAssembly.Module {
  return new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>);
}

/** An instance of the kernel whose memory has so many bytes at least. */
export function listKernel(module: WebAssembly.Module, bytes: number): ListKernel {
  const { memory, dot_rows, scan_nibbles } = new WebAssembly.Instance(module).exports;
  if (!(memory instanceof WebAssembly.Memory) || !isFunction(dot_rows) || !isFunction(scan_nibbles)) {
    throw new Error("the kernel lacks memory, dot_rows or scan_nibbles: build the program again");
  }
  const missing = bytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
  return {
    memory,
    dotRows: dot_rows as ListKernel["dotRows"],
    scanNibbles: scan_nibbles as ListKernel["scanNibbles"],
  };
}

/** Rows fill a list to a multiple of four, as the kernel takes four at a time. */
export function toFour(rows: number): number {
  return Math.ceil(rows / 4) * 4;
}

function isFunction(value: unknown): boolean {
  return typeof value === "function";
}
