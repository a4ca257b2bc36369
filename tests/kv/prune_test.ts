import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import {
  type HistoryCost,
  HorizonError,
  type Key,
  keys,
  openStore,
  type Position,
  PositionError,
  startOfEpoch,
  type Store,
  StoreClosedError,
} from "../../kv/mod.ts";
import { collect, peek, put, see, someone, withDatabase, withFolder, withStore } from "./support.ts";

interface Moment {
  readonly position: Position;
  readonly state: ReadonlyMap<string, unknown>;
}

const oids = ["a", "b", "c", "d"];
const large = (n: number) => ({ n, text: "L".repeat(65_000) });

/** What every position says it was, compared with what it was; those before the horizon are refused with it. */
async function checkPast(store: Store, moments: readonly Moment[], horizon: Position): Promise<void> {
  for (const { position, state } of moments) {
    if (position < horizon) {
      assert.throws(
        () => store.asOf(position),
        (error) => error instanceof HorizonError && error.details.oldest === horizon,
      );
      continue;
    }
    const objects = await collect(store.asOf(position).objects());
    assert.deepEqual(new Map(objects.map(({ oid, value }) => [oid, value])), state, `all at ${position}`);
    for (const oid of oids) {
      assert.deepEqual(await store.asOf(position).get(keys.object(oid)), state.get(oid) ?? null);
    }
  }
}

const write = fc.record({
  oid: fc.constantFrom(...oids),
  value: fc.option(fc.nat(100)),
  large: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
});
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("commit" as const),
      writes: fc.array(write, { minLength: 1, maxLength: 4 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("prune" as const), to: fc.nat(1_000) }) },
  { weight: 1, arbitrary: fc.constant({ do: "reopen" as const }) },
);

Deno.test("KV132 after any prunings every position from the horizon on is as it was, and those before it are refused with it", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 3, maxLength: 20 }),
      (steps) =>
        withFolder(async (folder) => {
          let store = await openStore({ folder });
          const moments: Moment[] = [];
          let state = new Map<string, unknown>();
          let horizon = startOfEpoch(1);
          try {
            for (const one of steps) {
              if (one.do === "reopen") {
                await store.close();
                store = await openStore({ folder });
              } else if (one.do === "prune") {
                if (moments.length === 0) continue;
                const before = moments[one.to % moments.length]!.position;
                const wanted = await store.history.prune({ before, dryRun: true });
                assert.equal(store.history.horizon, horizon, "a dry run changes nothing");
                const done = await store.history.prune({ before });
                assert.deepEqual(done, wanted);
                horizon = before > horizon ? before : horizon;
                assert.deepEqual([done.horizon, store.history.horizon], [horizon, horizon]);
              } else {
                const next = new Map(state);
                const done = await store.commit(someone, (thought) => {
                  for (const { oid, value, large: big } of one.writes) {
                    if (value === null) thought.delete(keys.object(oid));
                    else thought.set(keys.object(oid), big ? large(value) : { n: value });
                    if (value === null) next.delete(oid);
                    else next.set(oid, big ? large(value) : { n: value });
                  }
                });
                if (!done.changed) continue;
                state = next;
                moments.push({ position: done.position, state });
              }
            }
            await checkPast(store, moments, horizon);
            for (const oid of oids) assert.deepEqual(await see(store, oid), state.get(oid) ?? null);
            const log = await store.log({ limit: 1_000 });
            assert.deepEqual(log.map(({ position }) => position), moments.map(({ position }) => position));
            for (const { position, pruned, who } of log) {
              assert.equal(who, someone.who);
              assert.equal(pruned === true, position <= horizon);
            }
            for (const [oid] of state) {
              const [last] = await store.changesOf(keys.object(oid), { newest: true, limit: 1 });
              assert.ok(last !== undefined, "since when it is as it is stays known");
            }
          } finally {
            await store.close();
          }
        }),
    ),
    { numRuns: 25 },
  );
});

/** Small and large values, deletions, a record in parts: twenty thoughts. */
async function live(store: Store): Promise<Moment[]> {
  const moments: Moment[] = [];
  const state = new Map<string, unknown>();
  for (let n = 0; n < 20; n++) {
    const { position } = await store.commit(someone, (thought) => {
      for (const oid of oids) {
        const value = oid === "a" ? large(n) : { n, text: "é".repeat(oid === "b" ? 14_000 : 10) };
        if (oid === "d" && n % 3 === 0) thought.delete(keys.object(oid));
        else thought.set(keys.object(oid), value);
        if (oid === "d" && n % 3 === 0) state.delete(oid);
        else state.set(oid, value);
      }
    });
    moments.push({ position, state: new Map(state) });
  }
  return moments;
}

async function families(folder: string): Promise<Record<string, number>> {
  return await withDatabase(folder, async (kv) => {
    const counts: Record<string, number> = {};
    for await (const { key } of kv.list({ prefix: [] })) {
      counts[String(key[0])] = (counts[String(key[0])] ?? 0) + 1;
    }
    return counts;
  });
}

Deno.test("KV133 what is pruned is gone: before-images and their chunks, version keys, lists of deletions, parts", () =>
  withFolder(async (folder) => {
    const store = await openStore({ folder });
    const moments = await live(store);
    await store.history.prune({ before: moments.at(-1)!.position });
    await store.close();
    const left = await families(folder);
    assert.deepEqual(left, { blob: 2, log: 20, meta: 5, object: 4, version: 4 });
  }));

const child = fileURLToPath(new URL("prune_child.ts", import.meta.url));

for (const [point, passes] of [["prune.horizon", 1], ["prune.batch", 1], ["prune.batch", 2]] as const) {
  Deno.test(`KV134 SIGKILL at passing ${passes} of ${point}: nothing before the horizon is read, and the next pruning ends it`, () =>
    withFolder(async (folder) => {
      let store = await openStore({ folder });
      const moments: Moment[] = [];
      for (let round = 0; round < 10; round++) moments.push(...await live(store));
      await store.close();
      const horizon = moments[150]!.position;
      const { signal } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "--no-check", "--unstable-kv", "-A", child, folder, horizon, point, String(passes)],
      }).output();
      assert.equal(signal, "SIGKILL");
      store = await openStore({ folder });
      assert.equal(store.history.isUnfinished, true);
      await checkPast(store, moments.slice(140), horizon);
      await store.history.prune({ before: startOfEpoch(1) });
      assert.equal(store.history.isUnfinished, false);
      await checkPast(store, moments.slice(140), horizon);
      await store.history.prune({ before: store.position });
      await store.close();
      assert.deepEqual(await families(folder), { blob: 2, log: 200, meta: 5, object: 4, version: 4 });
    }));
}

Deno.test("KV135 thoughts and readings go on beside a pruning, which can be stopped and gone on with", () =>
  withStore(async (store) => {
    const moments: Moment[] = [];
    for (let round = 0; round < 5; round++) moments.push(...await live(store));
    const horizon = moments[90]!.position;
    const stop = new AbortController();
    let batches = 0;
    const pruning = store.history.prune({
      before: horizon,
      signal: stop.signal,
      onProgress: () => {
        if (++batches === 2) stop.abort(new Error("enough"));
      },
    });
    const stopped = assert.rejects(pruning, /enough/);
    for (let n = 0; n < 20; n++) {
      moments.push({ position: await put(store, "c", n), state: new Map(moments.at(-1)!.state).set("c", n) });
      await checkPast(store, moments.slice(-2), horizon);
    }
    await stopped;
    assert.equal(store.history.isUnfinished, true);
    await store.history.prune({ before: horizon });
    assert.equal(store.history.isUnfinished, false);
    await checkPast(store, moments.slice(80), horizon);
  }));

Deno.test("KV135 what is no position, or not reached, is refused; a closed image prunes nothing", () =>
  withFolder(async (folder) => {
    const store = await openStore({ folder });
    const position = await put(store, "a", 1);
    await assert.rejects(store.history.prune({ before: "yesterday" }), PositionError);
    await assert.rejects(store.history.prune({ before: "000002-00000000000000000000-0000" }), PositionError);
    assert.equal(store.history.horizon, startOfEpoch(1));
    await store.close();
    await assert.rejects(store.history.prune({ before: position }), StoreClosedError);
    await assert.rejects(store.history.cost(), StoreClosedError);
  }));

Deno.test("KV136 what history costs is counted in bytes, and is less once it is pruned", () =>
  withFolder(async (folder) => {
    const store = await openStore({ folder });
    await live(store);
    const first = await store.history.cost();
    await live(store);
    const both = await store.history.cost();
    assert.deepEqual([first.thoughts, both.thoughts, both.pruned], [20, 40, 0]);
    assert.ok(both.blobBytes >= 39 * 65_000 && both.blobBytes < 39 * 66_000, String(both.blobBytes));
    assert.ok(both.imageBytes >= 39 * 14_000, String(both.imageBytes));
    const { logBytes, imageBytes, blobBytes, versionBytes, totalBytes } = both;
    assert.equal(totalBytes, logBytes + imageBytes + blobBytes + versionBytes);
    await store.close();
    await withDatabase(folder, async (kv) => {
      assert.deepEqual((await peek<{ cost: unknown }>(kv, keys.cost()))?.cost, both, "it is kept");
    });
    let again = await openStore({ folder });
    assert.deepEqual(await again.history.cost(), both, "as it was counted");
    await again.close();
    // Without what was counted, it is counted anew, and at once.
    await withDatabase(folder, (kv) => kv.delete(keys.cost()));
    again = await openStore({ folder });
    assert.deepEqual(await again.history.cost(), both, "counted by and by, or at once");
    const { bytes } = await again.history.prune({ before: again.position });
    const after = await again.history.cost();
    assert.deepEqual([after.pruned, after.imageBytes, after.blobBytes, after.versionBytes], [40, 0, 0, 0]);
    assert.equal(bytes, imageBytes + blobBytes, "what was said to be dropped");
    assert.equal(after.horizon, again.position);
    await again.close();
  }));

Deno.test("KV136 what is counted while something is forgotten is counted anew", () =>
  withStore(async (store) => {
    for (let n = 0; n < 200; n++) await put(store, "a", { n, text: "a".repeat(20_000) });
    await store.commit(someone, (thought) => thought.delete(keys.object("a")));
    let counting: Promise<HistoryCost> | null = null;
    const textsOf = () => {
      counting ??= store.history.cost();
      return [];
    };
    await store.history.forget({ oids: new Set(["a"]), textsOf });
    await counting;
    assert.equal((await store.history.cost()).imageBytes, 0);
  }));

Deno.test("KV137 so many thoughts ago is a position; beyond the horizon it is the horizon", () =>
  withStore(async (store) => {
    const positions: Position[] = [];
    for (let n = 0; n < 10; n++) positions.push(await put(store, "a", n));
    assert.equal(await store.history.thoughtsAgo(0), positions[9]);
    assert.equal(await store.history.thoughtsAgo(3), positions[6]);
    assert.equal(await store.history.thoughtsAgo(10), startOfEpoch(1));
    await store.history.prune({ before: positions[4]! });
    assert.equal(await store.history.thoughtsAgo(100), positions[4]);
  }));

Deno.test("KV138 the entries as of a position are the whole of it, in stored form, chunks before their value", () =>
  withStore(async (store) => {
    const moments = await live(store);
    const { position, state } = moments[10]!;
    const read = new Map<string, Key>();
    const chunks: Key[] = [];
    for await (const { key, stored } of store.entriesAsOf(position)) {
      assert.ok(stored instanceof Uint8Array);
      if (key[0] === "blob") chunks.push(key);
      else {
        assert.equal(chunks.length > 0, read.size > 0 || key[1] === "a");
        read.set(String(key[1]), key);
      }
    }
    assert.deepEqual([...read.keys()].sort(), [...state.keys()].sort());
    assert.equal(chunks.length, 2);
  }));

Deno.test("KV132 who reads the past while it is pruned is told so, and misses nothing in silence", () =>
  withStore(async (store) => {
    for (const oid of oids) await put(store, oid, 1);
    const { position } = store;
    await store.commit(someone, (thought) => thought.delete(keys.object("b")));
    const read: string[] = [];
    const reading = async () => {
      for await (const { oid } of store.asOf(position).objects()) {
        read.push(oid);
        if (read.length === 3) await store.history.prune({ before: store.position });
      }
    };
    await assert.rejects(reading(), HorizonError);
    assert.deepEqual(read, ["a", "c", "d"], "the one that was deleted since comes last");
  }));

Deno.test("KV132 a large value of the past that is pruned while it is read is no damage", () =>
  withStore(async (store) => {
    const position = await put(store, "a", { text: "L".repeat(30_000_000) });
    const last = await put(store, "a", { text: "small" });
    const asOf = store.asOf(position);
    const readings = [
      asOf.get(keys.object("a")),
      collect(asOf.objects()),
      asOf.page(keys.objects(), { limit: 10 }),
      collect(store.entriesAsOf(position)),
    ].map((reading) => assert.rejects(reading, HorizonError));
    const logs = [store.log(), store.logEntry(last).then((entry) => [entry!])];
    await store.history.prune({ before: last });
    await Promise.all(readings);
    for (const log of logs) {
      const entry = (await log).at(-1)!;
      assert.deepEqual([entry.position, entry.pruned, entry.changes[0]!.before], [last, true, null]);
    }
  }));

Deno.test("KV135 a pruning can be stopped while it drops lists of deletions, and is gone on with", () =>
  withStore(async (store) => {
    const many = Array.from({ length: 600 }, (_, n) => `o${n}`);
    await Promise.all(many.map((oid) => put(store, oid, 1)));
    for (const oid of many) await store.commit(someone, (thought) => thought.delete(keys.object(oid)));
    const lists = async () => (await collect(store.scan(keys.allGone()))).length;
    const stop = new AbortController();
    const { thoughts } = await store.history.prune({ before: store.position, dryRun: true });
    const pruning = store.history.prune({
      before: store.position,
      signal: stop.signal,
      onProgress: (dropped) => {
        if (dropped.thoughts === thoughts) stop.abort(new Error("enough"));
      },
    });
    await assert.rejects(pruning, /enough/);
    assert.equal(await lists(), 600);
    assert.equal(store.history.isUnfinished, true);
    await store.history.prune({ before: store.history.horizon });
    assert.deepEqual([await lists(), store.history.isUnfinished], [0, false]);
  }));

Deno.test("KV135 a pruning that is stopped before it begins changes nothing", () =>
  withStore(async (store) => {
    const position = await put(store, "a", 1);
    await put(store, "a", 2);
    const stop = new AbortController();
    const first = store.history.prune({ before: position });
    const second = store.history.prune({ before: store.position, signal: stop.signal });
    stop.abort(new Error("enough"));
    await assert.rejects(second, /enough/);
    await first;
    assert.deepEqual([store.history.horizon, store.history.isUnfinished], [position, false]);
  }));
