import assert from "node:assert/strict";
import { createNatives, newImageBlueprint, placeOf } from "../../../actors/genesis/mod.ts";
import { openTestWorld } from "../../support/world.ts";

Deno.test("AC10 every native that a new image names comes with the program, and has words", () => {
  const services = [
    "memory.recall",
    "memory.remember",
    "archive.status",
    "backup.status",
    "curator.status",
    "orchestrator.status",
  ];
  const natives = createNatives();
  for (const { name, slots } of newImageBlueprint("seed")) {
    for (const value of Object.values(slots)) {
      if (typeof value !== "object" || value === null || !("$native" in value)) continue;
      const native = String(value.$native);
      assert.ok(natives.has(native) || services.includes(native), `${name} names ${native}`);
    }
  }
  for (const [name, native] of natives) assert.ok(native.doc.length > 5, name);
});

Deno.test("AC10 a blueprint names parents before children, and each name once", () => {
  const made = new Set<string>();
  for (const { name, parents } of newImageBlueprint("seed")) {
    assert.ok(!made.has(name), name);
    for (const parent of parents) assert.ok(made.has(parent), `${name} names ${parent}`);
    made.add(name);
  }
});

Deno.test("AC10 every object of a new image has a place of its own on the canvas", () => {
  const places = newImageBlueprint("seed").map(({ name }) => {
    const place = placeOf(name);
    assert.ok(place !== undefined, name);
    return `${place.x} ${place.y}`;
  });
  assert.equal(new Set(places).size, places.length);
});

Deno.test("AC40 every object can say what it is, what it understands, and along which chain", async () => {
  await using test = await openTestWorld();
  const { world } = test;
  assert.match(
    String(await world.send("square", "describe")),
    /^square ← rectangle ← shape ← genesis \{ .*width: 5/,
  );
  assert.deepEqual(await world.send("square", "chain"), ["square", "rectangle", "shape", "genesis"]);
  assert.equal(await world.send("square", "understands", ["area"]), true);
  assert.equal(await world.send("square", "understands", ["fly"]), false);
  const protocol = await world.send("square", "protocol") as { selector: string; holder: string }[];
  assert.deepEqual(protocol.find(({ selector }) => selector === "area"), {
    selector: "area",
    holder: "shape",
  });
  assert.deepEqual(protocol.find(({ selector }) => selector === "width"), {
    selector: "width",
    holder: "square",
  });
});

Deno.test("AC41 the hypervector prototype binds, unbinds, bundles and compares symbols and phases", async () => {
  await using test = await openTestWorld();
  const { world } = test;
  const send = (selector: string, ...args: unknown[]) => world.send("hypervector_prototype", selector, args);
  assert.equal(await send("similarity", "dog", "dog"), 1);
  assert.ok(Math.abs(await send("similarity", "dog", "cat") as number) < 0.05);
  const bound = await send("bind", "role", "dog");
  const back = await send("unbind", bound, "role");
  assert.ok(await send("similarity", back, "dog") as number > 0.999);
  const bundle = await send("bundle", "dog", "cat", "horse");
  assert.ok(await send("similarity", bundle, "cat") as number > 0.4);
  await assert.rejects(async () => await send("bind", 7, "dog"), /symbol/);
  await assert.rejects(async () => await send("similarity", [1, 2, 3], "dog"), /10000 phases/);
});

Deno.test("AC41 a bundle of more vectors than can be made in a moment is refused before any is made", async () => {
  await using test = await openTestWorld();
  const { world } = test;
  const bundle = (...vectors: unknown[]) => world.send("hypervector_prototype", "bundle", [vectors]);
  const symbols = Array.from({ length: 1_000 }, (_, n) => `symbol ${n}`);
  assert.equal((await bundle(...symbols) as unknown[]).length, 10_000);
  // The first is none, which whoever made it would say.
  await assert.rejects(async () => await bundle({}, ...symbols), /<= 1000 vectors: this one has 1001/);
});
