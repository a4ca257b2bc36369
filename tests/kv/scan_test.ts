import assert from "node:assert/strict";
import { type Key, keys, openStore, openStored, StoreClosedError } from "../../kv/mod.ts";
import { collect, dump, put, someone, withDatabase, withFolder, withStore } from "./support.ts";

Deno.test("KV80 a scan is all of the database as it stands there, and goes on after a key", () =>
  withFolder(async (folder) => {
    const store = await openStore({ folder });
    for (let n = 0; n < 5; n++) await put(store, `o${n}`, "x".repeat(n === 3 ? 100_000 : 10));
    await store.flushVersions();
    const all = await collect(store.scan([]));
    const objects = await collect(store.scan(keys.objects(), { start: keys.object("o1"), limit: 2 }));
    await store.close();
    const dumped = await withDatabase(folder, dump);
    assert.deepEqual(new Map(all.map(({ key, stored }) => [key.join("/"), stored])), dumped);
    assert.deepEqual(objects.map(({ key }) => key[1]), ["o2", "o3"]);
    assert.equal(openStored(objects[0]!.key, objects[0]!.stored), "x".repeat(10));
    await assert.rejects(collect(store.scan([])), StoreClosedError);
  }));

Deno.test("KV80 recorded thoughts have the sealed before-images of each change, between the bounds", () =>
  withStore(async (store) => {
    const first = await put(store, "a", 1);
    const second = await put(store, "a", 2);
    await store.commit(someone, (thought) => thought.delete(keys.object("a")));
    const placed = await collect(store.recorded({ after: first }));
    const images = placed.flatMap(({ thought }) =>
      thought.changes.map(([key, before]): [Key, unknown] => [key, openStored(key, before)])
    );
    assert.deepEqual(images, [[keys.object("a"), 1], [keys.object("a"), 2]]);
    const [made] = await collect(store.recorded({ before: second }));
    assert.deepEqual(made!.thought.changes, [[keys.object("a"), null]]);
  }));
