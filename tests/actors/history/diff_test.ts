import assert from "node:assert/strict";
import fc from "fast-check";
import { v7 as uuidv7 } from "uuid";
import { diffImage } from "../../../actors/history/mod.ts";
import { diffLines } from "../../../actors/history/line_diff.ts";
import { create, remove, removeSlot, rename, setSlot } from "../../../actors/world/mod.ts";
import { startOfEpoch } from "../../../kv/mod.ts";
import { info, openTestWorld, set } from "../../support/world.ts";

interface Plain {
  readonly name: string;
  readonly slots: Readonly<Record<string, unknown>>;
}
type State = Readonly<Record<string, Plain>>;

const steps = fc.array(
  fc.record({
    do: fc.constantFrom("set" as const, "remove" as const, "rename" as const, "toggle" as const),
    object: fc.nat(2),
    slot: fc.constantFrom("a", "b"),
    value: fc.oneof(fc.nat(2), fc.constant("one\ntwo\nthree"), fc.constant("one\n2\nthree")),
  }),
  { minLength: 2, maxLength: 10 },
);

/** What differs, from whole states: the plainest possible diff. */
function plainDiff(before: State, after: State) {
  return Object.keys({ ...before, ...after }).sort().flatMap((oid) => {
    const [was, is] = [before[oid], after[oid]];
    if (JSON.stringify(was) === JSON.stringify(is)) return [];
    const slots = [...new Set([...Object.keys(was?.slots ?? {}), ...Object.keys(is?.slots ?? {})])].sort()
      .filter((slot) => JSON.stringify(was?.slots[slot]) !== JSON.stringify(is?.slots[slot]))
      .map((slot) => [slot, was?.slots[slot], is?.slots[slot]]);
    const change = was === undefined ? "made" : is === undefined ? "deleted" : "changed";
    const renamed = change === "changed" && was!.name !== is!.name ? [was!.name, is!.name] : null;
    return change === "changed" && renamed === null && slots.length === 0
      ? []
      : [{ oid, change, renamed, slots }];
  });
}

Deno.test("HI1 a diff between any two points, in both directions, tells exactly what differs", async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (script) => {
      await using test = await openTestWorld({ empty: true });
      const { world } = test;
      const oids = Array.from({ length: 3 }, () => uuidv7());
      let state: State = {};
      const history = [{ position: startOfEpoch(1), state }];
      for (const [n, step] of script.entries()) {
        const oid = oids[step.object]!;
        const known = state[oid];
        const name = `name ${n}`;
        const { position } = await world.thought(info, async (tx) => {
          if (known === undefined) await create(tx, { oid, at: 1 }, { name, parents: [], slots: {} });
          else if (step.do === "toggle") await remove(tx, oid, false);
          else if (step.do === "rename") await rename(tx, oid, name);
          else if (step.do === "set") await setSlot(tx, oid, step.slot, step.value);
          else if (step.slot in known.slots) await removeSlot(tx, oid, step.slot);
        });
        const { [oid]: _gone, ...others } = state;
        const { [step.slot]: _slot, ...slots } = known?.slots ?? {};
        if (known === undefined) state = { ...state, [oid]: { name, slots: {} } };
        else if (step.do === "toggle") state = others;
        else if (step.do === "rename") state = { ...state, [oid]: { ...known, name } };
        else if (step.do === "set") {
          state = { ...state, [oid]: { ...known, slots: { ...known.slots, [step.slot]: step.value } } };
        } else state = { ...state, [oid]: { ...known, slots } };
        history.push({ position, state });
      }
      for (const from of history) {
        for (const to of history) {
          const diff = await diffImage(world.store, { from: from.position, to: to.position });
          const told = diff.objects.map(({ oid, change, renamed, slots }) => ({
            oid,
            change,
            renamed: renamed === undefined ? null : [renamed.before, renamed.after],
            slots: slots.map(({ slot, before, after }) => [slot, before, after]),
          })).sort((a, b) => a.oid < b.oid ? -1 : 1);
          assert.deepEqual(told, plainDiff(from.state, to.state));
          const [oid] = oids;
          const one = await diffImage(world.store, { from: from.position, to: to.position, oid });
          assert.deepEqual(one.objects, diff.objects.filter((each) => each.oid === oid));
        }
      }
    }),
    { numRuns: 8 },
  );
});

Deno.test("HI2 lines that differ, put in place of those before, give the text after", () => {
  const text = fc.array(fc.constantFrom("a", "b", "", "long line"), { maxLength: 12 }).map((lines) =>
    lines.join("\n")
  );
  fc.assert(fc.property(text, text, (before, after) => {
    const hunks = diffLines(before, after)!;
    const lines = before === "" ? [] : before.replace(/\n$/, "").split("\n");
    for (const hunk of hunks.toReversed()) {
      const old = hunk.lines.filter(({ kind }) => kind !== "added").map(({ text }) => text);
      const fresh = hunk.lines.filter(({ kind }) => kind !== "removed").map(({ text }) => text);
      const start = old.length === 0 ? hunk.before : hunk.before - 1;
      assert.deepEqual(lines.slice(start, start + old.length), old);
      lines.splice(start, old.length, ...fresh);
    }
    assert.deepEqual(lines, after === "" ? [] : after.replace(/\n$/, "").split("\n"));
  }));
});

Deno.test("HI2 a method and a text of several lines differ line by line; what has nothing in common is shown whole", async () => {
  await using test = await openTestWorld();
  const { world } = test;
  const before = await set(world, "square", "grow", {
    $method: "const a = 1;\nconst b = 2;\nreturn a + b;\n",
  });
  const after = await set(world, "square", "grow", {
    $method: "const a = 1;\nconst b = 3;\nreturn a + b;\n",
  });
  const { objects } = await diffImage(world.store, { from: before.position, to: after.position });
  assert.deepEqual(objects[0]?.slots[0]?.hunks?.[0]?.lines, [
    { kind: "same", text: "const a = 1;" },
    { kind: "removed", text: "const b = 2;" },
    { kind: "added", text: "const b = 3;" },
    { kind: "same", text: "return a + b;" },
  ]);
  const numbers = (from: number) => Array.from({ length: 3_000 }, (_, n) => `line ${n + from}`).join("\n");
  const text = await set(world, "square", "doc", numbers(0));
  const other = await set(world, "square", "doc", numbers(10_000));
  const whole = await diffImage(world.store, { from: text.position, to: other.position });
  assert.equal(whole.objects[0]?.slots[0]?.hunks, undefined);
  assert.equal(whole.objects[0]?.slots[0]?.after, numbers(10_000));
});
