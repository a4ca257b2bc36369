import assert from "node:assert/strict";
import fc from "fast-check";
import {
  CorruptError,
  HorizonError,
  keys,
  openStore,
  type Position,
  PositionError,
  startOfEpoch,
  ValueError,
} from "../../kv/mod.ts";
import { collect, peek, poke, put, see, someone, withDatabase, withFolder, withStore } from "./support.ts";

const oids = ["a", "b", "c", "d"];

type Step =
  | {
    readonly type: "commit";
    readonly writes: readonly { oid: string; value: number | null; large: boolean }[];
  }
  | { readonly type: "together"; readonly values: readonly number[] }
  | { readonly type: "flush" }
  | { readonly type: "reopen" };

const write = fc.record({
  oid: fc.constantFrom(...oids),
  value: fc.option(fc.nat(1_000)),
  large: fc.integer({ min: 0, max: 19 }).map((n) => n === 0),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({ type: fc.constant("commit" as const), writes: fc.array(write, { maxLength: 4 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant("together" as const),
      values: fc.array(fc.nat(1_000), { minLength: 2, maxLength: 4 }),
    }),
  },
  { weight: 2, arbitrary: fc.constant<Step>({ type: "flush" }) },
  { weight: 1, arbitrary: fc.constant<Step>({ type: "reopen" }) },
);

function valueOf(n: number, large: boolean): unknown {
  return large ? { n, text: "L".repeat(65_000) } : { n };
}

Deno.test("KV50 every object as of every position is what a plain in-memory history says", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 25 }),
      (steps) =>
        withFolder(async (folder) => {
          let store = await openStore({ folder });
          const history: { position: Position; state: Map<string, unknown> }[] = [];
          let state = new Map<string, unknown>();
          try {
            for (const one of steps) {
              if (one.type === "flush") await store.flushVersions();
              else if (one.type === "reopen") {
                await store.close();
                store = await openStore({ folder });
              } else if (one.type === "commit") {
                const next = new Map(state);
                const done = await store.commit(someone, (thought) => {
                  for (const { oid, value, large } of one.writes) {
                    if (value === null) {
                      thought.delete(keys.object(oid));
                      next.delete(oid);
                    } else {
                      thought.set(keys.object(oid), valueOf(value, large));
                      next.set(oid, valueOf(value, large));
                    }
                  }
                });
                if (!done.changed) continue;
                state = next;
                history.push({ position: done.position, state });
              } else {
                const done = await Promise.all(one.values.map(async (value, n) => ({
                  oid: oids[n]!,
                  value,
                  position: await put(store, oids[n]!, valueOf(value, false)),
                })));
                for (
                  const { oid, value, position } of done.sort((a, b) => a.position < b.position ? -1 : 1)
                ) {
                  state = new Map(state).set(oid, valueOf(value, false));
                  history.push({ position, state });
                }
              }
            }
            for (const { position, state: then } of history) {
              const objects = await collect(store.asOf(position).objects());
              assert.deepEqual(
                new Map(objects.map(({ oid, value }) => [oid, value])),
                then,
                `all at ${position}`,
              );
              for (const oid of oids) {
                assert.deepEqual(
                  await store.asOf(position).get(keys.object(oid)),
                  then.get(oid) ?? null,
                  `${oid} ${position}`,
                );
              }
            }
            for (const oid of oids) {
              assert.deepEqual(await see(store, oid), state.get(oid) ?? null);
              assert.equal(await store.asOf(startOfEpoch(1)).get(keys.object(oid)), null);
            }
          } finally {
            await store.close();
          }
        }),
    ),
    { numRuns: 25 },
  );
});

Deno.test("KV51 version keys are written behind up to a watermark, and what a crash lost of them is read from the log", () =>
  withFolder(async (folder) => {
    let store = await openStore({ folder });
    const positions: Position[] = [];
    for (let n = 0; n < 30; n++) positions.push(await put(store, `o${n % 3}`, n));
    assert.equal(store.stats().versionsTail, 30);
    await store.flushVersions();
    assert.deepEqual([store.stats().versionsTail, store.stats().versionsWatermark], [0, positions[29]]);
    await store.close();
    await withDatabase(folder, async (kv) => {
      assert.equal((await collect(kv.list({ prefix: ["version"] }))).length, 30);
      // What a crash leaves: an old watermark, and some of the keys after it.
      await poke(kv, keys.versionsWatermark(), { v: 1, position: positions[9]! });
      for (const n of [12, 20, 29]) await kv.delete(keys.version(keys.object(`o${n % 3}`), positions[n]!));
    });
    store = await openStore({ folder });
    for (let n = 0; n < 30; n++) {
      assert.equal(await store.asOf(positions[n]!).get(keys.object(`o${n % 3}`)), n);
    }
    assert.equal(store.stats().versionsTail, 20);
    assert.deepEqual(await store.changesOf(keys.object("o0")), positions.filter((_, n) => n % 3 === 0));
    await store.close();
    await withDatabase(folder, async (kv) => {
      assert.equal(
        (await collect(kv.list({ prefix: ["version"] }))).length,
        30,
        "the catch-up wrote them again",
      );
    });
  }));

Deno.test("KV51 the tail in memory is bounded: version keys are written while thoughts keep coming", () =>
  withStore(async (store) => {
    for (let round = 0; round < 6; round++) {
      await Promise.all(Array.from({ length: 1_000 }, (_, n) =>
        store.commit(someone, (thought) => {
          thought.adopt(keys.object(`${round}-${n}`), null);
          thought.set(keys.object(`${round}-${n}`), n);
        })));
    }
    await store.flushVersions();
    assert.equal(store.stats().versionsTail, 0);
    assert.equal(store.stats().versionsWatermark, store.position);
  }));

Deno.test("KV51 a pause is enough: version keys are written without anybody asking", () =>
  withStore(async (store) => {
    const position = await put(store, "a", 1);
    const deadline = performance.now() + 10_000;
    while (store.stats().versionsTail > 0 && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.deepEqual([store.stats().versionsTail, store.stats().versionsWatermark], [0, position]);
  }));

Deno.test("KV52 as of refuses what is no position, not reached, before the horizon, or without history", () =>
  withFolder(async (folder) => {
    let store = await openStore({ folder });
    const first = await put(store, "a", 1);
    const second = await put(store, "a", 2);
    assert.throws(() => store.asOf("yesterday"), PositionError);
    assert.throws(() => store.asOf("000002-00000000000000000000-0000"), /has reached/);
    await assert.rejects(store.asOf(first).get(keys.name("a")), ValueError);
    await store.close();
    await withDatabase(folder, (kv) => poke(kv, keys.horizon(), { v: 1, position: second }));
    store = await openStore({ folder });
    assert.throws(
      () => store.asOf(first),
      (error) => error instanceof HorizonError && error.details.oldest === second,
    );
    assert.equal(await store.asOf(second).get(keys.object("a")), 2);
    await store.close();
  }));

Deno.test("KV53 a log record over 48 KiB spills into parts in the same atomic operation and reads as one", () =>
  withFolder(async (folder) => {
    const store = await openStore({ folder });
    const text = "é".repeat(14_000);
    const many = (mark: string) =>
      store.commit(someone, (thought) => {
        for (let n = 0; n < 10; n++) thought.set(keys.object(`o${n}`), mark + text);
      });
    const first = await many("1");
    const second = await many("2");
    assert.equal(store.stats().largeThoughts, 0);
    const entry = await store.logEntry(second.position);
    assert.deepEqual(entry?.changes.map(({ before }) => before), Array(10).fill(`1${text}`));
    assert.equal(await store.asOf(first.position).get(keys.object("o3")), `1${text}`);
    await store.close();
    await withDatabase(folder, async (kv) => {
      const parts = await collect(kv.list<Uint8Array>({ prefix: ["part"] }));
      assert.equal(parts.length, 5);
      await kv.set(parts[0]!.key, new Uint8Array(parts[0]!.value.length));
    });
    const again = await openStore({ folder });
    await assert.rejects(again.logEntry(second.position), CorruptError);
    assert.equal((await again.logEntry(first.position))?.changes.length, 10);
    await again.close();
  }));

Deno.test("KV54 what is deleted is listed under the stamp of its thought", () =>
  withFolder(async (folder) => {
    const store = await openStore({ folder });
    await put(store, "a", 1);
    const { position } = await store.commit(someone, (thought) => {
      thought.delete(keys.object("a"));
      thought.delete(keys.object("never was"));
    });
    await store.close();
    await withDatabase(folder, async (kv) => {
      const gone = await peek(kv, keys.gone(1, position.slice(7, 27)));
      assert.deepEqual(gone, { v: 1, keys: [[0, ["object", "a"]]] });
    });
  }));
