import assert from "node:assert/strict";
import fc from "fast-check";
import { v7 as uuidv7 } from "uuid";
import { UndoError } from "../../../actors/errors.ts";
import {
  create,
  redo,
  remove,
  rename,
  setSlot,
  undo,
  viewObject,
  type World,
} from "../../../actors/world/mod.ts";
import { info, openTestWorld, set, undoRequest } from "../../support/world.ts";

Deno.test("AC30 undo puts back what the last thought changed, and redo does it again", async () => {
  await using test = await openTestWorld();
  const { world } = test;
  await set(world, "square", "width", 6);
  await set(world, "square", "width", 7);
  await undo(undoRequest(world));
  assert.equal(await world.send("square", "width"), 6);
  await undo(undoRequest(world));
  assert.equal(await world.send("square", "width"), 5);
  await redo(undoRequest(world));
  assert.equal(await world.send("square", "width"), 6);
  await redo(undoRequest(world));
  assert.equal(await world.send("square", "width"), 7);
  await assert.rejects(redo(undoRequest(world)), UndoError);
  test.world.registry.hear();
  assert.deepEqual(test.drifted, []);
});

Deno.test("AC30 something new ends what can be redone", async () => {
  await using test = await openTestWorld();
  const { world } = test;
  await set(world, "square", "width", 6);
  await undo(undoRequest(world));
  await set(world, "counter", "count", 1);
  await assert.rejects(
    redo(undoRequest(world)),
    (error) => error instanceof UndoError && error.code === "nothing_to_redo",
  );
});

Deno.test("AC30 the ground of a new image is not undone", async () => {
  await using test = await openTestWorld();
  await assert.rejects(
    undo(undoRequest(test.world)),
    (error) => error instanceof UndoError && error.code === "nothing_to_undo",
  );
});

Deno.test("AC31 an undo that would lose later changes is refused and lists them", async () => {
  await using test = await openTestWorld();
  const { world } = test;
  const first = await set(world, "square", "width", 6);
  await set(world, "square", "height", 9);
  await set(world, "counter", "count", 4);
  await assert.rejects(undo(undoRequest(world), first.position), (error) => {
    assert.ok(error instanceof UndoError);
    assert.deepEqual((error.details.later as { why: string }[]).map(({ why }) => why), ["set square height"]);
    return true;
  });
  assert.equal(await world.send("square", "width"), 6);
});

Deno.test("AC31 a later change that was itself undone does not stand in the way", async () => {
  await using test = await openTestWorld();
  const { world } = test;
  const first = await set(world, "square", "width", 6);
  await set(world, "square", "width", 7);
  await undo(undoRequest(world));
  await undo(undoRequest(world), first.position);
  assert.equal(await world.send("square", "width"), 5);
});

Deno.test("AC32 a deleted object comes back with its name, its place in the chain and its children's index", async () => {
  await using test = await openTestWorld();
  const { world } = test;
  const before = await viewObject(world, "square");
  await world.thought(info, (tx) => remove(tx, before.oid, false));
  assert.equal(await world.find("square"), null);
  await undo(undoRequest(world));
  const after = await viewObject(world, "square");
  assert.deepEqual({ ...after, position: null, versionstamp: null }, {
    ...before,
    position: null,
    versionstamp: null,
  });
  const rectangle = await world.resolve("rectangle");
  await assert.rejects(
    world.thought(info, (tx) => remove(tx, rectangle, false)),
    /as 1 object has it as parent/,
  );
});

type Step = { do: "set"; object: number; value: number } | {
  do: "make" | "delete" | "rename";
  object: number;
} | {
  do: "undo" | "redo";
};

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("set" as const), object: fc.nat(3), value: fc.nat(9) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom("make" as const, "delete" as const, "rename" as const),
      object: fc.nat(3),
    }),
  },
  { weight: 3, arbitrary: fc.constantFrom<Step>({ do: "undo" }, { do: "redo" }) },
);

/** The plainest possible undo: whole states on two stacks. */
class Oracle {
  state: Record<string, { name: string; value: number }> = {};
  #undo: (typeof this.state)[] = [];
  #redo: (typeof this.state)[] = [];
  change(next: typeof this.state): void {
    this.#undo.push(this.state);
    this.#redo = [];
    this.state = next;
  }
  undo(): boolean {
    const back = this.#undo.pop();
    if (back === undefined) return false;
    this.#redo.push(this.state);
    this.state = back;
    return true;
  }
  redo(): boolean {
    const on = this.#redo.pop();
    if (on === undefined) return false;
    this.#undo.push(this.state);
    this.state = on;
    return true;
  }
}

Deno.test("AC33 any run of changes, undos and redos ends where two stacks of whole states end", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { minLength: 1, maxLength: 25 }), async (script) => {
      await using test = await openTestWorld({ empty: true });
      const { world } = test;
      const oids = Array.from({ length: 4 }, () => uuidv7());
      const oracle = new Oracle();
      let names = 0;
      for (const step of script) await play(step);
      for (const oid of oids) {
        const known = oracle.state[oid];
        const context = (await world.registry.load(oid))?.context ?? null;
        assert.equal(context?.name ?? null, known?.name ?? null);
        assert.equal(context === null ? null : await world.send(oid, "value"), known?.value ?? null);
        if (known !== undefined) assert.equal(await world.find(known.name), oid);
      }
      test.world.registry.hear();
      assert.deepEqual(test.drifted, []);

      async function play(step: Step): Promise<void> {
        if (!("object" in step)) {
          const done = await (step.do === "undo" ? undo(undoRequest(world)) : redo(undoRequest(world))).then(
            () => true,
            (error) => {
              assert.ok(error instanceof UndoError, String(error));
              return false;
            },
          );
          assert.equal(done, step.do === "undo" ? oracle.undo() : oracle.redo(), step.do);
          return;
        }
        const oid = oids[step.object]!;
        const known = oracle.state[oid];
        const name = `name ${names++}`;
        if (step.do === "make" && known === undefined) {
          const slots = { value: { kind: "data", value: 0 } } as const;
          await world.thought(info, (tx) => create(tx, { oid, at: 1 }, { name, parents: [], slots }));
          oracle.change({ ...oracle.state, [oid]: { name, value: 0 } });
        } else if (known === undefined) return;
        else if (step.do === "set" && known.value !== step.value) {
          await world.thought(info, (tx) => setSlot(tx, oid, "value", step.value));
          oracle.change({ ...oracle.state, [oid]: { ...known, value: step.value } });
        } else if (step.do === "rename") {
          await world.thought(info, (tx) => rename(tx, oid, name));
          oracle.change({ ...oracle.state, [oid]: { ...known, name } });
        } else if (step.do === "delete") {
          await world.thought(info, (tx) => remove(tx, oid, false));
          const { [oid]: _gone, ...rest } = oracle.state;
          oracle.change(rest);
        }
      }
    }),
    { numRuns: 15 },
  );
});

interface Done {
  readonly position: string;
  readonly keys: readonly string[];
  readonly undoes?: string;
  /** The values of all objects before and after. */
  readonly before: Readonly<Record<string, number>>;
  readonly after: Readonly<Record<string, number>>;
}

/** Whether a thought has effect: nothing that has effect takes it back. */
function stands(thoughts: readonly Done[], one: Done): boolean {
  return !thoughts.some((other) => other.undoes === one.position && stands(thoughts, other));
}

Deno.test("AC35 any thought is undone and redone by its position, and no change is lost that was not taken back", async () => {
  const script = fc.array(
    fc.oneof(
      fc.record({ do: fc.constant("set" as const), objects: fc.uniqueArray(fc.nat(2), { minLength: 1 }) }),
      fc.record({ do: fc.constantFrom("undo" as const, "redo" as const), at: fc.nat(1_000) }),
    ),
    { minLength: 4, maxLength: 18 },
  );
  await fc.assert(
    fc.asyncProperty(script, async (steps) => {
      await using test = await openTestWorld({ empty: true });
      const { world } = test;
      const oids = Array.from({ length: 3 }, () => uuidv7());
      await world.thought({ ...info, kind: "genesis" }, async (tx) => {
        const slots = { value: { kind: "data", value: 0 } } as const;
        for (const oid of oids) await create(tx, { oid, at: 1 }, { name: null, parents: [], slots });
      });
      const state = async () =>
        Object.fromEntries(
          await Promise.all(oids.map(async (oid) => [oid, await world.send(oid, "value") as number])),
        );
      const thoughts: Done[] = [];
      for (const [n, step] of steps.entries()) await play(step, n + 1);

      async function play(step: (typeof steps)[number], value: number): Promise<void> {
        const before = await state();
        if (step.do === "set") {
          const touched = step.objects.map((each) => oids[each]!);
          const { position } = await world.thought(info, async (tx) => {
            for (const oid of touched) await setSlot(tx, oid, "value", value);
          });
          thoughts.push({ position, keys: touched, before, after: await state() });
          return;
        }
        if (thoughts.length === 0) return;
        const target = thoughts[step.at % thoughts.length]!;
        try {
          const run = step.do === "undo" ? undo : redo;
          const { position, value: { undone } } = await run(undoRequest(world), target.position);
          const taken = thoughts.find((each) => each.position === undone)!;
          const after = await state();
          for (const oid of taken.keys) {
            assert.equal(before[oid], taken.after[oid], "what is lost is what that thought did, and no more");
            assert.equal(after[oid], taken.before[oid]);
          }
          for (const oid of oids) if (!taken.keys.includes(oid)) assert.equal(after[oid], before[oid]);
          if (step.do === "redo") assert.ok(taken.undoes !== undefined);
          thoughts.push({ position, keys: taken.keys, undoes: undone, before, after });
        } catch (error) {
          assert.ok(error instanceof UndoError, String(error));
          assert.deepEqual(await state(), before);
          const later = thoughts.slice(thoughts.indexOf(target) + 1).filter((each) =>
            each.keys.some((key) => target.keys.includes(key))
          );
          if (step.do === "undo") assert.ok(later.some((each) => stands(thoughts, each)));
          else if (error.code === "nothing_to_redo") {
            assert.ok(!later.some(({ undoes }) => undoes === target.position));
          }
        }
      }
    }),
    { numRuns: 40 },
  );
});

Deno.test("AC24 an undo or a redo that comes again under the same key is given its first answer, with nothing left to do", async () => {
  await using test = await openTestWorld();
  const { world, store } = test;
  await set(world, "square", "width", 6);
  for (const again of [undo, redo]) {
    const request = { ...undoRequest(world), idempotencyKey: { key: again.name } };
    const first = await again(request);
    if (again === undo) await undoAll(world);
    const head = store.position;
    assert.deepEqual(await again(request).then(({ position }) => position), first.position);
    assert.equal(store.position, head);
  }
});

/** Until there is nothing left to go back to. */
async function undoAll(world: World): Promise<void> {
  for (;;) {
    try {
      await undo(undoRequest(world));
    } catch (error) {
      if (error instanceof UndoError && error.code === "nothing_to_undo") return;
      throw error;
    }
  }
}
