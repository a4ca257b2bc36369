import assert from "node:assert/strict";
import { NotUnderstoodError, QuarantinedError, UndoError } from "../../../actors/errors.ts";
import { persist, restore } from "../../../actors/object/mod.ts";
import { clone, redo, removeSlot, rename, setSlot, undo, viewObject } from "../../../actors/world/mod.ts";
import { keys } from "../../../kv/mod.ts";
import { v7 as uuidv7 } from "uuid";
import { info, openTestWorld, set, undoRequest } from "../../support/world.ts";

Deno.test("AC1 what every JavaScript object inherits is no slot of an object", async () => {
  await using test = await openTestWorld();
  const { world } = test;
  const square = await world.resolve("square");
  for (
    const selector of ["toString", "valueOf", "hasOwnProperty", "constructor", "__proto__", "isPrototypeOf"]
  ) {
    await assert.rejects(async () => await world.send("square", selector), NotUnderstoodError, selector);
    await assert.rejects(async () => await world.send(square, selector, [1]), NotUnderstoodError, selector);
    await assert.rejects(
      world.thought(info, (tx) => removeSlot(tx, square, selector)),
      (error: Error & { code?: string }) => error.code === "not_found",
      selector,
    );
  }
  await set(world, "shape", "toString", "a slot of its own");
  assert.equal(await world.send("square", "toString"), "a slot of its own");
});

Deno.test("AC23 a message to a quarantined object, or through one, says why it cannot be answered", async () => {
  await using test = await openTestWorld();
  const { world, store } = test;
  const rectangle = await world.resolve("rectangle");
  const torn = { machine: "object", version: 1, snapshot: { half: true } };
  await store.commit(info, (thought) => thought.set(keys.object(rectangle), torn));
  for (const receiver of [rectangle, "rectangle", "square"]) {
    await assert.rejects(async () => await world.send(receiver, "area"), (error) => {
      assert.ok(error instanceof QuarantinedError);
      assert.equal(error.details.object, rectangle);
      return true;
    }, receiver);
  }
  assert.equal(await world.send("square", "width"), 5);
  assert.equal(await world.send("shape", "area"), 12);
});

Deno.test("AC7 an object that is put away while a thought holds it is changed by the thought all the same", async () => {
  await using test = await openTestWorld({ residentsMax: 3 });
  const { world, store } = test;
  const oid = await world.resolve("counter");
  const others: string[] = [];
  for await (const { key } of store.list(keys.children(await world.resolve("genesis")))) {
    others.push(key.at(-1) as string);
  }
  await world.thought(info, async (tx) => {
    await tx.require(oid);
    for (const other of others) if (other !== oid) await world.registry.load(other);
    assert.equal(world.registry.peek(oid), undefined, "it was meant to be put away by now");
    await setSlot(tx, oid, "count", 41);
  });
  const restored = restore(oid, (await store.get(keys.object(oid)))?.value);
  assert.ok(restored.ok);
  assert.equal(restored.snapshot.value, "active");
  assert.equal(await world.send("counter", "count"), 41);
});

Deno.test("AC5 a world started anew sees what was committed while it did not listen", async () => {
  await using test = await openTestWorld();
  const { world, store } = test;
  const oid = await world.resolve("counter");
  const resident = await world.registry.load(oid);
  const stored = persist(resident!.snapshot!);
  world.stop();
  await world.registry.load(oid);
  const context = { ...stored.snapshot.context, slots: { count: { kind: "data", value: 7 } } };
  await store.commit(info, (thought) => {
    thought.set(keys.object(oid), { ...stored, snapshot: { ...stored.snapshot, context } });
  });
  world.start((error) => assert.fail(String(error)));
  assert.equal(await world.send("counter", "count"), 7);
  await set(world, "counter", "note", "after");
  assert.equal((await viewObject(world, "counter")).slots.count, 7);
});

Deno.test("AC20 a thought that was under way when the world was put away commits nothing", async () => {
  await using test = await openTestWorld();
  const { world, store } = test;
  const oid = await world.resolve("counter");
  const head = store.position;
  await assert.rejects(
    world.thought(info, async (tx) => {
      await setSlot(tx, oid, "count", 5);
      world.stop();
      world.start((error) => assert.fail(String(error)));
    }),
    (error: Error & { code?: string; retryable?: boolean }) =>
      error.code === "not_ready" && error.retryable === true,
  );
  assert.equal(store.position, head);
  assert.equal(await world.send("counter", "count"), 0);
});

Deno.test("AC12 names found while they change hands are right afterwards", async () => {
  await using test = await openTestWorld();
  const { world, store } = test;
  const oid = await world.resolve("square");
  for (let round = 0; round < 40; round++) {
    const [from, to] = round % 2 === 0 ? ["square", "tile"] : ["tile", "square"];
    const looks = Array.from({ length: 6 }, () => Promise.all([world.find(from!), world.find(to!)]));
    await Promise.all([world.thought(info, (tx) => rename(tx, oid, to!)), ...looks]);
    assert.equal(await world.find(from!), null);
    assert.equal(await world.find(to!), oid);
    assert.equal((await store.get(keys.name(to!)))?.value, oid);
  }
});

Deno.test("AC30 undos at the same moment take back one thought each", async () => {
  await using test = await openTestWorld();
  const { world } = test;
  for (let value = 1; value <= 6; value++) await set(world, "counter", "count", value);
  const undone = await Promise.all(Array.from({ length: 4 }, () => undo(undoRequest(world))));
  assert.equal(new Set(undone.map(({ value }) => value.undone)).size, 4);
  assert.equal(await world.send("counter", "count"), 2);
  await Promise.all([redo(undoRequest(world)), redo(undoRequest(world))]);
  assert.equal(await world.send("counter", "count"), 4);
});

Deno.test("AC31 an undo never takes a change with it that was committed just before", async () => {
  await using test = await openTestWorld();
  const { world } = test;
  let refused = 0;
  for (let round = 0; round < 60; round++) {
    const first = await set(world, "counter", "count", 1_000 + round);
    const pause = Array.from({ length: round % 7 }, () => 0);
    const [undone, changed] = await Promise.allSettled([
      (async () => {
        for (const _ of pause) await Promise.resolve();
        return await undo(undoRequest(world), first.position);
      })(),
      set(world, "counter", "note", round),
    ]);
    assert.equal(changed.status, "fulfilled");
    if (undone.status === "rejected") {
      assert.ok(undone.reason instanceof UndoError, String(undone.reason));
      refused++;
      continue;
    }
    const { position } = (changed as PromiseFulfilledResult<Awaited<ReturnType<typeof set>>>).value;
    assert.ok(undone.value.position < position, "the undo came later and took the change with it");
    assert.equal(await world.send("counter", "note"), round);
  }
  assert.ok(refused > 0, "no round let the change be first");
});

Deno.test("AC13 copies made at the same moment take the next free names, one each", async () => {
  await using test = await openTestWorld();
  const { world, store } = test;
  const counter = await world.resolve("counter");
  const copies = async (count: number) => {
    await Promise.all(
      Array.from(
        { length: count },
        () => world.thought(info, (tx) => clone(tx, counter, { oid: uuidv7(), at: 1 })),
      ),
    );
  };
  await copies(1);
  await copies(40);
  await copies(3);
  for (let number = 2; number <= 45; number++) {
    assert.ok(await world.find(`counter ${number}`), `counter ${number}`);
  }
  assert.equal(await world.find("counter 46"), null);
  assert.equal(store.stats().conflicts, 0);
});
