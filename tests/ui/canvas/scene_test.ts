import assert from "node:assert/strict";
import fc from "fast-check";
import {
  applyCommitted,
  applyPlace,
  emptyScene,
  loadScene,
  objectOf,
  type Scene,
  standing,
} from "../../../ui/canvas/model/scene.ts";
import { eventOf, oidOf, positionOf, statesOf, type Step, summary } from "./history.ts";

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constantFrom("write" as const, "delete" as const),
    object: fc.integer({ min: 0, max: 3 }),
  }),
  fc.record({
    kind: fc.constant("move" as const),
    object: fc.integer({ min: 0, max: 3 }),
    x: fc.integer({ min: -500, max: 500 }),
    y: fc.integer({ min: -500, max: 500 }),
  }),
);

const shown = (scene: Scene) =>
  [...standing(scene)].map(({ object, place }) => `${object.caption} at ${place.x},${place.y}`).sort();

/** Steps, with for each event how much later it is described, and an order with repetitions. */
const delivery = fc.array(step, { minLength: 1, maxLength: 14 }).chain((steps) =>
  fc.record({
    steps: fc.constant(steps),
    lags: fc.array(fc.nat({ max: 5 }), { minLength: steps.length, maxLength: steps.length }),
    order: fc.shuffledSubarray(steps.map((_, index) => index + 1), { minLength: steps.length }),
    again: fc.array(fc.integer({ min: 1, max: steps.length }), { maxLength: 10 }),
  })
);

Deno.test("CA1 events in any order, any number of times, and described late, end in the same scene", () => {
  fc.assert(fc.property(delivery, ({ steps, lags, order, again }) => {
    const states = statesOf(steps);
    const event = (n: number) => eventOf(steps, states, n, Math.min(steps.length, n + lags[n - 1]!));
    let inOrder = emptyScene("main");
    for (let n = 1; n <= steps.length; n++) inOrder = applyCommitted(inOrder, event(n));
    let scattered = emptyScene("main");
    for (const n of [...order, ...again]) scattered = applyCommitted(scattered, event(n));
    assert.deepEqual(shown(scattered), shown(inOrder));
    assert.equal(scattered.position, inOrder.position);
    for (let object = 0; object < 4; object++) {
      assert.deepEqual(objectOf(scattered, oidOf(object)), objectOf(inOrder, oidOf(object)));
    }
  }));
});

Deno.test("CA1 the scene that events end in is what the image is", () => {
  fc.assert(fc.property(delivery, ({ steps, order }) => {
    const states = statesOf(steps);
    let scene = emptyScene("main");
    for (const n of order) scene = applyCommitted(scene, eventOf(steps, states, n, n));
    const { objects, places } = states.at(-1)!;
    const truth = [...places].map(([oid, { x, y }]) => `${objects.get(oid)!.caption} at ${x},${y}`).sort();
    assert.deepEqual(shown(scene), truth);
  }));
});

Deno.test("CA2 a loaded scene takes later events and leaves earlier ones alone", () => {
  const loaded = loadScene({
    position: positionOf(5),
    canvas: "main",
    morphs: [{ canvas: "main", oid: "a", x: 1, y: 2, object: summary("a", positionOf(3), "loaded") }],
    personas: [],
  });
  const about = (n: number, caption: string) => ({
    command: "THOUGHT_COMMITTED" as const,
    position: positionOf(n),
    id: "t",
    who: "test",
    why: "test",
    at: 0,
    kind: "change",
    objects: [summary("a", positionOf(n), caption)],
    deleted: [],
    morphs: [{ canvas: "main", oid: "a", x: n * 10, y: 0 }],
  });
  assert.equal(applyCommitted(loaded, about(4, "earlier")), loaded);
  const later = applyCommitted(loaded, about(6, "later"));
  assert.equal(objectOf(later, "a")!.caption, "later");
  assert.equal(later.places.get("a")!.value!.x, 60);
  assert.equal(later.position, positionOf(6));
});

Deno.test("CA2 places on another canvas are not this canvas's", () => {
  const scene = applyCommitted(emptyScene("main"), {
    command: "THOUGHT_COMMITTED",
    position: positionOf(1),
    id: "t",
    who: "test",
    why: "test",
    at: 0,
    kind: "move",
    objects: [summary("a", positionOf(1))],
    deleted: [],
    morphs: [{ canvas: "attic", oid: "a", x: 1, y: 1 }],
  });
  assert.deepEqual([...standing(scene)], []);
});

Deno.test("CA3 an acknowledged place is not undone by an older event", () => {
  const states = statesOf([{ kind: "move", object: 0, x: 1, y: 1 }]);
  let scene = applyCommitted(
    emptyScene("main"),
    eventOf([{ kind: "move", object: 0, x: 1, y: 1 }], states, 1, 1),
  );
  scene = applyPlace(scene, { oid: oidOf(0), x: 9, y: 9 }, positionOf(3));
  scene = applyCommitted(scene, {
    command: "THOUGHT_COMMITTED",
    position: positionOf(2),
    id: "t",
    who: "other",
    why: "move",
    at: 0,
    kind: "move",
    objects: [],
    deleted: [],
    morphs: [{ canvas: "main", oid: oidOf(0), x: 5, y: 5 }],
  });
  assert.equal(scene.places.get(oidOf(0))!.value!.x, 9);
});

Deno.test("CA4 what an undo takes off the canvas leaves it, at once", () => {
  const place = { canvas: "main", oid: "a", x: 1, y: 2 };
  const event = {
    command: "THOUGHT_COMMITTED" as const,
    position: positionOf(8),
    id: "t",
    who: "test",
    why: "place a",
    at: 0,
    kind: "move",
    objects: [],
    deleted: [],
    morphs: [place],
  };
  const placed = applyCommitted(emptyScene("main"), event);
  assert.equal(placed.places.get("a")?.value?.x, 1);
  const undo = { ...event, position: positionOf(9), kind: "undo", morphs: [] };
  const elsewhere = applyCommitted(placed, { ...undo, unplaced: [{ canvas: "other", oid: "a" }] });
  assert.equal(elsewhere.places.get("a")?.value?.x, 1);
  const gone = applyCommitted(elsewhere, {
    ...undo,
    position: positionOf(10),
    unplaced: [{ canvas: "main", oid: "a" }],
  });
  assert.equal(gone.places.get("a")?.value, null);
  assert.equal(applyCommitted(gone, event).places.get("a")?.value, null, "an older event changes nothing");
});
