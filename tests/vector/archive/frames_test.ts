/** Frames, names and masks: the small parts that everything else stands on. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { bytesOf, encodeFrame, floatsOf, PipeFrames, readFrames } from "../../../vector/archive/frames.ts";
import { Masks } from "../../../vector/archive/masks.ts";
import { decodeName, encodeNames, nameRecordBytes } from "../../../vector/archive/segment_files.ts";
import { archiveLimits } from "../../../vector/archive/mod.ts";

function streamOf(bytes: Uint8Array, cuts: readonly number[]): ReadableStream<Uint8Array> {
  const edges = [
    0,
    ...cuts.map((cut) => cut % (bytes.length + 1)).sort((one, two) => one - two),
    bytes.length,
  ];
  return new ReadableStream({
    start: (controller) => {
      for (let edge = 1; edge < edges.length; edge++) {
        controller.enqueue(bytes.slice(edges[edge - 1], edges[edge]));
      }
      controller.close();
    },
  });
}

/** A pipe that gives some bytes at a time, now as a wait and now at once. */
class CutPipe {
  readonly #bytes: Uint8Array;
  readonly #edges: number[];

  constructor(bytes: Uint8Array, cuts: readonly number[]) {
    this.#bytes = bytes;
    const inner = cuts.map((cut) => cut % (bytes.length + 1)).filter((cut) => cut > 0);
    this.#edges = [...new Set([...inner, bytes.length])].sort((one, two) => one - two);
  }

  #at = 0;

  readSync(into: Uint8Array): number | null {
    if (this.#at === this.#bytes.length) return null;
    const edge = this.#edges.find((each) => each > this.#at)!;
    const part = this.#bytes.subarray(this.#at, Math.min(edge, this.#at + into.length));
    into.set(part);
    this.#at += part.length;
    return part.length;
  }

  read(into: Uint8Array): Promise<number | null> {
    return Promise.resolve(this.readSync(into));
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

Deno.test("AR13 frames come out as they went in, however the stream is cut", async () => {
  const frame = fc.record({
    header: fc.dictionary(fc.string(), fc.string()),
    body: fc.uint8Array({ maxLength: 300 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(frame, { maxLength: 5 }), fc.array(fc.nat(2000)), async (frames, cuts) => {
      const bytes = joined(frames.map(({ header, body }) => encodeFrame(header, body)));
      const read = [];
      for await (const { header, body } of readFrames(streamOf(bytes, cuts))) read.push({ header, body });
      assert.deepEqual(
        JSON.parse(JSON.stringify(read.map(({ header }) => header))),
        JSON.parse(JSON.stringify(frames.map(({ header }) => header))),
      );
      assert.deepEqual(read.map(({ body }) => [...body]), frames.map(({ body }) => [...body]));
      const piped = new PipeFrames(new CutPipe(bytes, cuts));
      const taken = [];
      for (let turn = 0;; turn++) {
        const next = turn % 2 === 0 ? piped.nextSync() : await piped.next();
        if (next === null) break;
        taken.push(next);
      }
      assert.deepEqual(taken.map(({ body }) => [...body]), frames.map(({ body }) => [...body]));
    }),
  );
  assert.deepEqual(floatsOf(bytesOf(Float32Array.of(1.5, -2))), Float32Array.of(1.5, -2));
});

Deno.test("AR13 a stream that ends within a frame, and a frame over the bounds, are errors", async () => {
  const whole = encodeFrame({ type: "search" }, new Uint8Array(100));
  for (const length of [1, 7, 8, 20, whole.length - 1]) {
    await assert.rejects(async () => {
      for await (const _frame of readFrames(streamOf(whole.slice(0, length), [])));
    }, /the stream ended/);
    const cut = new PipeFrames(new CutPipe(whole.slice(0, length), []));
    assert.throws(() => cut.nextSync(), /the stream ended/);
  }
  const lying = whole.slice();
  new DataView(lying.buffer).setUint32(4, archiveLimits.frameBodyBytesMax + 1, true);
  await assert.rejects(async () => {
    for await (const _frame of readFrames(streamOf(lying, [])));
  }, RangeError);
  assert.throws(() => encodeFrame({}, new Uint8Array(archiveLimits.frameBodyBytesMax + 1)), RangeError);
});

Deno.test("AR14 the names of rows come back from their records, and what does not fit is refused", () => {
  const encoder = new TextEncoder();
  const text = (bytes: number) =>
    fc.string({ unit: "grapheme", minLength: 1, maxLength: bytes }).filter((value) =>
      encoder.encode(value).length <= bytes
    );
  fc.assert(fc.property(fc.array(fc.tuple(text(46), text(32)), { minLength: 1, maxLength: 20 }), (names) => {
    const bytes = encodeNames(names.map(([id]) => id), names.map(([, born]) => born));
    assert.equal(bytes.length, names.length * nameRecordBytes);
    names.forEach(([id, born], row) => {
      assert.deepEqual(decodeName(bytes.subarray(row * nameRecordBytes, (row + 1) * nameRecordBytes)), {
        id,
        born,
      });
    });
  }));
  assert.throws(() => encodeNames(["x".repeat(47)], ["1"]), RangeError);
  assert.throws(() => encodeNames(["x"], [""]), RangeError);
  assert.throws(() => decodeName(new Uint8Array(nameRecordBytes)), RangeError);
});

Deno.test("AR15 a mask hides exactly the rows born before the death, and a watermark forgets older deaths", () => {
  const at = fc.nat(50).map((n) => String(n).padStart(4, "0"));
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom("a", "b", "c"), at)), at, at, (deaths, born, watermark) => {
      const masks = new Masks(deaths);
      for (const id of ["a", "b", "c"]) {
        assert.equal(
          masks.hides(id, born),
          deaths.some(([dead, position]) => dead === id && born < position),
        );
      }
      assert.deepEqual(new Masks(masks.entries()).entries(), masks.entries());
      masks.dropUpTo(watermark);
      assert(masks.entries().every(([, position]) => position > watermark));
      for (const id of ["a", "b", "c"]) {
        if (born > watermark) {
          assert.equal(
            masks.hides(id, born),
            deaths.some(([dead, position]) => dead === id && born < position),
          );
        }
      }
    }),
  );
});
