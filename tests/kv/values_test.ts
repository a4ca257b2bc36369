import assert from "node:assert/strict";
import fc from "fast-check";
import { CorruptError, keys, LimitError, openStore, type Thought, ValueError } from "../../kv/mod.ts";
import { checkSealed, open, openWithBytes, seal } from "../../kv/sealed.ts";
import { collect, dump, put, see, someone, withDatabase, withFolder, withStore } from "./support.ts";

Deno.test("KV60 values of any size up to the bound read back as they were, in get, list, log and history", () =>
  withStore(async (store) => {
    const sizes = [1, 60_000, 61_400, 61_440, 61_500, 65_536, 200_000, 3_000_000];
    for (const size of sizes) {
      await put(store, `s${size}`, { bytes: new Uint8Array(size).fill(7), text: "x".repeat(size) });
    }
    for (const size of sizes) {
      const value = await see<{ bytes: Uint8Array; text: string }>(store, `s${size}`);
      assert.equal(value?.bytes.length, size);
      assert.ok(value.bytes.every((byte) => byte === 7));
      assert.equal(value.text, "x".repeat(size));
    }
    const listed = await collect(store.list<{ text: string }>(["object"], { reverse: true, limit: 1 }));
    assert.equal(listed[0]?.value.text.length, 65_536);
    const before = store.position;
    const { position } = await store.commit(
      someone,
      (thought) => thought.set(keys.object("s200000"), "small now"),
    );
    assert.equal(
      (await store.asOf(before).get<{ text: string }>(keys.object("s200000")))?.text.length,
      200_000,
    );
    const change = (await store.logEntry(position))!.changes[0]!;
    assert.equal((change.before as { text: string }).text.length, 200_000);
    await store.commit(someone, async (thought) => {
      const value = await thought.get<{ text: string }>(keys.object("s65536"));
      thought.set(keys.object("s65536"), { text: value!.text + "y" });
    });
    assert.equal((await see<{ text: string }>(store, "s65536"))?.text.length, 65_537);
  }));

Deno.test("KV61 an adopted large value keeps its chunks in history instead of a second copy", () =>
  withFolder(async (folder) => {
    const store = await openStore({ folder });
    const large = { text: "x".repeat(500_000) };
    const position = await put(store, "a", large);
    await store.commit(someone, (thought) => {
      thought.adopt(keys.object("a"), large);
      thought.set(keys.object("a"), "small");
    });
    assert.deepEqual(await store.asOf(position).get(keys.object("a")), large);
    await store.close();
    const all = await withDatabase(folder, dump);
    assert.equal([...all.keys()].filter((key) => key.startsWith("part/")).length, 0);
    assert.equal([...all.keys()].filter((key) => key.startsWith("blob/")).length, 9);
  }));

Deno.test("KV62 a chunk that is missing or altered is a typed error that names the key, never a wrong value", () =>
  withFolder(async (folder) => {
    const first = await openStore({ folder });
    await put(first, "altered", "x".repeat(200_000));
    await put(first, "short", "y".repeat(200_000));
    await put(first, "well", 1);
    await first.close();
    await withDatabase(folder, async (kv) => {
      const chunks = await collect(kv.list<Uint8Array>({ prefix: ["blob"] }));
      const [altered] = chunks;
      const bytes = altered!.value.slice();
      bytes[100]! ^= 1;
      await kv.set(altered!.key, bytes);
      await kv.delete(chunks.at(-1)!.key);
    });
    const store = await openStore({ folder });
    for (const oid of ["altered", "short"]) {
      await assert.rejects(
        see(store, oid),
        (error) => error instanceof CorruptError && error.message.includes(oid),
      );
    }
    assert.equal(await see(store, "well"), 1);
    await store.close();
  }));

Deno.test("KV63 what cannot be stored is refused in words when it is set, and nothing is written", () =>
  withStore(async (store) => {
    const bad: unknown[] = [
      undefined,
      null,
      () => 1,
      Symbol("s"),
      { deep: [{ method() {} }] },
      new Deno.KvU64(1n),
      new WeakMap(),
      { promise: Promise.resolve(1) },
    ];
    for (const value of bad) await assert.rejects(put(store, "a", value), ValueError, Deno.inspect(value));
    for (const key of [keys.head(), keys.blob("x", 0), ["log", 1, "x"], ["version", "x"], []]) {
      await assert.rejects(
        store.commit(someone, (thought) => thought.set(key, 1)),
        ValueError,
        Deno.inspect(key),
      );
    }
    assert.equal(store.stats().thoughts, 0);
  }));

Deno.test("KV64 beyond a limit there is a typed error with the figure, and nothing is written", () =>
  withFolder(async (folder) => {
    const store = await openStore({ folder });
    const empty = await store.commit(someone, (thought) => thought.set(["meta", "mark"], 1));
    const cases: [() => Promise<unknown>, number][] = [
      [() => put(store, "k".repeat(2_100), 1), 1_920],
      [() => store.commit(someone, (thought) => thought.set(keys.name("é".repeat(1_200)), "a")), 2_048],
      [() => put(store, "a", new Uint8Array(65 * 1024 * 1024)), 64 * 1024 * 1024],
      [
        () => store.commit({ who: "w".repeat(500), why: "" }, (thought) => thought.set(keys.object("a"), 1)),
        400,
      ],
      [
        () => store.commit({ ...someone, detail: "d".repeat(1_100_000) }, (t) => t.set(keys.object("a"), 1)),
        1_048_576,
      ],
    ];
    for (const [attempt, limit] of cases) {
      await assert.rejects(
        attempt(),
        (error) => error instanceof LimitError && error.details.limit === limit,
      );
    }
    await put(store, "k".repeat(1_900), 1);
    assert.equal(store.stats().thoughts, 2);
    await store.close();
    const all = await withDatabase(folder, dump);
    assert.equal([...all.keys()].filter((key) => key.startsWith("blob/")).length, 0);
    assert.ok(empty.changed);
  }));

/** What thoughts do that have very much to say, be it next to nothing. */
const doings: Record<string, (thought: Thought) => void> = {
  "writes a little": (thought) => thought.set(keys.object("a"), 1),
  "deletes what is not there": (thought) => thought.delete(keys.object("none")),
  "writes nothing, and has a participant": (thought) =>
    thought.join({ name: "witness", vote: () => ({ ok: true }), finish: () => {}, abort: () => {} }),
};
/** Up to the limit, also where JSON takes several bytes for a character. */
const details: readonly unknown[] = [
  "x".repeat(900_000),
  '"\n'.repeat(350_000),
  "\u0001".repeat(200_000),
  "é".repeat(500_000),
  Array.from({ length: 30_000 }, (_, n) => ({ n, said: `"${n}"` })),
];

for (const [what, doing] of Object.entries(doings)) {
  Deno.test(`KV64 a thought that ${what} is committed whatever it says within the limit, and the image lives on`, () =>
    withFolder(async (folder) => {
      let store = await openStore({ folder });
      const positions: string[] = [];
      for (const detail of details) {
        positions.push((await store.commit({ ...someone, detail }, doing)).position);
        await put(store, "next", positions.length);
      }
      await store.close();
      store = await openStore({ folder });
      for (const [n, position] of positions.entries()) {
        assert.deepEqual((await store.logEntry(position))?.detail, details[n]);
      }
      assert.equal(await see(store, "next"), details.length);
      await store.close();
      const left = await withDatabase(folder, dump);
      assert.deepEqual([...left.keys()].filter((key) => key.startsWith("redo/")), []);
    }));
}

Deno.test("KV64 the thought that would change one key more than a million is refused whole", () =>
  withStore(async (store) => {
    let staged = 0;
    await assert.rejects(
      store.commit(someone, (thought) => {
        for (; staged <= 1_000_000; staged++) thought.delete(["name", staged]);
      }),
      (error) => error instanceof LimitError && error.details.limit === 1_000_000,
    );
    assert.equal(staged, 1_000_000);
    assert.equal((await collect(store.list(["name"], { limit: 1 }))).length, 0);
  }));

Deno.test("KV65 a view is stored without the rest of its buffer, wherever it stands in the value", () =>
  withFolder(async (folder) => {
    const store = await openStore({ folder });
    const rows = new Float32Array(2_000_000);
    rows.fill(0.5, 384, 768);
    const row = rows.subarray(384, 768);
    await put(store, "view", row);
    await put(store, "nested", { list: [{ row }], text: "t".repeat(6_000) });
    assert.deepEqual(await see(store, "view"), row.slice());
    assert.deepEqual(
      (await see<{ list: { row: Float32Array }[] }>(store, "nested"))!.list[0]!.row,
      row.slice(),
    );
    await store.close();
    const all = await withDatabase(folder, dump);
    assert.ok((all.get("object/view") as Uint8Array).byteLength < 384 * 4 + 32);
  }));

const anyValue = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withTypedArray: true,
  withSparseArray: true,
  withNullPrototype: false,
  maxDepth: 4,
});

Deno.test("KV66 any value is sealed and opened as it was", () => {
  fc.assert(fc.property(anyValue, (one) => {
    const sealed = seal(one, ["t"]);
    assert.deepStrictEqual(open(["t"], sealed), structuredClone(one));
    assert.ok(sealed[0] === 1 || sealed[0] === 3, "the form");
  }));
});

Deno.test("KV66 a sealed form of which one byte differs, or the end is missing, is a CorruptError with the key", () => {
  fc.assert(fc.property(anyValue, fc.nat(), fc.integer({ min: 1, max: 255 }), (one, place, change) => {
    const sealed = seal(one, ["t", 7]);
    const altered = sealed.slice();
    altered[place % altered.length]! ^= change;
    for (const damaged of [altered, sealed.slice(0, place % sealed.length)]) {
      assert.throws(
        () => open(["t", 7], damaged),
        (error) => error instanceof CorruptError && error.message.includes('["t", 7]'),
      );
    }
  }));
});

Deno.test("KV66 all that stands in the database is sealed, or a chunk that something sealed refers to", () =>
  withFolder(async (folder) => {
    const store = await openStore({ folder });
    await put(store, "large", "x".repeat(200_000));
    await put(store, "small", 1);
    for (let n = 0; n < 2; n++) {
      await store.commit(someone, (thought) => {
        for (let i = 0; i < 10; i++) thought.set(keys.object(`o${i}`), `${n}`.repeat(20_000));
      });
    }
    await store.commit(someone, (thought) => thought.delete(keys.object("small")));
    await store.close();
    const all = await withDatabase(folder, dump);
    const families = new Set<string>();
    for (const [name, stored] of all) {
      const family = name.split("/")[0]!;
      families.add(family);
      if (family === "blob" || family === "part") assert.ok(stored instanceof Uint8Array, name);
      else checkSealed(name.split("/"), stored);
    }
    const expected = ["blob", "gone", "log", "meta", "object", "part", "version"];
    assert.deepEqual([...families].sort(), expected);
  }));

Deno.test("KV66 a before-image is the sealed bytes of what was replaced, unchanged", () =>
  withFolder(async (folder) => {
    const store = await openStore({ folder });
    await put(store, "a", { text: "é", at: new Date(5) });
    const { stored } = (await store.get(keys.object("a")))!;
    const position = await put(store, "a", 2);
    await store.close();
    await withDatabase(folder, async (kv) => {
      const key = keys.log(1, position.slice(7, 27));
      const { bytes } = openWithBytes(key, (await kv.get(key)).value);
      assert.deepEqual(bytes, [stored]);
    });
  }));

Deno.test("KV67 a large thought is decided at once: reads see all of it while it is being applied", () =>
  withStore(async (store) => {
    await put(store, "z", "old");
    const watched: number[] = [];
    let running = true;
    const watcher = (async () => {
      while (running) {
        watched.push((await collect(store.list(["object"]))).length);
      }
    })();
    const done = await store.commit(someone, (thought) => {
      for (let n = 0; n < 6_000; n++) thought.set(keys.object(`n${n}`), { n, text: "t".repeat(100) });
      thought.delete(keys.object("z"));
      thought.set(keys.name("z"), "b".repeat(100_000));
    });
    assert.equal(await see(store, "z"), null);
    const next = await put(store, "after", 1);
    running = false;
    await watcher;
    assert.deepEqual([...new Set(watched)].filter((count) => ![1, 6_000, 6_001].includes(count)), []);
    assert.ok(next > done.position);
    assert.equal(store.stats().largeThoughts, 1);
    const entry = await store.logEntry(done.position);
    assert.equal(entry?.changes.length, 6_001);
    assert.deepEqual(entry?.changes.at(-1), { key: keys.object("z"), before: "old" });
    assert.equal((await store.get<string>(keys.name("z")))?.value.length, 100_000);
    assert.equal(await store.asOf(done.position).get(keys.object("z")), null);
    assert.deepEqual(await store.asOf(done.position).get(keys.object("n5999")), {
      n: 5_999,
      text: "t".repeat(100),
    });
  }));

Deno.test("KV67 a thought is decided whatever its keys and values weigh together, also near what one operation takes", () =>
  withStore(async (store) => {
    // The store counts a key that is set twice: 900 of 70 bytes are 126 KB of its 819.
    for (let bytes = 640; bytes <= 740; bytes += 4) {
      const oids = Array.from({ length: 900 }, (_, n) => `${"long".repeat(13)}-${bytes}-${n}`);
      await store.commit(someone, (thought) => {
        for (const oid of oids) thought.set(keys.object(oid), "x".repeat(bytes));
      });
      assert.equal((await see<string>(store, oids[899]!))?.length, bytes);
    }
  }));
