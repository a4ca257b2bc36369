/**
 * Hypervectors in the memory of the kernel, where binding, bundling and comparing are SIMD loops without a copy in or
 * out. The memory is bounded and has the discipline of a stack: what is made in a `within` is let go at its end, but for
 * the vector that it returns. The results are those of `planes`, to the rounding of f32 sums.
 */
import { checkDimensions, checkFinite, checkSameDimensions } from "./checks.ts";
import { HypervectorError } from "./errors.ts";
import { workspaceBytesMax, workspaceVectors } from "./limits.ts";
import type { Phases8 } from "./phases8.ts";
import { type Planes, writePhasors } from "./planes.ts";

interface PlanesKernel {
  readonly memory: WebAssembly.Memory;
  readonly bind: (target: number, x: number, y: number, planeBytes: number, sign: 1 | -1) => void;
  readonly bundle: (target: number, list: number, count: number, bytes: number) => void;
  readonly compare: (x: number, y: number, bytes: number) => number;
}

/** A place in the kernel's memory, seen as a vector. */
interface Place extends Planes {
  readonly number: number;
  readonly address: number;
}

/** The kernel adds 64 bytes at a time. */
const planeGrain = 64;
const listEntryBytes = 8;
const pageBytes = 65_536;

export class Workspace {
  readonly dimensions: number;
  readonly #kernel: PlanesKernel;
  readonly #planeBytes: number;
  readonly #places: Place[] = [];
  readonly #placesMax: number;
  #used = 0;
  #depth = 0;

  /**
   * `kernel` is the built `exact.wasm`; `vectors` is how many there may be at a time. Throws `invalid_kernel`,
   * `invalid_dimensions`, and `over_limit` beyond `workspaceBytesMax`.
   */
  constructor(
    kernel: Uint8Array<ArrayBuffer>,
    { dimensions, vectors = workspaceVectors }: { readonly dimensions: number; readonly vectors?: number },
  ) {
    checkDimensions(dimensions);
    this.dimensions = dimensions;
    this.#planeBytes = Math.ceil((dimensions * 4) / planeGrain) * planeGrain;
    this.#placesMax = vectors;
    const bytes = this.#addressOf(vectors);
    if (!Number.isInteger(vectors) || vectors < 1 || bytes > workspaceBytesMax) {
      throw new HypervectorError(
        "over_limit",
        `Cannot make a workspace of ${vectors} hypervectors as it must have from 1 to so many as fit ${workspaceBytesMax} bytes`,
        "Ask for fewer",
        { vectors, bytes, limit: workspaceBytesMax },
      );
    }
    this.#kernel = instantiate(kernel);
    const { memory } = this.#kernel;
    // All at once, as growing would take the views of what is there away; pages cost nothing until they are written.
    const missing = bytes - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
  }

  /** How many vectors it has places for. */
  get places(): number {
    return this.#placesMax;
  }

  /**
   * Runs `work`, which is no promise, then lets go of what it made. A vector that it returns stays for the `within` around
   * this one, and is copied out of the outermost.
   */
  within<Result>(work: () => Result): Result {
    const before = this.#used;
    this.#depth++;
    try {
      const result = work();
      if (!this.#isHeld(result)) {
        this.#used = before;
        return result;
      }
      if (this.#depth > 1) return this.#keep(result, before) as Result;
      this.#used = before;
      return { re: result.re.slice(), im: result.im.slice() } as Result;
    } catch (error) {
      this.#used = before;
      throw error;
    } finally {
      this.#depth--;
    }
  }

  /** A copy of a vector from outside, to be used more than once. Throws `dimension_mismatch`, `over_limit`. */
  hold(x: Planes): Planes {
    checkSameDimensions("hold", this.dimensions, x.re.length);
    checkSameDimensions("hold", this.dimensions, x.im.length);
    const place = this.#take();
    place.re.set(x.re);
    place.im.set(x.im);
    return place;
  }

  /** The unit phasors of grid phases. */
  fromPhases8(x: Phases8): Planes {
    checkSameDimensions("hold", this.dimensions, x.length);
    const place = this.#take();
    writePhasors(x, place);
    return place;
  }

  /** x ⊛ y. */
  bind(x: Planes, y: Planes): Planes {
    return this.#bind(x, y, 1);
  }

  /** x ⊘ y. */
  unbind(x: Planes, y: Planes): Planes {
    return this.#bind(x, y, -1);
  }

  /** As `planes.bundle`; at most as many vectors as the workspace has places for. */
  bundle(vectors: readonly Planes[], weights?: readonly number[]): Planes {
    if (vectors.length === 0) {
      throw new HypervectorError(
        "empty_bundle",
        "Cannot bundle nothing: at least one hypervector is needed",
        "Give one or more",
      );
    }
    if (vectors.length > this.#placesMax) throw this.#full(vectors.length);
    const list = new DataView(this.#kernel.memory.buffer, 0, vectors.length * listEntryBytes);
    vectors.forEach((vector, which) => {
      const weight = weights === undefined ? 1 : weights[which] ?? NaN;
      checkFinite(`weight ${which}`, weight);
      list.setUint32(which * listEntryBytes, this.#held(vector).address, true);
      list.setFloat32(which * listEntryBytes + 4, weight, true);
    });
    const place = this.#take();
    this.#kernel.bundle(place.address, 0, vectors.length, 2 * this.#planeBytes);
    return place;
  }

  /** As `planes.similarity`. */
  similarity(x: Planes, y: Planes): number {
    const before = this.#used;
    const [left, right] = [this.#held(x), this.#held(y)];
    this.#used = before;
    return this.#kernel.compare(left.address, right.address, 2 * this.#planeBytes);
  }

  /** Lets go of all places from `before` on but for one, which becomes the first of them. */
  #keep(place: Place, before: number): Place {
    if (place.number < before) {
      this.#used = before;
      return place;
    }
    const kept = this.#places[before]!;
    if (kept !== place) {
      kept.re.set(place.re);
      kept.im.set(place.im);
    }
    this.#used = before + 1;
    return kept;
  }

  #bind(x: Planes, y: Planes, sign: 1 | -1): Planes {
    const [left, right] = [this.#held(x), this.#held(y)];
    const place = this.#take();
    this.#kernel.bind(place.address, left.address, right.address, this.#planeBytes, sign);
    return place;
  }

  /** The place of a vector, which is taken in when it is none of the workspace. */
  #held(x: Planes): Place {
    return this.#isHeld(x) ? x : this.hold(x) as Place;
  }

  #isHeld(value: unknown): value is Place {
    return typeof value === "object" && value !== null && "re" in value &&
      (value as Planes).re.buffer === this.#kernel.memory.buffer;
  }

  #take(): Place {
    if (this.#used === this.#placesMax) throw this.#full(this.#used + 1);
    return this.#places[this.#used++] ??= this.#place(this.#used - 1);
  }

  #place(number: number): Place {
    const { buffer } = this.#kernel.memory;
    const address = this.#addressOf(number);
    return {
      number,
      address,
      re: new Float32Array(buffer, address, this.dimensions),
      im: new Float32Array(buffer, address + this.#planeBytes, this.dimensions),
    };
  }

  /** Behind the list of what is bundled. What a plane has beyond the dimensions is never written but by sums of zeros. */
  #addressOf(number: number): number {
    const list = Math.ceil((this.#placesMax * listEntryBytes) / planeGrain) * planeGrain;
    return list + number * 2 * this.#planeBytes;
  }

  #full(vectors: number): HypervectorError {
    return new HypervectorError(
      "over_limit",
      `Cannot hold ${vectors} hypervectors as this workspace has places for ${this.#placesMax}`,
      "Make them within a shorter stretch of work, or ask for more places",
      { vectors, limit: this.#placesMax },
    );
  }
}

function instantiate(bytes: Uint8Array<ArrayBuffer>): PlanesKernel {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  const { memory, bind_planes: bind, bundle_planes: bundle, compare_planes: compare } = exports;
  const isWhole = [bind, bundle, compare].every((each) => typeof each === "function");
  if (!(memory instanceof WebAssembly.Memory) || !isWhole) {
    throw new HypervectorError(
      "invalid_kernel",
      "Cannot make a workspace as the kernel must have memory, bind_planes, bundle_planes and compare_planes",
      "Build the program again",
    );
  }
  return {
    memory,
    bind: bind as PlanesKernel["bind"],
    bundle: bundle as PlanesKernel["bundle"],
    compare: compare as PlanesKernel["compare"],
  };
}
