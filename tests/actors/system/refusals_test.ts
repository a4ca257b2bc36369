import assert from "node:assert/strict";
import { forgetAnswers } from "../../../actors/world/mod.ts";
import { keys, type Store } from "../../../kv/mod.ts";
import { hasErrorShape } from "../../../ui/door/mod.ts";
import type { CommandInput, ObjectView, WireValue } from "../../../ui/protocol.ts";
import { checkImage } from "../../../scripts/torture/check_image.ts";
import { openTestImage, type TestImage } from "../../support/image.ts";

/** Everything in the store, the bookkeeping of versions apart, which is written behind. */
async function everything(store: Store): Promise<string> {
  const lines: string[] = [];
  for (
    const family of [
      "object",
      "name",
      "child",
      "morph",
      "vector",
      "log",
      "part",
      "redo",
      "blob",
      "idempotency",
    ]
  ) {
    for await (const { key, versionstamp } of store.list([family])) {
      lines.push(`${key.join("/")} ${versionstamp}`);
    }
  }
  return lines.join("\n");
}

/** The error has the shape of every error, with the code that is expected, and the image is as it was. */
async function refused(test: TestImage, code: string, attempt: () => Promise<unknown>): Promise<Error> {
  const before = await everything(test.image.store);
  const error = await attempt().then(() => null, (reason) => reason);
  assert.ok(error instanceof Error, `${code}: it was not refused`);
  assert.ok(hasErrorShape(error), `${code}: ${error.stack}`);
  assert.equal(error.code, code, error.message);
  assert.ok(
    error.message.length > 0 && error.message.length < 2_000,
    `${code}: ${error.message.length} characters`,
  );
  assert.equal(await everything(test.image.store), before, `${code}: the image was changed`);
  return error;
}

const command = (test: TestImage, input: CommandInput) => () => test.door.command(input);
const set = (test: TestImage, slot: string, value: unknown) =>
  command(test, { command: "SET_SLOT", object: "counter", slot, value: value as WireValue });

Deno.test("SY10 what names nothing is not found, by name, by oid, in a reference and as a parent", async () => {
  await using test = await openTestImage();
  const { door } = test;
  const nobody = "01990000-0000-7000-8000-000000000000";
  const attempts: CommandInput[] = [nobody, "nobody", "squ\u0430re", "SQUARE", "__proto__"].flatMap((
    object,
  ) => [
    { command: "SET_SLOT", object, slot: "a", value: 1 },
    { command: "SET_SLOTS", object, slots: { a: 1 } },
    { command: "SET_SLOTS", object: "counter", slots: { a: 1, b: { $ref: object } } },
    { command: "REMOVE_SLOT", object, slot: "a" },
    { command: "RENAME", object, name: "b" },
    { command: "CLONE", object },
    { command: "EXTEND", object },
    { command: "DELETE", object },
    { command: "MOVE_MORPH", object, x: 0, y: 0 },
    { command: "SEND", receiver: object, selector: "area" },
    { command: "SET_SLOT", object: "counter", slot: "a", value: { $ref: object } },
    { command: "SET_SLOT", object: "counter", slot: "parent*", value: [object] },
  ]);
  for (const attempt of attempts) await refused(test, "not_found", command(test, attempt));
  for (const name of [nobody, "nobody", "x".repeat(100_000), "\ud800", ""]) {
    await refused(test, "not_found", () => door.object(name));
    await refused(test, "not_found", () => door.children(name));
  }
  await refused(test, "not_found", set(test, "a", { $ref: "x".repeat(100_000) }));
  await refused(
    test,
    "not_found",
    command(test, { command: "UNDO", position: "000001-000000000000000fffff-0000" }),
  );
});

Deno.test("SY10 what cannot be stored is refused with the reason, and the figure where there is a limit", async () => {
  await using test = await openTestImage();
  let deep: WireValue = 1;
  for (let depth = 0; depth < 40; depth++) deep = [deep];
  const values: unknown[] = [
    { $ref: 5 },
    { $ref: "square", also: 1 },
    { $method: "" },
    { $method: 7 },
    { $native: null },
    { $unknown: 1 },
    { $ref: "square", $method: "() => 1" },
    deep,
    "x".repeat(1_048_577),
    Array.from({ length: 300_000 }, () => "four"),
  ];
  for (const value of values) await refused(test, "slot_invalid", set(test, "a", value));
  const large = await refused(test, "slot_invalid", set(test, "a", "é".repeat(600_000)));
  assert.match(large.message, /1048576 bytes.*1200002/);
  await refused(test, "slot_invalid", set(test, "a", { $method: "(self) => {" }));
  const several = (slots: Record<string, unknown>) =>
    command(test, { command: "SET_SLOTS", object: "counter", slots: slots as Record<string, WireValue> });
  await refused(test, "slot_invalid", several({ a: 1, b: values[0] }));
  await refused(test, "slot_name_invalid", several({ a: 1, "1st": 1 }));
  const proved = await refused(test, "slot_invalid", several({ a: 1, b: { $method: "(self) => 1" } }));
  assert.match(proved.message, /"b" as a method is set by itself/);
  for (
    const slot of ["__proto__", "constructor", "prototype", "1st", "a\u0000b", "a\nb", "\ud800", "🙂", " a"]
  ) {
    await refused(test, "slot_name_invalid", set(test, slot, 1));
  }
  let bottomless: WireValue = 1;
  for (let depth = 0; depth < 100_000; depth++) bottomless = [bottomless];
  const circle: Record<string, unknown> = {};
  circle.again = [circle, circle];
  const shapes = [
    bottomless,
    circle,
    JSON.parse('{"__proto__": {"polluted": true}, "a": 1}'),
    Number.NaN,
    Infinity,
    undefined,
    10n,
    new Date(),
    new Map(),
    () => 1,
    { a: [{ b: undefined }] },
    "half \ud800",
    [{ "\ud800": 1 }],
    { a: ["\udfff"] },
  ];
  for (const value of shapes) await refused(test, "wrong_shape", set(test, "a", value));
  assert.equal(({} as Record<string, unknown>).polluted, undefined);
  const { result } = await test.door.command({
    command: "SET_SLOT",
    object: "counter",
    slot: "große_größe",
    value: { constructor: 1, toString: "x", "": [null], "\ud83d\ude00": "\udbff\udfff" },
  });
  assert.deepEqual((result as ObjectView).slots["große_größe"], {
    constructor: 1,
    toString: "x",
    "": [null],
    "\ud83d\ude00": "\udbff\udfff",
  });
});

Deno.test("SY10 what is no command is refused by its shape", async () => {
  await using test = await openTestImage();
  const shapes: unknown[] = [
    null,
    "SEND",
    {},
    { command: "FLY" },
    { command: "SEND", receiver: "square" },
    { command: "SEND", receiver: "", selector: "area" },
    { command: "SEND", receiver: "square", selector: "area", surprise: 1 },
    { command: "SEND", receiver: "square", selector: "area", arguments: Array.from({ length: 33 }, () => 0) },
    { command: "MOVE_MORPH", object: "square", x: 1e9, y: 0 },
    { command: "MOVE_MORPH", object: "square", x: "1", y: 0 },
    { command: "UNDO", position: "yesterday" },
    { command: "SET_SLOT", object: "square", slot: "a", value: 1, expected: "now" },
    { command: "SET_SLOTS", object: "square", slots: {} },
    { command: "SET_SLOTS", object: "square", slots: { "": 1 } },
    {
      command: "SET_SLOTS",
      object: "square",
      slots: Object.fromEntries(Array.from({ length: 65 }, (_, n) => [`a${n}`, n])),
    },
    { command: "REMEMBER", text: "" },
    { command: "REMEMBER", text: "x".repeat(100_001) },
    { command: "REMEMBER_MANY", memories: [] },
    { command: "CLONE", object: "x".repeat(201) },
  ];
  for (const shape of shapes) {
    await refused(test, "wrong_shape", () => test.door.command(shape as CommandInput));
  }
  await refused(test, "invalid_argument", command(test, { command: "REMEMBER", text: "   " }));
});

Deno.test("SY10 names that are taken or cannot be names are refused", async () => {
  await using test = await openTestImage();
  await refused(test, "name_taken", command(test, { command: "RENAME", object: "square", name: "counter" }));
  await refused(test, "name_taken", command(test, { command: "CLONE", object: "square", name: "counter" }));
  await refused(
    test,
    "name_taken",
    command(test, { command: "EXTEND", object: "square", name: " counter " }),
  );
  const impossible = [
    "   ",
    "a\u0000b",
    "01990000-0000-7000-8000-000000000000",
    "half \ud800",
    "line\nbreak",
    ".",
    "..",
  ];
  for (const name of impossible) {
    await refused(test, "name_invalid", command(test, { command: "RENAME", object: "square", name }));
    await refused(test, "name_invalid", command(test, { command: "CLONE", object: "square", name }));
  }
  const question = { command: "USER_QUERY_REQUEST", query_text: "Hello?" } as const;
  for (const thread of ["a\u0007b", "x".repeat(200)]) {
    await refused(test, "name_invalid", command(test, { ...question, thread }));
  }
});

Deno.test("SY10 delegation that comes back, is too deep or too wide is refused, and so is a parent's end", async () => {
  await using test = await openTestImage();
  const parents = (object: string, value: WireValue) =>
    command(test, { command: "SET_SLOT", object, slot: "parent*", value });
  await refused(test, "parent_cycle", parents("genesis", ["square"]));
  await refused(test, "parent_cycle", parents("shape", ["genesis", "square"]));
  await refused(test, "parent_cycle", parents("square", [{ $ref: "square" }]));
  await refused(test, "slot_invalid", parents("square", [7]));
  await refused(test, "slot_invalid", parents("square", { parents: [] }));
  await refused(test, "has_children", command(test, { command: "DELETE", object: "shape" }));
  const names = Array.from({ length: 17 }, (_, n) => `part ${n}`);
  for (const name of names) await test.door.command({ command: "EXTEND", object: "genesis", name });
  await refused(test, "too_many_parents", parents("square", names));
  let below = "genesis";
  for (let depth = 1; depth <= 64; depth++) {
    const { result } = await test.door.command({ command: "EXTEND", object: below, name: `depth ${depth}` });
    below = (result as ObjectView).oid;
  }
  await refused(test, "chain_too_deep", command(test, { command: "EXTEND", object: below }));
});

Deno.test("SY10 a message nobody understands names what exists, whatever the selector is", async () => {
  await using test = await openTestImage();
  const send = (selector: string, args: WireValue[] = []) =>
    command(test, { command: "SEND", receiver: "square", selector, arguments: args });
  const selectors = [
    "aera",
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "\u0430rea",
    "are\u0301a",
    "\ud800",
  ];
  for (const selector of [...selectors, "a\u0000", "🙂", "x".repeat(200)]) {
    const error = await refused(test, "not_understood", send(selector));
    assert.deepEqual((error as Error & { details: { searched: string[] } }).details.searched, [
      "square",
      "rectangle",
      "shape",
      "genesis",
    ]);
  }
  await refused(test, "invalid_argument", send("width", [1]));
  await refused(test, "invalid_argument", send("scale", ["twice"]));
  // Fifty times the largest number is none that JSON can hold.
  await test.door.command({ command: "SET_SLOT", object: "square", slot: "width", value: 50 });
  await refused(test, "slot_invalid", send("scale", [1e308]));
  await refused(test, "invalid_argument", send("understands", [7]));
});

Deno.test("SY10 a stale expectation is refused by every command that names an object", async () => {
  await using test = await openTestImage();
  const { door } = test;
  const { position } = await door.object("counter");
  await door.command({ command: "SET_SLOT", object: "counter", slot: "count", value: 1 });
  const expected = position!;
  const stale: CommandInput[] = [
    { command: "SET_SLOT", object: "counter", slot: "count", value: 2, expected },
    { command: "SET_SLOTS", object: "counter", slots: { count: 2, step: 3 }, expected },
    { command: "REMOVE_SLOT", object: "counter", slot: "count", expected },
    { command: "RENAME", object: "counter", name: "other", expected },
    { command: "CLONE", object: "counter", expected },
    { command: "EXTEND", object: "counter", expected },
    { command: "DELETE", object: "counter", expected },
    { command: "MOVE_MORPH", object: "counter", x: 1, y: 1, expected },
    { command: "SEND", receiver: "counter", selector: "increment", expected },
    { command: "SEND", receiver: "counter", selector: "count", expected },
  ];
  for (const input of stale) {
    const error = await refused(test, "stale", command(test, input));
    const { details } = error as Error & { details: Record<string, unknown> };
    assert.equal(details.expected, expected);
    assert.ok(String(details.current) > expected);
  }
  const now = (await door.object("counter")).position!;
  await door.command({ command: "SEND", receiver: "counter", selector: "increment", expected: now });
  await refused(
    test,
    "stale",
    command(test, { command: "SEND", receiver: "counter", selector: "increment", expected: now }),
  );
});

Deno.test("SY10 of many who expect the same position, one alone is heard", async () => {
  await using test = await openTestImage();
  const { door } = test;
  const expected = (await door.object("counter")).position!;
  const attempts = Array.from(
    { length: 8 },
    (_, n): CommandInput =>
      n % 2 === 0
        ? { command: "SET_SLOT", object: "counter", slot: "count", value: n + 1, expected }
        : { command: "SEND", receiver: "counter", selector: "increment", expected },
  );
  const outcomes = await Promise.allSettled(attempts.map((input) => door.command(input)));
  const heard = outcomes.filter(({ status }) => status === "fulfilled");
  assert.equal(heard.length, 1);
  for (const outcome of outcomes) {
    if (outcome.status === "rejected") assert.equal(outcome.reason.code, "stale", String(outcome.reason));
  }
});

Deno.test("SY10 an undo that would lose something, or has nothing to act on, is refused", async () => {
  await using test = await openTestImage();
  const { door } = test;
  await refused(test, "nothing_to_undo", command(test, { command: "UNDO" }));
  await refused(test, "nothing_to_redo", command(test, { command: "REDO" }));
  const [genesis] = await door.log({ limit: 1 });
  await refused(test, "undo_refused", command(test, { command: "UNDO", position: genesis!.position }));
  const first = await door.command({ command: "SET_SLOT", object: "counter", slot: "count", value: 1 });
  await door.command({ command: "SET_SLOT", object: "counter", slot: "count", value: 2 });
  await refused(test, "undo_refused", command(test, { command: "UNDO", position: first.position }));
  const { position } = await door.command({ command: "EXTEND", object: "counter", name: "meter" });
  await door.command({ command: "EXTEND", object: "meter", name: "gauge" });
  await refused(test, "has_children", command(test, { command: "UNDO", position }));
});

Deno.test("SY10 a quarantined object takes no message and no change, shows why, and everything else lives", async () => {
  await using test = await openTestImage();
  const { door, image } = test;
  const { oid } = await door.object("rectangle");
  const torn = { machine: "object", version: 99, snapshot: { from: "the future" } };
  await image.store.commit({ who: "test", why: "tear it" }, (thought) => thought.set(keys.object(oid), torn));
  const attempts: CommandInput[] = [
    { command: "SEND", receiver: oid, selector: "area" },
    { command: "SEND", receiver: "square", selector: "area" },
    { command: "SET_SLOT", object: oid, slot: "a", value: 1 },
    { command: "RENAME", object: oid, name: "other" },
    { command: "CLONE", object: oid },
    { command: "EXTEND", object: "rectangle" },
    { command: "MOVE_MORPH", object: oid, x: 0, y: 0 },
  ];
  for (const attempt of attempts) await refused(test, "quarantined", command(test, attempt));
  const view = await door.object("rectangle");
  assert.equal(view.state, "quarantined");
  assert.match(view.reason!, /version 99/);
  const health = await door.health();
  assert.equal(health.image.quarantined, 1);
  assert.ok(health.degraded.some(({ part, reason }) => part === "image" && reason.includes(oid)));
  assert.equal((await door.command({ command: "SEND", receiver: "shape", selector: "area" })).result, 12);
  assert.deepEqual((await image.store.get(keys.object(oid)))?.value, torn);
  await door.command({ command: "UNDO" });
  assert.equal((await door.command({ command: "SEND", receiver: "rectangle", selector: "area" })).result, 24);
  assert.equal((await door.health()).image.quarantined, 0);
  assert.deepEqual(await checkImage(image.store), []);
});

Deno.test("SY10 a command repeated under its key gives its first answer, also when the object is gone or renamed", async () => {
  await using test = await openTestImage();
  const { door, image } = test;
  const inputs: CommandInput[] = [
    { command: "SET_SLOT", object: "counter", slot: "count", value: 5 },
    { command: "SEND", receiver: "counter", selector: "increment" },
    { command: "RENAME", object: "counter", name: "meter" },
    { command: "REMOVE_SLOT", object: "meter", slot: "count" },
    { command: "DELETE", object: "greeter" },
    { command: "REMEMBER", text: "once" },
    { command: "UNDO" },
  ];
  for (const [n, input] of inputs.entries()) {
    const options = { idempotencyKey: `key ${n}` };
    const first = await door.command(input, options);
    const head = image.store.position;
    const second = await door.command(input, options);
    assert.equal(second.position, first.position, input.command);
    assert.equal(image.store.position, head, input.command);
    if (input.command !== "REMEMBER") assert.deepEqual(second.result, first.result, input.command);
  }
  const options = { idempotencyKey: "at the same moment" };
  const answers = await Promise.all(
    Array.from(
      { length: 6 },
      () => door.command({ command: "EXTEND", object: "genesis", name: "one" }, options),
    ),
  );
  assert.equal(new Set(answers.map(({ position }) => position)).size, 1);
});

Deno.test("SY10 answers to repeated requests are forgotten after their time, and the request is new again", async () => {
  await using test = await openTestImage();
  const { door, image } = test;
  const clone = (n: number) =>
    door.command({ command: "CLONE", object: "counter" }, { idempotencyKey: `key ${n}` });
  for (let n = 0; n < 5; n++) await clone(n);
  assert.equal(await forgetAnswers(image.store, Date.now() - 60_000), 0);
  const again = await clone(0);
  assert.equal((again.result as ObjectView).name, "counter 2");
  assert.equal(await forgetAnswers(image.store, Date.now() + 1_000), 5);
  assert.equal(((await clone(0)).result as ObjectView).name, "counter 7");
  assert.deepEqual(await checkImage(image.store), []);
});
