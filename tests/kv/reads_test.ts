import assert from "node:assert/strict";
import { CorruptError, keys, openStore } from "../../kv/mod.ts";
import { put, see, someone, withDatabase, withFolder, withStore } from "./support.ts";

Deno.test("KV91 reads that are asked for together are answered each as asked, and one that is damaged spoils no other", () =>
  withFolder(async (folder) => {
    const first = await openStore({ folder });
    await first.commit(someone, (thought) => {
      for (let n = 0; n < 25; n += 2) thought.set(keys.object(`o${n}`), n);
    });
    await first.close();
    await withDatabase(folder, (kv) => kv.set(keys.object("o4"), "not sealed"));
    const store = await openStore({ folder });
    const read = await Promise.allSettled(Array.from({ length: 25 }, (_, n) => see(store, `o${n}`)));
    read.forEach((each, n) => {
      if (n === 4) {
        assert.ok(each.status === "rejected" && each.reason instanceof CorruptError);
        assert.match(each.reason.message, /"o4"/);
      } else assert.deepEqual(each, { status: "fulfilled", value: n % 2 === 0 ? n : null });
    });
    await store.close();
  }));

Deno.test("KV91 what many ask for in the same turn is read once", () =>
  withStore(async (store) => {
    for (const [oid, value] of [["a", 1], ["b", 2], ["c", 3]] as const) await put(store, oid, value);
    const kv = store.beneath;
    let asked = 0;
    const [get, getMany] = [kv.get.bind(kv), kv.getMany.bind(kv)];
    kv.get = (key: Deno.KvKey, options) => (asked++, get(key, options)) as never;
    kv.getMany = (list: readonly Deno.KvKey[], options: object) =>
      (asked += list.length, getMany(list as never, options)) as never;
    const read = await Promise.all(Array.from({ length: 60 }, (_, n) => see(store, "abcd"[n % 4]!)));
    assert.deepEqual(read, Array.from({ length: 60 }, (_, n) => [1, 2, 3, null][n % 4]));
    assert.equal(asked, 4);
    await put(store, "a", 9);
    assert.equal(await see(store, "a"), 9);
  }));

Deno.test("KV91 keys that are read ahead are known, and checked once something depends on them", () =>
  withStore(async (store) => {
    await put(store, "a", 1);
    const list = ["a", "b"].map(keys.object);
    for (const dependsOn of [false, true]) {
      let runs = 0;
      await store.commit(someone, async (thought) => {
        await thought.prefetch(list);
        if (++runs === 1) await put(store, "a", 2);
        if (dependsOn) assert.equal(await thought.get(list[1]!), null);
        if (dependsOn) thought.set(keys.object("sum"), [await thought.get(list[0]!)]);
        else thought.set(keys.object("sum"), []);
      });
      assert.equal(runs, dependsOn ? 2 : 1);
    }
    assert.deepEqual(await see(store, "sum"), [2]);
  }));

Deno.test("KV92 what stands among many that are made side by side keeps its before-image", () =>
  withStore(async (store) => {
    const oid = (n: number) => `o${String(n).padStart(3, "0")}`;
    const write = (from: number) =>
      store.commit(someone, (thought) => {
        for (let n = from; n < from + 40; n++) thought.set(keys.object(oid(n)), { from, n });
      });
    await write(0);
    await write(100);
    const { position } = await write(39);
    const changes = (await store.logEntry(position))!.changes.map(({ before }) => before);
    assert.deepEqual(changes, [{ from: 0, n: 39 }, ...Array(39).fill(null)]);
    const { position: last } = await store.commit(someone, (thought) => {
      for (let n = 200; n < 240; n++) thought.set(keys.object(oid(n)), n);
      thought.set(keys.morph("main", oid(0)), { x: 1 });
    });
    assert.ok((await store.logEntry(last))!.changes.every(({ before }) => before === null));
  }));

Deno.test("KV166 what a thought writes under an id that it made is not looked up and has no before-image; other keys are read as ever", () =>
  withStore(async (store) => {
    await put(store, "old", 1);
    const kv = store.beneath;
    const asked: Deno.KvKey[] = [];
    const get = kv.get.bind(kv);
    kv.get = (key: Deno.KvKey, options) => (asked.push(key), get(key, options));
    const { position } = await store.commit(someone, async (thought) => {
      thought.makes("new");
      assert.equal(await thought.get(keys.morph("main", "new")), null);
      await thought.prefetch([keys.hypervector("new")]);
      thought.set(keys.object("new"), 1);
      thought.set(keys.object("new"), 2);
      thought.set(keys.object("old"), 3);
    });
    kv.get = get;
    assert.deepEqual(asked, [keys.object("old")]);
    const { changes } = (await store.logEntry(position))!;
    assert.deepEqual(changes.map(({ key, before }) => [key[1], before]), [["new", null], ["old", 1]]);
    await put(store, "new", 4);
    assert.deepEqual(
      (await store.log({ newest: true, limit: 1 }))[0]!.changes.map(({ before }) => before),
      [2],
    );
  }));

Deno.test("KV93 a thought with more writes than one operation takes is whole for all who read, and in history", () =>
  withStore(async (store) => {
    for (const round of [1, 2]) {
      const { position } = await store.commit(someone, (thought) => {
        for (let n = 0; n < 1_500; n++) thought.set(keys.object(`o${n}`), { round, n });
        if (round === 2) thought.delete(keys.object("o7"));
      });
      assert.equal((await store.logEntry(position))!.changes.length, 1_500);
    }
    const [first] = await store.log({ limit: 1 });
    for (const n of [0, 7, 989, 990, 1_499]) {
      assert.deepEqual(await see(store, `o${n}`), n === 7 ? null : { round: 2, n });
      assert.deepEqual(await store.asOf(first!.position).get(keys.object(`o${n}`)), { round: 1, n });
    }
    assert.equal(store.stats().largeThoughts, 2);
  }));

Deno.test("KV165 every read made after the acknowledgement of a large thought sees all of it, though it is applied behind that", () => {
  let applied = 0;
  return withStore(async (store) => {
    const oids = Array.from({ length: 2_500 }, (_, n) => `o${String(n).padStart(4, "0")}`);
    for (const round of [1, 2]) {
      applied = 0;
      await store.commit(someone, (thought) => {
        for (const oid of oids) thought.set(keys.object(oid), { oid, round });
        if (round === 2) thought.delete(keys.object("o2400"));
      });
      assert.equal(applied, 0, "it is acknowledged first");
      const expected = oids.map((oid) => round === 2 && oid === "o2400" ? null : { oid, round });
      const [one, many, listed, scanned] = await Promise.all([
        see(store, "o1234"),
        store.getMany(oids.map((oid) => keys.object(oid))),
        Array.fromAsync(store.list(keys.objects())),
        Array.fromAsync(store.scan(keys.objects())),
      ]);
      assert.deepEqual(one, { oid: "o1234", round });
      assert.deepEqual(many.map((entry) => entry?.value ?? null), expected);
      assert.deepEqual(listed.map(({ value }) => value), expected.filter((value) => value !== null));
      assert.equal(scanned.length, listed.length);
      await store.commit(someone, (thought) => thought.set(keys.meta("after"), round));
      assert.equal(applied, 2, "it is applied before the next one is");
    }
  }, {
    crash: (point) => {
      if (point === "commit.applied") applied++;
    },
  });
});
