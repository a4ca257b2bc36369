/**
 * Frames on a byte stream: four bytes of length, big-endian, then so many bytes. The runner reads and writes them
 * synchronously, so that a question in the middle of a call is one; the host reads and writes them asynchronously.
 */
import { FRAME_BYTES_MAX } from "./limits.ts";

const HEADER_BYTES = 4;

function frame(payload: Uint8Array): Uint8Array<ArrayBuffer> {
  if (payload.byteLength > FRAME_BYTES_MAX) {
    throw new RangeError(
      `A frame must be <= ${FRAME_BYTES_MAX} bytes: current size is ${payload.byteLength}`,
    );
  }
  const bytes = new Uint8Array(HEADER_BYTES + payload.byteLength);
  new DataView(bytes.buffer).setUint32(0, payload.byteLength);
  bytes.set(payload, HEADER_BYTES);
  return bytes;
}

function frameLength(header: Uint8Array): number {
  const length = new DataView(header.buffer, header.byteOffset).getUint32(0);
  if (length > FRAME_BYTES_MAX) {
    throw new RangeError(`A frame must be <= ${FRAME_BYTES_MAX} bytes: announced size is ${length}`);
  }
  return length;
}

/** The runner's end. */
export interface SyncStream {
  readSync(into: Uint8Array): number | null;
}
export interface SyncSink {
  writeSync(bytes: Uint8Array): number;
}

function fillSync(from: SyncStream, length: number): Uint8Array | null {
  const bytes = new Uint8Array(length);
  let at = 0;
  while (at < length) {
    const read = from.readSync(bytes.subarray(at));
    if (read === null) return null;
    at += read;
  }
  return bytes;
}

/** @returns the next frame, or null at the end of the stream */
export function readFrameSync(from: SyncStream): Uint8Array | null {
  const header = fillSync(from, HEADER_BYTES);
  return header === null ? null : fillSync(from, frameLength(header));
}

export function writeFrameSync(to: SyncSink, payload: Uint8Array): void {
  const bytes = frame(payload);
  let at = 0;
  while (at < bytes.byteLength) at += to.writeSync(bytes.subarray(at));
}

/** The host's end for writing. @throws {RangeError} before anything is written when the payload is too large */
export class FrameWriter {
  readonly #writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;

  constructor(stream: WritableStream<Uint8Array<ArrayBuffer>>) {
    this.#writer = stream.getWriter();
  }

  async write(payload: Uint8Array): Promise<void> {
    await this.#writer.write(frame(payload));
  }

  async close(): Promise<void> {
    await this.#writer.close();
  }
}

/** The host's end for reading: whole frames, however the pipe cuts them. */
export async function* readFrames(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  let pending: Uint8Array = new Uint8Array(0);
  let parts: Uint8Array[] = [];
  let buffered = 0;
  const gather = () => {
    if (parts.length === 0) return;
    if (parts.length === 1 && pending.byteLength === 0) pending = parts[0]!;
    else {
      const joined = new Uint8Array(buffered);
      joined.set(pending);
      let at = pending.byteLength;
      for (const part of parts) {
        joined.set(part, at);
        at += part.byteLength;
      }
      pending = joined;
    }
    parts = [];
  };
  for await (const chunk of stream) {
    parts.push(chunk);
    buffered += chunk.byteLength;
    for (;;) {
      if (buffered < HEADER_BYTES) break;
      if (pending.byteLength < HEADER_BYTES) gather();
      const end = HEADER_BYTES + frameLength(pending);
      if (buffered < end) break;
      gather();
      yield pending.subarray(HEADER_BYTES, end);
      pending = pending.subarray(end);
      buffered -= end;
    }
  }
  if (buffered > 0) throw new RangeError("The stream ended in the middle of a frame");
}
