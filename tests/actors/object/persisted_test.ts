import assert from "node:assert/strict";
import fc from "fast-check";
import { initialTransition, transition } from "xstate";
import {
  createSnapshot,
  nextSnapshot,
  type ObjectContext,
  type ObjectEvent,
  objectMachine,
  persist,
  restore,
  startObject,
} from "../../../actors/object/mod.ts";

const context: ObjectContext = {
  oid: "o1",
  name: "one",
  parents: [],
  slots: { x: { kind: "data", value: 1 } },
  createdAt: 7,
  reason: null,
};

const slotNames = fc.constantFrom("x", "y", "z");
const events: fc.Arbitrary<ObjectEvent> = fc.oneof(
  fc.record({
    type: fc.constant("SLOT_SET" as const),
    slot: slotNames,
    value: fc.record({ kind: fc.constant("data" as const), value: fc.integer() }, { noNullPrototype: true }),
  }),
  fc.record({ type: fc.constant("SLOT_REMOVED" as const), slot: slotNames }),
  fc.record({
    type: fc.constant("RENAMED" as const),
    name: fc.option(fc.string({ minLength: 1, maxLength: 9 })),
  }),
  fc.record({
    type: fc.constant("PARENTS_SET" as const),
    parents: fc.array(fc.constantFrom("a", "b"), { maxLength: 3 }),
  }),
);

Deno.test("AC5 the state computed before the commit is the live actor's after it, to the byte", () => {
  fc.assert(fc.property(fc.array(events, { maxLength: 20 }), (happened) => {
    const start = createSnapshot(context);
    const actor = startObject(start);
    let computed = start;
    for (const event of happened) {
      computed = nextSnapshot(computed, event);
      actor.send(event);
    }
    assert.deepEqual(persist(actor.getSnapshot()), persist(computed));
  }));
});

Deno.test("AC5 computing the next state leaves the one before as it was", () => {
  const start = createSnapshot(context);
  const before = structuredClone(persist(start));
  nextSnapshot(start, { type: "SLOT_SET", slot: "x", value: { kind: "data", value: 2 } });
  assert.deepEqual(persist(start), before);
});

Deno.test("AC6 what is stored is read again as it was", () => {
  fc.assert(fc.property(fc.array(events, { maxLength: 20 }), (happened) => {
    const snapshot = happened.reduce(nextSnapshot, createSnapshot(context));
    const restored = restore("o1", structuredClone(persist(snapshot)));
    assert.ok(restored.ok);
    assert.deepEqual(persist(restored.snapshot), persist(snapshot));
  }));
});

for (
  const [what, stored, reason] of [
    ["nothing at all", undefined, /not an object's/],
    ["another machine's form", { machine: "clock", version: 1, snapshot: {} }, /not an object's/],
    ["a newer version", { machine: "object", version: 99, snapshot: {} }, /version 99/],
    ["a snapshot without slots", {
      machine: "object",
      version: 1,
      snapshot: { status: "active", value: "active", context: { oid: "o1" } },
    }, /context\.name|context\.parents/],
    ["a slot of an unknown kind", {
      machine: "object",
      version: 1,
      snapshot: {
        status: "active",
        value: "active",
        context: { ...context, slots: { x: { kind: "spell" } } },
      },
    }, /slots\.x/],
    ["another object's snapshot", {
      machine: "object",
      version: 1,
      snapshot: { status: "active", value: "active", context: { ...context, oid: "o2" } },
    }, /says it is o2/],
  ] as const
) {
  Deno.test(`AC6 ${what} is not read, and the reason is said`, () => {
    const restored = restore("o1", stored);
    assert.ok(!restored.ok);
    assert.match(restored.reason, reason);
  });
}

Deno.test("AC7 a passive or quarantined object does not change", () => {
  for (const event of [{ type: "PASSIVATED" }, { type: "QUARANTINED", reason: "torn" }] as const) {
    const still = nextSnapshot(createSnapshot(context), event);
    const after = nextSnapshot(still, { type: "SLOT_SET", slot: "x", value: { kind: "data", value: 9 } });
    assert.deepEqual(after.context.slots, context.slots);
  }
});

Deno.test("AC5 a state computed without an actor is what XState's own transition computes", () => {
  const context: ObjectContext = { oid: "a", name: null, parents: [], slots: {}, createdAt: 1, reason: null };
  const events: ObjectEvent[] = [
    { type: "SLOT_SET", slot: "x", value: { kind: "data", value: 1 } },
    { type: "RENAMED", name: "n" },
    { type: "PARENTS_SET", parents: ["b"] },
    { type: "SLOT_REMOVED", slot: "x" },
    { type: "PASSIVATED" },
    { type: "RENAMED", name: "unheard" },
    { type: "ACTIVATED" },
    { type: "QUARANTINED", reason: "torn" },
    { type: "RENAMED", name: "unheard too" },
  ];
  let [theirs] = initialTransition(objectMachine, context);
  let ours = createSnapshot(context);
  for (const event of events) {
    assert.deepEqual(persist(ours), persist(theirs));
    ours = nextSnapshot(ours, event);
    [theirs] = transition(objectMachine, theirs, event);
  }
  assert.deepEqual(persist(ours), persist(theirs));
  assert.equal(ours.value, "quarantined");
});
