/** The codebook that follows the image: piece by piece as if made anew, and refused with a reason when it breaks. */
import assert from "node:assert/strict";
import { Codebook } from "../../../actors/questions/codebook.ts";
import type { QuestionedObject } from "../../../actors/questions/codebook_messages.ts";
import { QuestionedObjects } from "../../../actors/questions/questioned_objects.ts";
import { readAsset, workerUrl } from "../../../actors/system/assets.ts";
import { filler, hologram, planes, role } from "../../../vector/hypervector/mod.ts";
import { openTestImage } from "../../support/image.ts";
import { randomFrom } from "../../support/random.ts";

const space = { seed: "codebook test", dimensions: 2_048 };
const kernel = await readAsset("exact.wasm");

const ROLES = ["colour", "size", "owner", "place", "made of"];
const text = (value: string) => ({ kind: "data" as const, value });

Deno.test("AQ9 a codebook that was put piece by piece answers as one that is made anew", () => {
  const random = randomFrom(20_261_127);
  const pick = (count: number) => Math.floor(random() * count);
  const living = new QuestionedObjects(space, kernel);
  const now = new Map<string, QuestionedObject>();
  for (let step = 0; step < 3_000; step++) {
    const oid = `object ${pick(600)}`;
    const isGone = random() < 0.2;
    const count = 1 + pick(ROLES.length);
    const slots = Object.fromEntries(
      ROLES.slice(0, count).map((name) => [name, text(`value ${pick(1_500)}`)]),
    );
    const object: QuestionedObject = { oid, name: oid, slots: isGone ? null : slots };
    living.put(object);
    if (isGone) now.delete(oid);
    else now.set(oid, object);
  }
  const anew = new QuestionedObjects(space, kernel);
  for (const object of now.values()) anew.put(object);
  assert.deepEqual({ ...living.figures, bytes: 0 }, { ...anew.figures, bytes: 0 });
  assert.equal(living.figures.objects, now.size);

  for (const { slots } of [...now.values()].slice(0, 40)) {
    const [name, slot] = Object.entries(slots!)[0]!;
    const form = hologram(slots!, space);
    const [one, other] = [living, anew].map((book) =>
      book.nearestFiller(planes.unbind(form, role(name, space)), 0.2)!
    );
    assert.deepEqual([one!.slot, one!.known], [slot, true]);
    assert.deepEqual([other!.slot, other!.similarity], [slot, one!.similarity]);
    const asked = planes.unbind(form, filler(slot, space));
    assert.equal(living.nearestRole(asked, 0.2)!.name, name);
    const holders = living.holders(name, [slot]);
    assert.deepEqual(holders.threshold, anew.holders(name, [slot]).threshold);
    const found = (book: QuestionedObjects) =>
      book.holders(name, [slot]).ranked.filter(({ similarity }) => similarity >= holders.threshold)
        .map(({ oid }) => oid).sort();
    const wanted = [...now.values()].filter((each) =>
      JSON.stringify(each.slots![name]) === JSON.stringify(slot)
    ).map(({ oid }) => oid).sort();
    assert.deepEqual(found(living), wanted);
    assert.deepEqual(found(anew), wanted);
  }
});

Deno.test("AQ9 a value that nobody holds any more is no answer", async () => {
  await using test = await openTestImage();
  const { door } = test;
  await door.command({ command: "EXTEND", object: "genesis", name: "lamp" });
  await door.command({ command: "SET_SLOT", object: "lamp", slot: "colour", value: "crimson" });
  const holders = async (q: string) => (await door.question({ q })).answers.map((answer) => answer.text);
  assert.deepEqual(await holders("which objects have colour = crimson"), ["lamp"]);
  await door.command({ command: "CLONE", object: "lamp", name: "torch" });
  assert.deepEqual((await holders("which objects have colour = crimson")).sort(), ["lamp", "torch"]);
  await door.command({ command: "SET_SLOT", object: "lamp", slot: "colour", value: "azure" });
  await door.command({ command: "DELETE", object: "torch" });
  assert.deepEqual(await holders("which objects have colour = crimson"), []);
  assert.deepEqual(await holders("what is the colour of lamp"), ["azure"]);
  await door.command({ command: "UNDO" });
  assert.deepEqual(await holders("which objects have colour = crimson"), ["torch"]);
  assert.equal((await door.question({ q: "what is the colour of lamp" })).truncated, false);
});

Deno.test("AQ9 a worker that breaks refuses what waits, with the reason, and is spent", async () => {
  const book = await Codebook.begin(space, { worker: workerUrl("questions"), kernel });
  const strange = { oid: "x", name: null, slots: { a: { kind: "data" } } } as unknown as QuestionedObject;
  const isUnavailable = (error: unknown) => (error as { code?: string }).code === "not_ready";
  await assert.rejects(book.put([strange]), isUnavailable);
  assert.equal(book.isSpent, true);
  await assert.rejects(book.holders("a", []), isUnavailable);
  const noKernel = Codebook.begin(space, { worker: workerUrl("exact"), kernel });
  await assert.rejects(noKernel, isUnavailable);
});
