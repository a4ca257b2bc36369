import assert from "node:assert/strict";
import fc from "fast-check";
import { keys, LimitError, RefusedError } from "../../kv/mod.ts";
import { WriteRing } from "../../kv/write_ring.ts";
import { compareKeys, decodeKey, encodeKey, hasPrefix, type Key } from "../../kv/keys.ts";
import { open, seal } from "../../kv/sealed.ts";
import { collect, put, see, someone, withStore } from "./support.ts";

Deno.test("KV30 thoughts that are ready together share atomic operations, each with its own position", () =>
  withStore(async (store) => {
    const done = await Promise.all(
      Array.from(
        { length: 300 },
        (_, n) =>
          store.commit(
            { who: "test", why: `thought ${n}` },
            (thought) => thought.set(keys.object(`o${n}`), n),
          ),
      ),
    );
    assert.equal(new Set(done.map(({ position }) => position)).size, 300);
    assert.equal(store.stats().thoughts, 300);
    assert.ok(store.stats().atomics < 30, `${store.stats().atomics} atomic operations`);
    for (const n of [0, 1, 150, 299]) {
      assert.equal((await store.logEntry(done[n]!.position))?.why, `thought ${n}`);
    }
    const log = await store.log({ limit: 1_000 });
    assert.deepEqual(log.map(({ position }) => position), done.map(({ position }) => position).sort());
    log.reduce((last, { at }) => (assert.ok(at > last), at), 0);
  }));

Deno.test("KV31 two that write the same key and do not follow each other never share an atomic operation, and both are kept in the log", () =>
  withStore(async (store) => {
    const before = store.stats().atomics;
    const done = await Promise.all([1, 2, 3].map((n) => put(store, "same", n)));
    assert.equal(store.stats().atomics - before, 3);
    assert.equal(new Set(done.map((position) => position.slice(0, 27))).size, 3);
    const last = (await store.log({ newest: true, limit: 1 }))[0]!;
    assert.notEqual(last.changes[0]!.before, null);
  }));

Deno.test("KV32 what one of a group runs into is its own: the others are decided", () =>
  withStore(async (store) => {
    await put(store, "shared", 0);
    const results = await Promise.allSettled([
      put(store, "a", 1),
      store.commit(someone, (thought) => thought.set(keys.object("b".repeat(3_000)), 1)),
      store.commit(someone, (thought) => {
        thought.set(keys.object("c"), 1);
        thought.join({
          name: "no",
          vote: () => ({ ok: false, reason: "no" }),
          finish: () => {},
          abort: () => {},
        });
      }),
      ...Array.from({ length: 5 }, () =>
        store.commit(someone, async (thought) => {
          thought.set(keys.object("shared"), (await thought.get<number>(keys.object("shared")))! + 1);
        })),
      put(store, "d", 1),
    ]);
    const failed = results.flatMap((result, n) => result.status === "rejected" ? [[n, result.reason]] : []);
    assert.deepEqual(failed.map(([n]) => n), [1, 2]);
    assert.ok(failed[0]![1] instanceof LimitError);
    assert.ok(failed[1]![1] instanceof RefusedError);
    assert.deepEqual([await see(store, "a"), await see(store, "c"), await see(store, "d")], [1, null, 1]);
    assert.equal(await see(store, "shared"), 5);
  }));

Deno.test("KV33 a group stays within the store's bounds whatever its thoughts weigh", () =>
  withStore(async (store) => {
    await Promise.all(Array.from({ length: 60 }, (_, n) =>
      store.commit(someone, (thought) => {
        for (let i = 0; i < 40; i++) {
          thought.set(keys.object(`${n}-${i}-${"k".repeat(60)}`), `${n} `.repeat(300));
        }
      })));
    assert.equal((await collect(store.list(["object"]))).length, 2_400);
    assert.ok(store.stats().groupLargest > 1);
  }));

Deno.test("KV34 another process that commits in between is noticed: conflicts run again, the rest is decided", () =>
  withStore(async (store, folder) => {
    await put(store, "a", 1);
    await put(store, "b", 1);
    const heard: string[] = [];
    store.onCommitted((thoughts) => heard.push(...thoughts.map(({ id, foreign }) => foreign ? id : "own")));
    const foreign = await Deno.openKv(`${folder}/image.kv`);
    const intrude = async (id: string) => {
      const head = await foreign.get(keys.head());
      const stamp = (foreign as unknown as { commitVersionstamp(): string }).commitVersionstamp();
      const at = (open(keys.head(), head.value) as { at: number }).at + 1;
      const logKey = keys.log(1, stamp);
      const changes = [[keys.object("a"), seal(1, keys.object("a"))]];
      const thought = { id, who: "other", why: "node", kind: "change", changes };
      const result = await foreign.atomic().check(head)
        .set(keys.head(), seal({ v: 1, epoch: 1, at, count: 1 }, keys.head()))
        .set(keys.object("a"), seal(100, keys.object("a")))
        .set(logKey, seal({ v: 1, at: [at], thoughts: [thought] }, logKey))
        .commit();
      assert.ok(result.ok);
    };
    let runs = 0;
    const conflicting = store.commit(someone, async (thought) => {
      const value = await thought.get<number>(keys.object("a"));
      if (++runs === 1) await intrude("first");
      thought.set(keys.object("c"), value);
    });
    await conflicting;
    assert.deepEqual([runs, await see(store, "c")], [2, 100]);
    await store.commit(someone, async (thought) => {
      const value = await thought.get<number>(keys.object("b"));
      await intrude("second");
      thought.set(keys.object("b"), value! + 1);
    });
    assert.deepEqual([await see(store, "b"), store.stats().lostHeads], [2, 2]);
    assert.deepEqual(heard, ["first", "own", "second", "own"]);
    foreign.close();
  }));

Deno.test("KV35 the ring finds every change of a key or prefix since a read, and calls what it forgot changed", () => {
  const part = fc.constantFrom("a", "b", "ab", "a\0", "");
  const key = fc.array(part, { minLength: 1, maxLength: 3 });
  fc.assert(fc.property(fc.array(key, { maxLength: 40 }), key, fc.nat(40), (writes, read, since) => {
    const small = new WriteRing(8);
    const large = new WriteRing(1_000);
    writes.forEach((written, n) => {
      small.add([encodeKey(written)], n + 1, `t${n}`);
      large.add([encodeKey(written)], n + 1, `t${n}`);
    });
    const later = writes.slice(since);
    const keyChanged = later.some((written) => encodeKey(written) === encodeKey(read));
    const prefixChanged = later.some((written) => encodeKey(written).startsWith(encodeKey(read)));
    assert.equal(large.changedKey(encodeKey(read), since) !== null, keyChanged);
    assert.equal(large.changedPrefix(encodeKey(read), since) !== null, prefixChanged);
    if (keyChanged) assert.notEqual(small.changedKey(encodeKey(read), since), null);
    if (prefixChanged) assert.notEqual(small.changedPrefix(encodeKey(read), since), null);
  }));
});

const anyPart: fc.Arbitrary<Deno.KvKeyPart> = fc.oneof(
  fc.string({ unit: "binary", maxLength: 4 }),
  fc.double({ noNaN: true }).filter((n) => !Object.is(n, -0)),
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
  fc.boolean(),
  fc.uint8Array({ maxLength: 4 }),
);
const anyKey = fc.array(anyPart, { minLength: 1, maxLength: 3 });

Deno.test("KV36 encoded keys read back, are equal only for equal keys, and keep prefixes", () => {
  fc.assert(fc.property(anyKey, anyKey, (a, b) => {
    assert.deepEqual(decodeKey(encodeKey(a)), a);
    assert.equal(encodeKey(a) === encodeKey(b), compareKeys(a, b) === 0);
    assert.ok(hasPrefix([...a, ...b], a));
  }));
});

Deno.test("KV36 keys are ordered as the store orders them", async () => {
  const kv = await Deno.openKv(":memory:");
  try {
    await fc.assert(
      fc.asyncProperty(fc.array(anyKey, { maxLength: 12 }), async (list) => {
        const atomic = kv.atomic();
        for (const key of list) atomic.set(["t", ...key], 1);
        await atomic.commit();
        const stored: Key[] = (await collect(kv.list({ prefix: ["t"] }))).map(({ key }) => key.slice(1));
        assert.deepEqual([...stored].sort(compareKeys), stored);
        for (const key of list) await kv.delete(["t", ...key]);
      }),
      { numRuns: 60 },
    );
  } finally {
    kv.close();
  }
});
