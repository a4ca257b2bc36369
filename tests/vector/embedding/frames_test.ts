import { deepStrictEqual as equal, rejects, throws } from "node:assert/strict";
import fc from "fast-check";
import { encodeFrame, readFrames, replySchema } from "../../../vector/embedding/frames.ts";
import { frameBytesMax } from "../../../vector/limits.ts";

async function* inPieces(bytes: Uint8Array, sizes: readonly number[]) {
  for (let at = 0, piece = 0; at < bytes.length; piece++) {
    const size = sizes[piece % sizes.length]!;
    yield await Promise.resolve(bytes.subarray(at, at + size));
    at += size;
  }
}

Deno.test("VE10 frames come out as they went in, however the stream is cut", async () => {
  const frame = fc.record({ message: fc.string(), body: fc.uint8Array({ maxLength: 300 }) });
  const sizes = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 });
  await fc.assert(fc.asyncProperty(fc.array(frame, { maxLength: 5 }), sizes, async (frames, sizes) => {
    const encoded = frames.map(({ message, body }) =>
      encodeFrame({ type: "failed", message }, Uint8Array.from(body))
    );
    const stream = new Uint8Array(await new Blob(encoded).arrayBuffer());
    const read = [];
    for await (const { header, body } of readFrames(inPieces(stream, sizes), replySchema)) {
      read.push({ header, body });
    }
    equal(
      read,
      frames.map(({ message, body }) => ({
        header: { type: "failed", message },
        body: Uint8Array.from(body),
      })),
    );
  }));
});

Deno.test("VE10 a frame that is cut, over the bound or of another shape is an error", async () => {
  const read = async (bytes: Uint8Array) => {
    for await (const _ of readFrames(inPieces(bytes, [7]), replySchema));
  };
  const whole = encodeFrame({ type: "failed", message: "no" });
  await rejects(read(whole.subarray(0, whole.length - 1)), /ended within a frame/);
  await rejects(read(new Uint8Array(16).fill(255)), /at most/);
  const strange = encodeFrame({ type: "failed", message: "no" });
  strange[12] = 0x78;
  await rejects(read(strange));
  throws(() => encodeFrame({ type: "failed", message: "no" }, new Uint8Array(frameBytesMax)), /at most/);
});
