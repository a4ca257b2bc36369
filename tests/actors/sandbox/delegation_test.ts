/** Delegation inside the sandbox against the world's own, on random images. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { linearize, lookup, type ObjectContext } from "../../../actors/object/mod.ts";
import type { SandboxObject } from "../../../actors/sandbox/mod.ts";
import { data, hostOf, method, object, startSandbox } from "./fixture.ts";

const SLOTS = ["a", "b", "c"];

/** Objects o0 … o7, whose parents are later ones, some of which do not exist. */
const image = fc.array(
  fc.record({
    parents: fc.uniqueArray(fc.nat(8), { maxLength: 3 }),
    slots: fc.subarray(SLOTS),
  }),
  { minLength: 1, maxLength: 7 },
).map((rows) =>
  rows.map((row, n) =>
    object(
      `o${n}`,
      Object.fromEntries(row.slots.map((slot) => [slot, data(`${slot} of o${n}`)])),
      row.parents.filter((parent) => parent > n).map((parent) => `o${parent}`),
    )
  )
);

const PROGRAM = `(self) => [${SLOTS.map((slot) => `self.get("${slot}") ?? null`).join(", ")}]`;

Deno.test("SB2 A program finds in each random image what the world finds, in the same order", async () => {
  const sandbox = startSandbox({ poolSize: 1 });
  try {
    await fc.assert(
      fc.asyncProperty(image, async (objects) => {
        const contextOf = (oid: string) =>
          (objects.find((one) => one.oid === oid) ?? null) as unknown as ObjectContext | null;
        const first = objects[0]!;
        const shown: SandboxObject = { ...first, slots: { ...first.slots, go: method(PROGRAM) } };
        const answer = await sandbox.run(
          { receiver: "o0", selector: "go", arguments: [], objects: [shown] },
          hostOf(objects),
        );
        const expected = SLOTS.map((slot) => {
          const found = lookup("o0", slot, contextOf);
          return found !== null && found.slot.kind === "data" ? found.slot.value : null;
        });
        assert.deepEqual(answer.value, expected);
      }),
      { numRuns: 150 },
    );
  } finally {
    await sandbox.close();
  }
});

Deno.test("SB3 resend goes through each random image in the world's search order", async () => {
  const sandbox = startSandbox({ poolSize: 1 });
  try {
    await fc.assert(
      fc.asyncProperty(image, async (bare) => {
        const order = linearize(
          "o0",
          (oid) => (bare.find((one) => one.oid === oid) ?? null) as unknown as ObjectContext | null,
        );
        const objects = bare.map((one) =>
          object(one.oid, {
            go: method(
              `(self) => ["${one.oid}"].concat(${one.oid === order.at(-1) ? "[]" : 'self.resend("go")'})`,
            ),
          }, [...one.parents])
        );
        const answer = await sandbox.run(
          { receiver: "o0", selector: "go", arguments: [], objects: objects.slice(0, 1) },
          hostOf(objects),
        );
        assert.deepEqual(answer.value, order);
      }),
      { numRuns: 100 },
    );
  } finally {
    await sandbox.close();
  }
});
