/**
 * What the archive and its child processes say to each other over standard input and output: a frame is two u32
 * lengths (little-endian), a header of JSON in UTF-8, and a body of bytes. Both lengths are bounded on both sides, so
 * that a child gone mad cannot fill the memory of the other.
 */
import { frameBodyBytesMax, frameHeaderBytesMax } from "./limits.ts";

/** One frame: a header that JSON can hold, and bytes (a body of f32 is little-endian, as every platform of ours is). */
export interface Frame<Header> {
  readonly header: Header;
  readonly body: Uint8Array;
}

/** The frame as bytes. Throws `RangeError` when it is over the bounds, as that is a mistake of this program. */
export function encodeFrame(header: object, body: Uint8Array = new Uint8Array()): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(header));
  checkLengths(text.length, body.length);
  const bytes = new Uint8Array(8 + text.length + body.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, text.length, true);
  view.setUint32(4, body.length, true);
  bytes.set(text, 8);
  bytes.set(body, 8 + text.length);
  return bytes;
}

/** The frames of a stream, in order; ends where it ends between two, throws where it ends within one. */
export async function* readFrames<Header>(stream: ReadableStream<Uint8Array>): AsyncGenerator<Frame<Header>> {
  const source = new ByteSource(stream);
  try {
    while (true) {
      const lengths = await source.take(8);
      if (lengths === null) return;
      const view = new DataView(lengths.buffer, lengths.byteOffset);
      const headerLength = view.getUint32(0, true);
      const bodyLength = view.getUint32(4, true);
      checkLengths(headerLength, bodyLength);
      const text = await source.take(headerLength);
      const body = bodyLength === 0 ? new Uint8Array() : await source.take(bodyLength);
      if (text === null || body === null) throw new Error("the stream ended within a frame");
      yield { header: JSON.parse(new TextDecoder().decode(text)) as Header, body };
    }
  } finally {
    await source.close();
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

/** Takes exact counts of bytes from a stream of chunks of any size. */
class ByteSource {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
  }

  /** The next `count` bytes; null when the stream is at its end before the first; throws when it ends after it. */
  async take(count: number): Promise<Uint8Array | null> {
    while (this.#pendingBytes < count) {
      const { done, value } = await this.#reader.read();
      if (done) {
        if (this.#pendingBytes === 0) return null;
        throw new Error(`the stream ended after ${this.#pendingBytes} of ${count} bytes`);
      }
      if (value.length === 0) continue;
      this.#pending.push(value);
      this.#pendingBytes += value.length;
    }
    const result = new Uint8Array(count);
    let filled = 0;
    while (filled < count) {
      const chunk = this.#pending[0];
      const part = chunk.subarray(0, count - filled);
      result.set(part, filled);
      filled += part.length;
      if (part.length === chunk.length) this.#pending.shift();
      else this.#pending[0] = chunk.subarray(part.length);
    }
    this.#pendingBytes -= count;
    return result;
  }

  async close(): Promise<void> {
    await this.#reader.cancel();
    this.#reader.releaseLock();
  }
}
