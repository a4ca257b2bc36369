import assert from "node:assert/strict";
import { keys } from "../../../kv/mod.ts";
import type { CanvasView } from "../../../ui/protocol.ts";
import { openTestImage } from "../../support/image.ts";

/** Who stood where, in words; looks and captions with them. */
function standing({ morphs }: CanvasView): string[] {
  return morphs.map(({ x, y, object }) => `${object.name} ${object.look} ${x},${y} ${object.caption}`).sort();
}

Deno.test("UI134 canvas, list and recall are shown as of a point: names, looks, captions and places as they were", async () => {
  await using test = await openTestImage();
  const { door } = test;
  await door.command({ command: "REMEMBER", text: "The blue key opens the shed" });
  const then = (await door.health()).image.position!;
  const before = { canvas: standing(await door.canvas("main")), list: await door.objects({ limit: 1_000 }) };
  const memory = (await door.recall({ q: "blue key" }))[0]!;
  await door.command({ command: "DELETE", object: "greeter" });
  await door.command({ command: "RENAME", object: "square", name: "quadrat" });
  await door.command({ command: "SET_SLOT", object: "quadrat", slot: "doc", value: "other words" });
  await door.command({
    command: "SET_SLOT",
    object: "rectangle",
    slot: "look",
    value: { $ref: "memory_morph" },
  });
  await door.command({ command: "MOVE_MORPH", object: "counter", x: 1, y: 2 });
  await door.command({ command: "EXTEND", object: "counter", name: "later" });
  await door.command({
    command: "SET_SLOT",
    object: memory.oid,
    slot: "text_chunk",
    value: "Nothing of the kind",
  });
  assert.notDeepEqual(standing(await door.canvas("main")), before.canvas);
  assert.deepEqual(standing(await door.canvas("main", { asOf: then })), before.canvas);
  const { objects, next } = await door.objects({ limit: 1_000, asOf: then });
  const named = (list: typeof objects) =>
    list.map(({ oid, name, look, caption }) => ({ oid, name, look, caption }));
  assert.deepEqual([named(objects), next], [named(before.list.objects), null]);
  assert.equal((await door.recall({ q: "blue key", asOf: then }))[0]?.text, "The blue key opens the shed");
});

Deno.test("UI134 an object whose stored form does not validate is shown as damaged, and the others as they were", async () => {
  await using test = await openTestImage();
  const { door, image } = test;
  const { oid } = await door.object("counter");
  await image.store.commit(
    { who: "test", why: "spoil it" },
    (thought) => thought.set(keys.object(oid), { odd: true }),
  );
  const spoilt = image.store.position;
  await door.command({ command: "MOVE_MORPH", object: "square", x: 5, y: 5 });
  const { morphs } = await door.canvas("main", { asOf: spoilt });
  const states = new Map(morphs.map(({ object }) => [object.oid, object.state]));
  assert.equal(states.get(oid), "quarantined");
  assert.deepEqual([...states.values()].filter((state) => state !== "active"), ["quarantined"]);
  const listed = await door.objects({ limit: 1_000, asOf: spoilt });
  assert.equal(listed.objects.find((object) => object.oid === oid)?.state, "quarantined");
});
