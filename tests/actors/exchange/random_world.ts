/** Random worlds for properties: objects of every kind of slot, parents, names, places, vectors and hypervectors. */
import { createHash } from "node:crypto";
import fc from "fast-check";
import { derivedOid } from "../../../actors/exchange/compare.ts";
import { type ExchangeRecord, type MorphAt, toLine } from "../../../actors/exchange/record.ts";
import { startOfEpoch } from "../../../kv/mod.ts";
import type { Json, Slot } from "../../../actors/object/mod.ts";
import { embedByHashing, hashSpace } from "../../../vector/mod.ts";

export const space = hashSpace;
const BORN = 1_700_000_000_000;
export const canvases = ["main", "second", 'a"b'];

/** A text of any characters, half ones among them. */
const text = fc.string({ unit: "binary", maxLength: 12 });
const key = text.filter((each) => each !== "__proto__");

const json: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom(null, true, false, 0, -0, "", 1e308, 5e-324, "\u2028", "\ud800"),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    text,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(key, tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;

const slotName = fc.stringMatching(/^[a-zé_][a-zA-Z0-9_:. ?-]{0,8}$/)
  .filter((name) => !["constructor", "prototype"].includes(name));

function slotFor(oids: readonly string[]): fc.Arbitrary<Slot> {
  return fc.oneof(
    { weight: 5, arbitrary: json.map((value): Slot => ({ kind: "data", value })) },
    fc.constantFrom(...oids).map((oid): Slot => ({ kind: "reference", oid })),
    fc.constantFrom(...oids).map((oid): Slot => ({ kind: "data", value: [{ inner: { $ref: oid } }] })),
    fc.record({ source: text, doc: fc.option(text, { nil: undefined }), kept: fc.constantFrom({}, KEPT) })
      .map(({ source, doc, kept }): Slot => ({
        kind: "method",
        source: `(self) => ${JSON.stringify(source)}`,
        ...(doc === undefined ? {} : { doc }),
        ...kept,
      })),
    fc.constantFrom("object.describe", "shape.area", "gone.native").map((native): Slot => ({
      kind: "native",
      native,
    })),
  );
}

/** What a generated method keeps beside its source. */
const KEPT: Omit<Extract<Slot, { kind: "method" }>, "kind" | "source"> = {
  effects: ["writes_self", "clock"],
  examples: [{ slots: { count: 1 }, arguments: [{ by: [2, null] }], answer: 3, after: { count: 3 } }],
  provenance: {
    persona: "BRICK",
    mind: "ollama",
    model: "a model",
    digest: null,
    promptHash: "00ff",
    prompt: "Write a method.",
    attempts: 2,
    approver: "auto",
    sources: [{ kind: "memory", oid: "018bcfe5-6800-7000-8000-000000000001", label: "a memory" }],
    at: BORN,
    failed: { at: BORN, reason: "it threw", times: 1 },
  },
};

const place: fc.Arbitrary<MorphAt> = fc.record({
  x: fc.double({ noNaN: true, noDefaultInfinity: true }),
  y: fc.integer(),
  width: fc.integer({ min: 1, max: 900 }),
}, { requiredKeys: ["x", "y"], noNullPrototype: true });

/**
 * Records whose first has the name given; a parent stands before its children, a reference may lead anywhere. Oids and
 * names differ from world to world.
 */
export function worldWith(root: string | null): fc.Arbitrary<ExchangeRecord[]> {
  return fc.tuple(fc.integer({ min: 1, max: 12 }), fc.uuid()).chain(([count, salt]) => {
    const oids = Array.from({ length: count }, (_, n) => derivedOid(BORN + n, `${salt} ${n}`));
    return fc.tuple(...oids.map((oid, n) => recordFor(oid, n, oids))).map((records) =>
      records.map((record, n): ExchangeRecord => {
        const { name } = record.context;
        const called = n === 0 ? root : name === null ? null : `${name} ${salt}`;
        return { ...record, context: { ...record.context, name: called } };
      })
    );
  });
}

function recordFor(oid: string, n: number, oids: readonly string[]): fc.Arbitrary<ExchangeRecord> {
  return fc.record({
    hasName: fc.boolean(),
    parents: fc.uniqueArray(fc.nat(Math.max(0, n - 1)), { maxLength: 3 }),
    slots: fc.dictionary(slotName, slotFor(oids), { maxKeys: 5, noNullPrototype: true }),
    memory: fc.option(text.filter((each) => each !== ""), { nil: undefined, freq: 3 }),
    morphs: fc.dictionary(fc.constantFrom(...canvases), place, { maxKeys: 2, noNullPrototype: true }),
    hypervector: fc.option(fc.uint8Array({ maxLength: 6 }), { nil: undefined }),
  }).map(({ hasName, parents, slots, memory, morphs, hypervector }) => ({
    context: {
      oid,
      name: hasName ? `Ömega ${n}` : null,
      parents: n === 0 ? [] : parents.map((at) => oids[at]!),
      slots: memory === undefined
        ? withoutText(slots)
        : { ...slots, text_chunk: { kind: "data" as const, value: memory } },
      createdAt: BORN + n,
      reason: null,
    },
    morphs,
    ...(memory === undefined ? {} : { vector: new Uint8Array(embedByHashing(memory).buffer) }),
    ...(hypervector === undefined ? {} : { hypervector: { v: 1, phases: hypervector } }),
  }));
}

function withoutText(slots: Record<string, Slot>): Record<string, Slot> {
  const { text_chunk: _text, ...rest } = slots;
  return rest;
}

/** What the images of these tests are made from. */
export const origin = {
  how: "import",
  imageId: "a test",
  position: startOfEpoch(1),
  epoch: 1,
  at: BORN,
} as const;

/** The lines of an archive of these records. */
export function archiveOf(records: readonly ExchangeRecord[], head: Record<string, unknown> = {}): string[] {
  const lines = [
    JSON.stringify({
      telos: "archive",
      format: 1,
      image: "a test",
      position: "000001-00000000000000000000-0000",
      objects: records.length,
      object_version: 1,
      canvases,
      space,
      ...head,
    }),
    ...records.map(toLine),
  ].map((line) => `${line}\n`);
  return [...lines, endOf(lines)];
}

/** The last line for these lines. */
export function endOf(lines: readonly string[]): string {
  const sha256 = createHash("sha256").update(lines.join("")).digest("hex");
  const counts = { objects: lines.length - 1, damaged: 0, morphs: 0, vectors: 0, hypervectors: 0 };
  return `${JSON.stringify({ telos: "end", counts, sha256 })}\n`;
}

/** Chunks of odd sizes, so that lines and characters are cut anywhere. */
export async function* chunked(
  lines: AsyncIterable<string> | readonly string[],
  size = 1_000,
): AsyncGenerator<Uint8Array> {
  let text = "";
  for await (const line of lines) text += line;
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}
