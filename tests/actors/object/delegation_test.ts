import assert from "node:assert/strict";
import fc from "fast-check";
import {
  CHAIN_DEPTH_MAX,
  findChainFault,
  linearize,
  lookup,
  lookupAfter,
  type ObjectContext,
  type Slot,
} from "../../../actors/object/mod.ts";

const data = (value: string): Slot => ({ kind: "data", value });

function object(oid: string, parents: string[], slots: Record<string, Slot> = {}): ObjectContext {
  return { oid, name: oid, parents, slots, createdAt: 0, reason: null };
}

function worldOf(...objects: ObjectContext[]) {
  const byOid = new Map(objects.map((each) => [each.oid, each]));
  return (oid: string) => byOid.get(oid) ?? null;
}

/** Any directed graph without cycles: an object's parents all come before it. */
const graphs = fc.integer({ min: 1, max: 12 }).chain((size) =>
  fc.tuple(
    ...Array.from({ length: size }, (_, index) =>
      fc.record({
        parents: fc.uniqueArray(fc.integer({ min: 0, max: Math.max(0, index - 1) }), {
          maxLength: index === 0 ? 0 : 4,
        }),
        holds: fc.boolean(),
      })),
  )
);

function build(graph: { parents: number[]; holds: boolean }[]) {
  return worldOf(
    ...graph.map(({ parents, holds }, index) =>
      object(`o${index}`, parents.map((parent) => `o${parent}`), holds ? { word: data(`o${index}`) } : {})
    ),
  );
}

Deno.test("AC1 a slot is found in the object itself before its parents", () => {
  const contextOf = worldOf(object("a", [], { x: data("a") }), object("b", ["a"], { x: data("b") }));
  assert.deepEqual(lookup("b", "x", contextOf), { holder: "b", slot: data("b") });
});

Deno.test("AC1 parents are searched from left to right, depth first", () => {
  const contextOf = worldOf(
    object("top", [], { x: data("top") }),
    object("left", ["top"]),
    object("right", [], { x: data("right") }),
    object("child", ["left", "right"]),
  );
  assert.equal(lookup("child", "x", contextOf)?.holder, "top");
  assert.deepEqual(linearize("child", contextOf), ["child", "left", "top", "right"]);
});

Deno.test("AC1 lookup finds what the first holder in the search order holds, in any graph", () => {
  fc.assert(fc.property(graphs, (graph) => {
    const contextOf = build(graph);
    const start = `o${graph.length - 1}`;
    const expected = linearize(start, contextOf).find((oid) => contextOf(oid)!.slots.word !== undefined);
    assert.equal(lookup(start, "word", contextOf)?.holder, expected);
  }));
});

Deno.test("AC1 each object is searched once, however many ways lead to it", () => {
  fc.assert(fc.property(graphs, (graph) => {
    const order = linearize(`o${graph.length - 1}`, build(graph));
    assert.equal(new Set(order).size, order.length);
  }));
});

Deno.test("AC2 resend goes on behind the holder", () => {
  fc.assert(fc.property(graphs, (graph) => {
    const contextOf = build(graph);
    const start = `o${graph.length - 1}`;
    const holders = linearize(start, contextOf).filter((oid) => contextOf(oid)!.slots.word !== undefined);
    const met: string[] = [];
    for (let found = lookup(start, "word", contextOf); found !== null;) {
      met.push(found.holder);
      found = lookupAfter(start, found.holder, "word", contextOf);
    }
    assert.deepEqual(met, holders);
  }));
});

Deno.test("AC1 a parent that is gone is passed over", () => {
  const contextOf = worldOf(object("b", [], { x: data("b") }), object("c", ["gone", "b"]));
  assert.equal(lookup("c", "x", contextOf)?.holder, "b");
  assert.deepEqual(linearize("c", contextOf), ["c", "b"]);
});

Deno.test("AC3 a new parent that descends from the object is a cycle, at any distance", () => {
  fc.assert(fc.property(graphs, fc.nat(), fc.nat(), (graph, one, other) => {
    const contextOf = build(graph);
    const oid = `o${one % graph.length}`;
    const parent = `o${other % graph.length}`;
    const fault = findChainFault(oid, [parent], contextOf, 0);
    const wouldCycle = linearize(parent, contextOf).includes(oid);
    assert.equal(fault?.fault === "cycle", wouldCycle);
  }));
});

Deno.test("AC3 a chain of the greatest depth is taken and one more is refused", () => {
  const chain = Array.from(
    { length: CHAIN_DEPTH_MAX + 2 },
    (_, index) => object(`o${index}`, index === 0 ? [] : [`o${index - 1}`]),
  );
  const contextOf = worldOf(...chain);
  assert.equal(findChainFault("new", [`o${CHAIN_DEPTH_MAX - 1}`], contextOf, 0), null);
  assert.equal(findChainFault("new", [`o${CHAIN_DEPTH_MAX}`], contextOf, 0)?.fault, "deep");
  assert.equal(findChainFault("new", [`o${CHAIN_DEPTH_MAX - 1}`], contextOf, 1)?.fault, "deep");
});

Deno.test("AC3 a graph whose paths double at each step is judged quickly", () => {
  const layers = 40;
  const objects = Array.from(
    { length: layers },
    (_, layer) =>
      [0, 1].map((side) =>
        object(`l${layer}s${side}`, layer === 0 ? [] : [`l${layer - 1}s0`, `l${layer - 1}s1`])
      ),
  ).flat();
  const contextOf = worldOf(...objects);
  assert.equal(findChainFault("new", [`l${layers - 1}s0`], contextOf, 0), null);
  assert.equal(lookup(`l${layers - 1}s0`, "nothing", contextOf), null);
});
