import assert from "node:assert/strict";
import { v7 as uuidv7 } from "uuid";
import { create, extend, remove, rename, setSlot } from "../../../actors/world/mod.ts";
import { info, openTestWorld } from "../../support/world.ts";

Deno.test("AC26 a thought goes back to a savepoint, objects, names and all, and on", async () => {
  await using test = await openTestWorld();
  const { world, store } = test;
  const [kept, given] = [uuidv7(), uuidv7()];
  await world.thought(
    info,
    (tx) => create(tx, { oid: kept, at: 1 }, { name: "kept", parents: [], slots: {} }),
  );
  const { position } = await world.thought(info, async (tx) => {
    await setSlot(tx, kept, "width", 1);
    const savepoint = tx.savepoint();
    for (let n = 0; n < 2; n++) {
      await setSlot(tx, kept, "width", 2);
      await setSlot(tx, kept, "height", 2);
      await rename(tx, kept, "renamed");
      await extend(tx, kept, { oid: given, at: 2, name: "given up" });
      await tx.rollback(savepoint);
      assert.deepEqual(tx.contextOf(kept)?.slots, { width: { kind: "data", value: 1 } });
      assert.equal(await tx.read(given), null);
    }
    await remove(tx, kept, false);
    await tx.rollback(savepoint);
    await setSlot(tx, kept, "depth", 3);
  });
  const { name, slots } = await world.context("kept");
  assert.equal(name, "kept");
  assert.deepEqual(slots, { width: { kind: "data", value: 1 }, depth: { kind: "data", value: 3 } });
  assert.deepEqual([await world.find("renamed"), await world.find("given up")], [null, null]);
  const entry = await store.logEntry(position);
  assert.deepEqual(entry?.changes.map(({ key }) => key), [["object", kept]]);
  world.registry.hear();
  assert.deepEqual(test.drifted, []);
});
