/**
 * What the embedder and its child say to each other over standard input and output: a frame is two u32 lengths
 * (little-endian), a header of JSON in UTF-8 that is validated on both sides, and the bytes of f32 vectors. Lengths are
 * bounded, so that a child gone mad cannot fill the memory of the other.
 */
import { z } from "zod";
import { embedBatchTexts, frameBytesMax, textCharactersMax } from "../limits.ts";

const id = z.number().int().nonnegative();

export const requestSchema = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("load"),
    /** The folder above the model's own. */
    modelsFolder: z.string().min(1),
    model: z.string().min(1),
    threads: z.number().int().min(1).max(64),
  }),
  z.strictObject({
    type: z.literal("embed"),
    id,
    texts: z.array(z.string().max(textCharactersMax)).min(1).max(embedBatchTexts),
  }),
]);
export type ChildRequest = z.infer<typeof requestSchema>;

const rss = z.number().nonnegative();
export const replySchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("loaded"), rss }),
  /** The body holds `count` vectors, one after the other. */
  z.strictObject({ type: z.literal("vectors"), id, count: z.number().int().positive(), rss }),
  /** This batch, or the loading, failed; the child is well. */
  z.strictObject({ type: z.literal("failed"), message: z.string() }),
]);
export type ChildReply = z.infer<typeof replySchema>;

export function encodeFrame(
  header: ChildRequest | ChildReply,
  body = new Uint8Array(),
): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(JSON.stringify(header));
  checkLength(text.length + body.length);
  const bytes = new Uint8Array(8 + text.length + body.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, text.length, true);
  view.setUint32(4, body.length, true);
  bytes.set(text, 8);
  bytes.set(body, 8 + text.length);
  return bytes;
}

/** The frames of a stream in order. @throws when a header is not of the schema, or the stream ends within a frame */
export async function* readFrames<Header>(
  stream: AsyncIterable<Uint8Array>,
  schema: z.ZodType<Header>,
): AsyncGenerator<{ header: Header; body: Uint8Array<ArrayBuffer> }> {
  let held = new Uint8Array();
  for await (const chunk of stream) {
    held = concatenate(held, chunk);
    for (let frame = firstFrame(held); frame !== null; frame = firstFrame(held)) {
      const [text, body] = [held.subarray(8, frame.bodyStart), held.slice(frame.bodyStart, frame.end)];
      held = held.slice(frame.end);
      yield { header: schema.parse(JSON.parse(new TextDecoder().decode(text))), body };
    }
  }
  if (held.length > 0) throw new Error(`the stream ended within a frame, ${held.length} bytes into it`);
}

function firstFrame(held: Uint8Array): { bodyStart: number; end: number } | null {
  if (held.length < 8) return null;
  const view = new DataView(held.buffer, held.byteOffset, held.byteLength);
  const [text, body] = [view.getUint32(0, true), view.getUint32(4, true)];
  checkLength(text + body);
  const bodyStart = 8 + text;
  return held.length < bodyStart + body ? null : { bodyStart, end: bodyStart + body };
}

function checkLength(length: number): void {
  if (length > frameBytesMax) {
    throw new RangeError(`a frame has at most ${frameBytesMax} bytes: this one has ${length}`);
  }
}

function concatenate(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}
