import assert from "node:assert/strict";
import fc from "fast-check";
import {
  exportArchive,
  importArchive,
  type ImportOptions,
  type OnConflict,
  readArchive,
} from "../../../actors/exchange/mod.ts";
import { closureOf } from "../../../actors/exchange/closure.ts";
import type { ExchangeRecord } from "../../../actors/exchange/record.ts";
import { Snapshot } from "../../../actors/exchange/snapshot.ts";
import { keys } from "../../../kv/mod.ts";
import { embedByHashing } from "../../../vector/mod.ts";
import { openTestImage, type TestImage } from "../../support/image.ts";
import { archiveOf, chunked, endOf, worldWith } from "./random_world.ts";

const OID = "018bcfe5-6800-7000-8000-00000000000";

async function take(
  test: TestImage,
  lines: readonly string[],
  onConflict: OnConflict = "refuse",
  more: Partial<ImportOptions> = {},
) {
  const { image } = test;
  const archive = await readArchive(chunked(lines));
  return await importArchive({ world: image.world, memory: () => image.memory() }, archive, {
    who: "test",
    onConflict,
    ...more,
  });
}

async function linesOf({ image }: TestImage, ...names: string[]): Promise<string[]> {
  const roots = await Promise.all(names.map((name) => image.world.resolve(name)));
  return await Array.fromAsync(exportArchive(image.store, names.length === 0 ? {} : { roots }));
}

async function refusal(
  attempt: Promise<unknown>,
): Promise<{ code: string; message: string; details: Record<string, unknown> }> {
  const error = await attempt.then(() => undefined, (reason) => reason);
  assert.ok(error instanceof Error, "it was not refused");
  return error as unknown as Awaited<ReturnType<typeof refusal>>;
}

const record = (
  n: number,
  slots: ExchangeRecord["context"]["slots"],
  more: Partial<ExchangeRecord["context"]> = {},
): ExchangeRecord => ({
  context: {
    oid: `${OID}${n}`,
    name: null,
    parents: [],
    slots,
    createdAt: 1_700_000_000_000,
    reason: null,
    ...more,
  },
  morphs: {},
});
const data = (value: string | number) => ({ kind: "data" as const, value });

Deno.test("EX2 what an image that lives takes in, it gives back line for line; twice changes nothing", async () => {
  await using test = await openTestImage();
  await fc.assert(
    fc.asyncProperty(worldWith(null), async (records) => {
      const lines = archiveOf(records);
      const report = await take(test, lines);
      assert.equal(report.made, records.length);
      assert.equal(report.embedded, 0);
      const back = await linesOf(test, ...records.map(({ context }) => context.oid));
      const sorted = lines.slice(1, -1).sort();
      assert.deepEqual(back.slice(1, -1).sort(), sorted);
      const again = await take(test, lines);
      assert.deepEqual([again.changed, again.same, again.position], [
        false,
        records.length,
        test.image.store.position,
      ]);
    }),
    // A smaller world would meet what the larger one left behind.
    { numRuns: 15, endOnFailure: true },
  );
});

Deno.test("EX3 an export is the image of one moment, whatever changes while it is written", async () => {
  await using test = await openTestImage();
  const { door, image } = test;
  await door.command({ command: "REMEMBER", text: "the lake at dawn" });
  const before = await linesOf(test);
  const running = exportArchive(image.store);
  const lines = [(await running.next()).value as string];
  await door.command({ command: "SET_SLOT", object: "square", slot: "width", value: 99 });
  await door.command({ command: "DELETE", object: "greeter" });
  await door.command({ command: "EXTEND", object: "counter", name: "late" });
  await door.command({ command: "MOVE_MORPH", object: "counter", x: 1, y: 2 });
  await door.command({ command: "REMEMBER", text: "the lake at dusk" });
  for await (const line of running) lines.push(line);
  assert.deepEqual(lines, before);
  assert.notDeepEqual((await linesOf(test)).slice(1), before.slice(1));
});

Deno.test("EX4 a subtree is the objects, what descends from them, and all that any of it refers to, of one moment", async () => {
  await using test = await openTestImage();
  const { door, image } = test;
  const names = async (oids: string[]) =>
    (await Promise.all(oids.map(async (oid) => (await image.world.context(oid)).name))).sort();
  const of = async (name: string, snapshot?: Snapshot) =>
    await names(
      await closureOf(snapshot ?? await Snapshot.take(image.store, { vectors: false }), [
        await image.world.resolve(name),
      ]),
    );
  assert.deepEqual(await of("shape"), ["genesis", "rectangle", "shape", "square"]);
  assert.deepEqual(await of("square"), ["genesis", "rectangle", "shape", "square"]);
  await door.command({ command: "EXTEND", object: "counter", name: "holder" });
  const inner = [{ deep: { $ref: (await door.object("greeter")).oid } }];
  await door.command({ command: "SET_SLOT", object: "holder", slot: "list", value: inner });
  await door.command({ command: "SET_SLOT", object: "holder", slot: "look", value: { $ref: "morph" } });
  const moment = await Snapshot.take(image.store, { vectors: false });
  const then = ["counter", "genesis", "greeter", "holder", "morph"];
  assert.deepEqual(await of("counter"), then);
  await door.command({ command: "SET_SLOT", object: "holder", slot: "parent*", value: ["genesis"] });
  await door.command({ command: "EXTEND", object: "counter", name: "later" });
  assert.deepEqual(await of("counter"), ["counter", "genesis", "later"]);
  assert.deepEqual(await of("counter", moment), then);
});

/** A list within a list, so many times: as JSON, which is written and read without recursion. */
const nested = (depth: number): unknown => JSON.parse("[".repeat(depth) + "]".repeat(depth));

Deno.test("EX4 an object may have more descendants than a call takes arguments", async () => {
  const parent = record(1, {}).context;
  const oids = Array.from(
    { length: 130_000 },
    (_, n) => `018bcfe5-6800-7000-9000-${String(n).padStart(12, "0")}`,
  );
  // The store would take minutes to be given so many.
  const snapshot = {
    mayDescendFrom: (oid: string) => Promise.resolve(oid === parent.oid ? oids : []),
    contexts: (some: readonly string[]) =>
      Promise.resolve(
        some.map((oid) => oid === parent.oid ? parent : { ...parent, oid, parents: [parent.oid] }),
      ),
    changed: () => Promise.resolve([]),
  } as unknown as Snapshot;
  assert.equal((await closureOf(snapshot, [parent.oid])).length, 130_001);
});

Deno.test("SY8 what stands farther out than a step can lead is cloned where it is", async () => {
  await using test = await openTestImage();
  const far = { ...record(1, { a: data(1) }, { name: "far" }), morphs: { main: { x: 1e30, y: -1e30 } } };
  await take(test, archiveOf([far]));
  const { result } = await test.door.command({ command: "CLONE", object: "far" });
  const { morphs } = await test.door.canvas("main");
  const { oid } = result as unknown as { oid: string };
  assert.deepEqual(
    morphs.filter((morph) => morph.oid === oid).map(({ x, y }) => [x, y]),
    [[1e30, -1e30]],
  );
});

Deno.test("EX5 what is wrong with an archive is named by its line, and nothing is written", async () => {
  await using test = await openTestImage();
  const whole = archiveOf([record(1, { a: data(1) }), record(2, { b: data("x") })]);
  const withLine = (n: number, line: string) => {
    const lines = whole.slice(0, -1).with(n - 1, `${line}\n`);
    return [...lines, endOf(lines)];
  };
  const changed = (n: number, change: Record<string, unknown>) =>
    withLine(n, JSON.stringify({ ...JSON.parse(whole[n - 1]!), ...change }));
  const cases: [string, string[], number, RegExp][] = [
    ["empty", [], 1, /empty/],
    ["no archive", ["hello\n"], 1, /not JSON/],
    ["another head", changed(1, { telos: "blueprint" }), 1, /head/],
    ["a later format", changed(1, { format: 2 }), 1, /format 2/],
    ["later objects", changed(1, { object_version: 99 }), 1, /version 99/],
    ["cut between lines", whole.slice(0, -1), 4, /cut/],
    ["cut within a line", [...whole.slice(0, -1), whole.at(-1)!.slice(0, 20)], 4, /not JSON/],
    ["a changed value", whole.with(2, whole[2]!.replace('"x"', '"y"')), 4, /SHA-256/],
    ["a line lost", whole.toSpliced(1, 1), 3, /1 says 2/],
    ["a line twice", whole.toSpliced(1, 0, whole[1]!), 3, /line 2/],
    ["more behind the end", [...whole, "{}\n"], 5, /after the last/],
    ["not JSON", withLine(3, "{oops"), 3, /not JSON/],
    ["no object", withLine(3, "[]"), 3, /no object/],
    ["an unknown field", changed(3, { colour: 1 }), 3, /colour/],
    ["no oid", changed(3, { oid: "x" }), 3, /oid/],
    ["no slot", changed(3, { slots: { a: { kind: "magic" } } }), 3, /slots/],
    ["a reserved slot", changed(3, { slots: { constructor: data(1) } }), 3, /reserved/],
    ["too large a slot", changed(3, { slots: { a: data("x".repeat(1_100_000)) } }), 3, /1048576/],
    ["a place that is none", changed(3, { morphs: { main: { x: "left" } } }), 3, /morphs/],
    [
      "a parent nobody has",
      changed(3, { parents: [`${OID}9`] }),
      3,
      /neither in the archive nor in the image/,
    ],
    ["a name that is not NFC", changed(3, { name: "e\u0301" }), 3, /name/],
    ["no time", changed(3, { created: 1e20 }), 3, /no time/],
    ["a reference to nothing", changed(3, { slots: { a: { kind: "reference", oid: "" } } }), 3, /no oid/],
    [
      "too large a method",
      changed(3, { slots: { a: { kind: "method", source: `(self) => 1 //${"x".repeat(1_100_000)}` } } }),
      3,
      /1048576/,
    ],
    ["bytes that are none", changed(3, { hypervector: { $bytes: "!" } }), 3, /\$bytes is none/],
    ["a value deeper than the stack", changed(3, { hypervector: nested(20_000) }), 3, /nested/],
    ["a place deeper than the stack", changed(3, { morphs: { main: nested(20_000) } }), 3, /nested/],
    [
      "an example deeper than the stack",
      withLine(
        3,
        JSON.stringify(JSON.parse(whole[2]!)).replace(
          /"slots":\{.*?\}\}/,
          `"slots":{"a":{"kind":"method","source":"(self) => 1","examples":[{"arguments":[${
            JSON.stringify(nested(20_000))
          }]}]}}`,
        ),
      ),
      3,
      /nested/,
    ],
  ];
  const before = test.image.store.position;
  for (const [what, lines, line, reason] of cases) {
    const { code, message, details } = await refusal(take(test, lines));
    assert.deepEqual([code, details.line], ["archive_invalid", line], `${what}: ${message}`);
    assert.match(message, reason, what);
  }
  const long = await refusal(readArchive(chunked(whole, 7), { lineBytesMax: 100 }));
  assert.equal(long.details.line, 1);
  const large = await refusal(readArchive(chunked(whole, 7), { archiveBytesMax: 600 }));
  assert.match(large.message, /600 bytes/);
  assert.equal(test.image.store.position, before);
});

Deno.test("EX6 conflicts are listed and nothing is written; skip, theirs and copy each do as they say, once", async () => {
  await using test = await openTestImage();
  const { door, image } = test;
  await take(test, archiveOf([record(1, { a: data(1) }, { name: "lamp" })]));
  await door.command({ command: "EXTEND", object: "genesis", name: "table" });
  const incoming = archiveOf([
    record(1, { a: data(2), me: { kind: "reference", oid: `${OID}1` } }, { name: "lamp" }),
    record(2, { legs: data(4) }, { name: "table" }),
    record(3, { on: { kind: "reference", oid: `${OID}2` }, by: { kind: "reference", oid: `${OID}1` } }, {
      name: "cup",
      parents: [`${OID}2`],
    }),
  ]);
  const before = image.store.position;
  const refused = await refusal(take(test, incoming));
  assert.equal(refused.code, "import_conflict");
  const conflicts = refused.details.conflicts as { label: string; kind: string; differs: string[] }[];
  assert.deepEqual(conflicts.map(({ label, kind, differs }) => [label, kind, differs]), [
    ["lamp", "content", ["a", "me"]],
    ["table", "name", ["parents", "legs"]],
  ]);
  assert.equal(image.store.position, before);

  const table = (await door.object("table")).oid;
  const skipped = await take(test, incoming, "skip");
  assert.deepEqual([skipped.made, skipped.skipped], [1, 2]);
  const cup = await door.object("cup");
  assert.deepEqual(cup.parents, [table], "what is here stands for what has its name");
  assert.deepEqual(cup.slots, { on: { $ref: table }, by: { $ref: `${OID}1` } });
  assert.equal((await door.object("lamp")).slots.a, 1);
  assert.equal((await take(test, incoming, "skip")).changed, false);
  await door.command({ command: "UNDO" });
  assert.equal((await refusal(door.object("cup"))).code, "not_found");

  const copied = await take(test, incoming, "copy");
  assert.deepEqual([copied.made, copied.copied], [1, 2]);
  const lamp = await door.object("lamp 2");
  assert.deepEqual(lamp.slots, { a: 2, me: { $ref: lamp.oid } }, "what is copied refers to what is copied");
  assert.deepEqual((await door.object("cup")).slots, { on: { $ref: `${OID}2` }, by: { $ref: lamp.oid } });
  assert.equal((await door.object("table 2")).oid, `${OID}2`);
  assert.equal((await take(test, incoming, "copy")).changed, false);
  await door.command({ command: "UNDO" });

  const theirs = await take(test, incoming, "theirs");
  assert.deepEqual([theirs.made, theirs.replaced], [1, 2]);
  assert.equal((await door.object("lamp")).slots.a, 2);
  assert.deepEqual([(await door.object("table")).oid, (await door.object("table")).slots.legs], [table, 4]);
  assert.equal((await take(test, incoming, "theirs")).changed, false);
  assert.equal((await take(test, incoming)).changed, false, "now there is no conflict any more");
});

Deno.test("EX6 objects of another image that are the same here, by name and content, are not made again", async () => {
  await using one = await openTestImage();
  await using other = await openTestImage();
  await one.door.command({ command: "EXTEND", object: "square", name: "tile" });
  const lines = await linesOf(one, "tile");
  const report = await take(other, lines);
  assert.deepEqual([report.made, report.same, report.conflicts.length], [1, 4, 0]);
  const tile = await other.door.object("tile");
  assert.deepEqual(tile.parents, [(await other.door.object("square")).oid]);
  assert.equal(
    (await other.door.command({ command: "SEND", receiver: "tile", selector: "area" })).result,
    25,
  );
  assert.equal((await take(other, lines)).changed, false);
});

Deno.test("EX7 vectors of the space that serves are taken as they are, in another memories are embedded again", async () => {
  await using test = await openTestImage();
  const { image, door } = test;
  const text = "the lighthouse keeper's coat";
  const memory = record(1, { text_chunk: data(text) });
  const odd = new Float32Array(384);
  odd[7] = 1;
  const vector = new Uint8Array(odd.buffer);
  const taken = await take(test, archiveOf([{ ...memory, vector }]));
  const space = JSON.parse(archiveOf([])[0]!).space;
  const stored = () => image.store.get<Uint8Array>(keys.vector(space.id, `${OID}1`));
  assert.deepEqual([taken.embedded, (await stored())!.value], [0, vector]);
  await door.command({ command: "UNDO" });
  assert.equal(await stored(), null);
  const own = new Uint8Array(embedByHashing(text).buffer);
  for (
    const [lines, what] of [
      [archiveOf([{ ...memory, vector }], { space: { ...space, id: "another" } }), "another space"],
      [archiveOf([memory], { space: undefined }), "no vectors"],
    ] as const
  ) {
    const told: string[] = [];
    const made = await take(test, lines, "refuse", { onProgress: ({ phase }) => told.push(phase) });
    assert.deepEqual([made.embedded, (await stored())!.value], [1, own], what);
    assert.deepEqual(told, ["embedding", "writing"]);
    assert.equal((await door.recall({ q: "lighthouse coat" }))[0]?.oid, `${OID}1`);
    await door.command({ command: "UNDO" });
  }
  const short = await refusal(take(test, archiveOf([{ ...memory, vector: new Uint8Array(8) }])));
  assert.equal(short.code, "archive_invalid");
});

Deno.test("EX8 an object whose stored form is damaged has its line, and whoever takes the archive in is told", async () => {
  await using test = await openTestImage();
  const { store } = test.image;
  const oid = `${OID}5`;
  await store.commit(
    { who: "test", why: "damage" },
    (thought) => thought.set(keys.object(oid), { no: "object" }),
  );
  const lines = await linesOf(test);
  assert.match(lines.find((line) => line.includes(oid))!, /"damaged":".*not an object's/);
  assert.equal(JSON.parse(lines.at(-1)!).counts.damaged, 1);
  await using other = await openTestImage();
  const report = await take(other, lines, "skip");
  assert.deepEqual(report.damaged, [oid]);
});

Deno.test("EX9 more memories than one thought takes in are refused before any is embedded", async () => {
  await using test = await openTestImage();
  const many = Array.from({ length: 20_001 }, (_, n) => {
    const oid = `${OID.slice(0, -5)}${String(n).padStart(6, "0")}`;
    return record(1, { text_chunk: data(`memory ${n}`) }, { oid });
  });
  const told: string[] = [];
  const onProgress: ImportOptions["onProgress"] = ({ phase }) => told.push(phase);
  const refused = await refusal(take(test, archiveOf(many), "refuse", { onProgress }));
  assert.deepEqual([refused.code, refused.details, told], [
    "too_large",
    { count: 20_001, limit: 20_000 },
    [],
  ]);
});
