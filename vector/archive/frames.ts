/**
 * What the archive and its child processes say to each other over standard input and output: a frame is two u32
 * lengths (little-endian), a header of JSON in UTF-8, and a body of bytes. Both lengths are bounded on both sides, so
 * that a child gone mad cannot fill the memory of the other.
 */
import { frameBodyBytesMax, frameHeaderBytesMax, pipeReadBytes } from "./limits.ts";

const lengthBytes = 8;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** One frame: a header that JSON can hold, and bytes (a body of f32 is little-endian, as every platform of ours is). */
export interface Frame<Header> {
  readonly header: Header;
  readonly body: Uint8Array;
}

/** The frame as bytes. Throws `RangeError` when it is over the bounds, as that is a mistake of this program. */
export function encodeFrame(header: object, body: Uint8Array = new Uint8Array()): Uint8Array {
  const text = encoder.encode(JSON.stringify(header));
  checkLengths(text.length, body.length);
  const bytes = new Uint8Array(lengthBytes + text.length + body.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, text.length, true);
  view.setUint32(4, body.length, true);
  bytes.set(text, lengthBytes);
  bytes.set(body, lengthBytes + text.length);
  return bytes;
}

/** The frames of a stream, in order; ends where it ends between two, throws where it ends within one. */
export async function* readFrames<Header>(stream: ReadableStream<Uint8Array>): AsyncGenerator<Frame<Header>> {
  const splitter = new FrameSplitter<Header>();
  for await (const chunk of stream) {
    splitter.push(chunk);
    for (let frame = splitter.next(); frame !== null; frame = splitter.next()) yield frame;
  }
  splitter.end();
}

/** What a child reads from: its standard input. */
export interface Pipe {
  read(into: Uint8Array): Promise<number | null>;
  readSync(into: Uint8Array): number | null;
}

/**
 * The frames of a pipe. Who has nothing else to do waits for the next within one system call, which is answered several
 * times as fast as a wait in the event loop.
 */
export class PipeFrames<Header> {
  readonly #pipe: Pipe;
  readonly #splitter = new FrameSplitter<Header>();
  readonly #buffer = new Uint8Array(pipeReadBytes);

  constructor(pipe: Pipe) {
    this.#pipe = pipe;
  }

  /** The next frame, other work going on meanwhile; null at the end. Throws when it ends within one. */
  async next(): Promise<Frame<Header> | null> {
    for (;;) {
      const frame = this.#splitter.next();
      if (frame !== null) return frame;
      if (!this.#push(await this.#pipe.read(this.#buffer))) return null;
    }
  }

  /** The same, all else standing still meanwhile. */
  nextSync(): Frame<Header> | null {
    for (;;) {
      const frame = this.#splitter.next();
      if (frame !== null) return frame;
      if (!this.#push(this.#pipe.readSync(this.#buffer))) return null;
    }
  }

  #push(read: number | null): boolean {
    if (read === null) {
      this.#splitter.end();
      return false;
    }
    this.#splitter.push(this.#buffer.slice(0, read));
    return true;
  }
}

/** The body's f32 numbers, copied so that they are aligned. */
export function floatsOf(body: Uint8Array): Float32Array {
  return new Float32Array(body.slice().buffer);
}

/** The bytes of f32 numbers, not copied. */
export function bytesOf(floats: Float32Array): Uint8Array {
  return new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength);
}

function checkLengths(headerLength: number, bodyLength: number): void {
  if (headerLength > frameHeaderBytesMax || bodyLength > frameBodyBytesMax) {
    throw new RangeError(
      `A frame must have a header <= ${frameHeaderBytesMax} and a body <= ${frameBodyBytesMax} bytes: ` +
        `it has ${headerLength} and ${bodyLength}`,
    );
  }
}

/** Frames out of chunks of any size; a chunk belongs to it once it is pushed. */
class FrameSplitter<Header> {
  #chunks: Uint8Array[] = [];
  #bytes = 0;

  push(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
  }

  /** The next frame, or null while it is not whole. Throws `RangeError` when it is over the bounds. */
  next(): Frame<Header> | null {
    if (this.#bytes < lengthBytes) return null;
    const lengths = this.#first(lengthBytes);
    const view = new DataView(lengths.buffer, lengths.byteOffset);
    const headerLength = view.getUint32(0, true);
    const bodyLength = view.getUint32(4, true);
    checkLengths(headerLength, bodyLength);
    const length = lengthBytes + headerLength + bodyLength;
    if (this.#bytes < length) return null;
    const frame = this.#first(length);
    if (frame.length === length) this.#chunks.shift();
    else this.#chunks[0] = frame.subarray(length);
    this.#bytes -= length;
    const headerEnd = lengthBytes + headerLength;
    return {
      header: JSON.parse(decoder.decode(frame.subarray(lengthBytes, headerEnd))) as Header,
      body: frame.subarray(headerEnd, length),
    };
  }

  /** Throws when bytes are left, as no more come. */
  end(): void {
    if (this.#bytes > 0) {
      throw new Error(`the stream ended within a frame, ${this.#bytes} bytes after its start`);
    }
  }

  /** The first chunk, made to hold `length` bytes at least. */
  #first(length: number): Uint8Array {
    const [first] = this.#chunks;
    if (first!.length >= length) return first!;
    const joined = new Uint8Array(this.#bytes);
    let filled = 0;
    for (const chunk of this.#chunks) {
      joined.set(chunk, filled);
      filled += chunk.length;
    }
    this.#chunks = [joined];
    return joined;
  }
}
