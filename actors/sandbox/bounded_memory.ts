/**
 * The WebAssembly memory that QuickJS lives in: it refuses to grow beyond a bound that is set for each call, and can be
 * copied and put back. QuickJS counts its allocations only roughly when it is compiled to WebAssembly, so this is the
 * bound that holds.
 */
import { LIMIT_CEILINGS } from "./limits.ts";

const PAGE_BYTES = 65_536;
/** What the module asks for when it starts. */
const INITIAL_BYTES = 16 * 1024 * 1024;

export class BoundedMemory {
  readonly memory: WebAssembly.Memory;
  #bytesMax = INITIAL_BYTES;
  #refused = false;

  constructor() {
    this.memory = new WebAssembly.Memory({
      initial: INITIAL_BYTES / PAGE_BYTES,
      maximum: (INITIAL_BYTES + 2 * LIMIT_CEILINGS.memoryBytes) / PAGE_BYTES,
    });
    const grow = this.memory.grow.bind(this.memory);
    this.memory.grow = (pages) => {
      if (this.byteLength + pages * PAGE_BYTES > this.#bytesMax) {
        this.#refused = true;
        // The caller takes this as it takes a host that has no more memory.
        throw new RangeError(`memory must be <= ${this.#bytesMax} bytes`);
      }
      return grow(pages);
    };
  }

  get byteLength(): number {
    return this.memory.buffer.byteLength;
  }

  /** From now on the memory grows to so many bytes at most; it never shrinks, and starts with 16 MiB. */
  limit(bytes: number): void {
    this.#bytesMax = bytes;
    this.#refused = false;
  }

  /** True when it was asked to grow beyond its bound since that was set. */
  get refused(): boolean {
    return this.#refused;
  }

  /** The whole memory without the zeros at its end. */
  copy(): Uint8Array {
    const bytes = new Uint8Array(this.memory.buffer);
    let end = bytes.byteLength;
    while (end > 0 && bytes[end - 1] === 0) end--;
    return bytes.slice(0, end);
  }

  /** Makes the memory what it was when it was copied, and zero behind that. */
  restore(copy: Uint8Array): void {
    const bytes = new Uint8Array(this.memory.buffer);
    bytes.set(copy);
    bytes.fill(0, copy.byteLength);
  }
}
