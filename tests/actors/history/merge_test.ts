import assert from "node:assert/strict";
import fc from "fast-check";
import { mergeObject, type Side } from "../../../actors/history/merge_object.ts";
import { MergeError } from "../../../actors/errors.ts";
import type { ObjectContext } from "../../../actors/object/mod.ts";
import type { CommandInput, ObjectView } from "../../../ui/protocol.ts";
import { openTestImage, type TestImage } from "../../support/image.ts";

const state: fc.Arbitrary<ObjectContext | null> = fc.option(
  fc.record({
    name: fc.constantFrom("one", "two"),
    parents: fc.constantFrom<string[]>([], ["p"]),
    slots: fc.dictionary(fc.constantFrom("a", "b"), fc.nat(2), { maxKeys: 2 }),
  }).map(({ name, parents, slots }) => ({
    oid: "o",
    name,
    parents,
    slots: Object.fromEntries(
      Object.entries(slots).map(([slot, value]) => [slot, { kind: "data" as const, value }]),
    ),
    createdAt: 1,
    reason: null,
  })),
  { freq: 4 },
);

/** The fields of a state as texts; absent for one that is not there. */
function fields(context: ObjectContext | null): Map<string, string> {
  if (context === null) return new Map();
  const slots = Object.entries(context.slots).map((
    [slot, value],
  ): [string, string] => [slot, JSON.stringify(value)]);
  return new Map([["name*", String(context.name)], ["parent*", context.parents.join()], ...slots]);
}

Deno.test("HI6 three ways: what one side changed is taken, what both changed differently is a conflict, and a choice decides it", () => {
  fc.assert(
    fc.property(
      state,
      state,
      state,
      fc.constantFrom<Side | undefined>("ours", "theirs", undefined),
      (base, ours, theirs, side) => {
        const { result, conflicts } = mergeObject({ base, ours, theirs }, () => side);
        const [was, here, there, now] = [base, ours, theirs, result].map(fields) as [
          Map<string, string>,
          Map<string, string>,
          Map<string, string>,
          Map<string, string>,
        ];
        const whole = [base, ours, theirs].some((each) => each === null);
        const equal = (a: Map<string, string>, b: Map<string, string>) =>
          JSON.stringify([...a].sort()) === JSON.stringify([...b].sort());
        if (equal(there, was)) return assert.deepEqual([now, conflicts], [here, []]);
        if (equal(here, was)) return assert.deepEqual([now, conflicts], [there, []]);
        if (whole && (ours === null || theirs === null)) {
          if (equal(here, there)) return assert.deepEqual(conflicts, []);
          assert.deepEqual(conflicts.map(({ field }) => field), side === undefined ? ["object*"] : []);
          return assert.deepEqual(now, side === "theirs" ? there : here);
        }
        const differing = new Set<string>();
        for (const field of new Set([...was.keys(), ...here.keys(), ...there.keys()])) {
          const [b, o, t] = [was.get(field), here.get(field), there.get(field)];
          const both = o !== b && t !== b && o !== t;
          if (both) differing.add(field);
          const expected = both ? (side === "theirs" ? t : o) : t === b ? o : t;
          assert.equal(now.get(field), expected, field);
        }
        assert.deepEqual(
          new Set(conflicts.map(({ field }) => field)),
          side === undefined ? differing : new Set(),
        );
      },
    ),
    { numRuns: 1_000 },
  );
});

interface Pair extends AsyncDisposable {
  readonly ours: TestImage;
  readonly folder: string;
  /** Runs commands in the fork, which is closed afterwards. */
  inFork(...commands: CommandInput[]): Promise<void>;
  here(...commands: CommandInput[]): Promise<void>;
  view(name: string): Promise<ObjectView>;
}

async function forked(): Promise<Pair> {
  const parent = await Deno.makeTempDir({ prefix: "telos-merge-" });
  const ours = await openTestImage();
  const folder = `${parent}/fork`;
  await ours.door.command({ command: "FORK", folder });
  return {
    ours,
    folder,
    async inFork(...commands) {
      await using fork = await openTestImage({ folder });
      for (const command of commands) await fork.door.command(command);
    },
    async here(...commands) {
      for (const command of commands) await ours.door.command(command);
    },
    view: (name) => ours.door.object(name),
    async [Symbol.asyncDispose]() {
      await ours[Symbol.asyncDispose]();
      await Deno.remove(parent, { recursive: true });
    },
  };
}

Deno.test("HI7 a merge takes what the fork did as one thought, with what it refers to, where it stands and what it remembers; one undo takes it back", async () => {
  await using pair = await forked();
  const { ours, folder } = pair;
  await pair.inFork(
    { command: "EXTEND", object: "genesis", name: "bulb" },
    { command: "EXTEND", object: "square", name: "lamp" },
    { command: "SET_SLOT", object: "lamp", slot: "light", value: { $ref: "bulb" } },
    { command: "MOVE_MORPH", object: "lamp", x: 77, y: 88 },
    { command: "SET_SLOT", object: "square", slot: "width", value: 50 },
    { command: "EXTEND", object: "genesis", name: "left alone" },
    { command: "REMEMBER", text: "The lamp stands in the blue room" },
  );
  await pair.here({ command: "SET_SLOT", object: "square", slot: "height", value: 9 });
  const before = (await ours.door.health()).image.position!;
  const { result, position } = await ours.door.command({
    command: "MERGE",
    folder,
    objects: ["lamp", "square"],
  });
  const { objects } = result as { objects: { name: string; change: string }[] };
  assert.deepEqual(objects.map(({ name, change }) => `${name} ${change}`).sort(), [
    "bulb made",
    "lamp made",
    "square changed",
  ]);
  assert.deepEqual((await ours.door.log({ after: before })).map(({ kind }) => kind), ["merge"]);
  const lamp = await pair.view("lamp");
  assert.deepEqual(lamp.slots.light, { $ref: (await pair.view("bulb")).oid });
  assert.deepEqual([(await pair.view("square")).slots.width, (await pair.view("square")).slots.height], [
    50,
    9,
  ]);
  const place = (await ours.door.canvas("main")).morphs.find(({ oid }) => oid === lamp.oid);
  assert.deepEqual([place?.x, place?.y], [77, 88]);
  await assert.rejects(ours.door.object("left alone"), /no object/);
  await ours.door.command({ command: "UNDO", position });
  await assert.rejects(ours.door.object("lamp"), /no object/);
  assert.equal((await pair.view("square")).slots.width, 5);
  await ours.door.command({ command: "MERGE", folder });
  assert.equal(
    (await ours.door.recall({ q: "where does the lamp stand" }))[0]?.text,
    "The lamp stands in the blue room",
  );
  const again = await ours.door.command({ command: "MERGE", folder });
  assert.deepEqual(
    (again.result as { objects: unknown[] }).objects,
    [],
    "a second time there is nothing to merge",
  );
});

Deno.test("HI8 conflicts are listed, field by field, and nothing is written until each is decided", async () => {
  await using pair = await forked();
  const { ours, folder } = pair;
  await pair.inFork(
    { command: "SET_SLOT", object: "square", slot: "width", value: 50 },
    { command: "SET_SLOT", object: "square", slot: "height", value: 60 },
    { command: "SET_SLOT", object: "counter", slot: "count", value: 7 },
    { command: "DELETE", object: "greeter" },
  );
  await pair.here(
    { command: "SET_SLOT", object: "square", slot: "width", value: 500 },
    { command: "SET_SLOT", object: "greeter", slot: "doc", value: "greets" },
  );
  const before = (await ours.door.health()).image.position!;
  await assert.rejects(ours.door.command({ command: "MERGE", folder }), (error) => {
    assert.ok(error instanceof MergeError);
    const conflicts = error.details.conflicts as {
      name: string;
      field: string;
      ours?: unknown;
      theirs?: unknown;
      base?: unknown;
    }[];
    assert.deepEqual(
      conflicts.map(({ name, field, base, ours, theirs }) => [name, field, base, ours, theirs]).sort(),
      [["greeter", "object*", undefined, undefined, undefined], ["square", "width", 5, 500, 50]],
    );
    return true;
  });
  assert.equal((await ours.door.health()).image.position, before, "nothing was written");
  assert.equal((await pair.view("counter")).slots.count, 0);
  const greeter = (await pair.view("greeter")).oid;
  await ours.door.command({
    command: "MERGE",
    folder,
    prefer: "ours",
    choices: [{ object: "square", field: "width", take: "theirs" }, { object: greeter, take: "ours" }],
  });
  const { slots } = await pair.view("square");
  assert.deepEqual([slots.width, slots.height], [50, 60]);
  assert.equal((await pair.view("counter")).slots.count, 7);
  assert.equal((await pair.view("greeter")).slots.doc, "greets");
});

Deno.test("HI8 a name that is another's here, and what comes needing what was deleted here, are conflicts too", async () => {
  await using pair = await forked();
  const { ours, folder } = pair;
  await pair.inFork(
    { command: "EXTEND", object: "genesis", name: "lamp" },
    { command: "SET_SLOT", object: "lamp", slot: "watts", value: 60 },
    { command: "EXTEND", object: "greeter", name: "polite" },
  );
  await pair.here(
    { command: "EXTEND", object: "genesis", name: "lamp" },
    { command: "DELETE", object: "greeter" },
  );
  await assert.rejects(ours.door.command({ command: "MERGE", folder }), (error) => {
    assert.ok(error instanceof MergeError);
    const fields = (error.details.conflicts as { name: string; field: string }[]).map(({ name, field }) =>
      `${name} ${field}`
    );
    assert.deepEqual(fields.sort(), ["greeter object*", "lamp name*"]);
    return true;
  });
  await ours.door.command({ command: "MERGE", folder, prefer: "theirs" });
  assert.equal((await pair.view("lamp")).slots.watts, 60);
  assert.equal((await pair.view("lamp 2")).slots.watts, undefined);
  assert.deepEqual((await pair.view("polite")).parents, [(await pair.view("greeter")).oid]);
  await ours.door.command({ command: "UNDO" });
  await ours.door.command({ command: "MERGE", folder, objects: ["lamp"], prefer: "ours" });
  assert.equal((await pair.view("lamp")).slots.watts, undefined);
  assert.equal((await pair.view("lamp 2")).slots.watts, 60);
});

Deno.test("HI9 what is no fork of this image, not there, or open elsewhere, is refused in words", async () => {
  await using pair = await forked();
  const { ours, folder } = pair;
  const merge = (folder: string, objects?: string[]) =>
    ours.door.command({ command: "MERGE", folder, ...(objects === undefined ? {} : { objects }) });
  await assert.rejects(merge(`${folder}-none`), /no image in the folder/);
  await assert.rejects(merge(folder, ["nobody"]), /no object in the fork "nobody"/);
  {
    await using _open = await openTestImage({ folder });
    await assert.rejects(merge(folder), /has it open/);
  }
  await using other = await openTestImage();
  await assert.rejects(other.door.command({ command: "MERGE", folder }), /must be a fork of this one/);
  await pair.inFork({ command: "SET_SLOT", object: "square", slot: "width", value: 50 });
  await pair.here({ command: "SET_SLOT", object: "square", slot: "height", value: 1 });
  await pair.here({ command: "PRUNE", before: (await ours.door.health()).image.position! });
  await assert.rejects(merge(folder), /history begins at/);
});
