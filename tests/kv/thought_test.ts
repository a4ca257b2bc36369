import assert from "node:assert/strict";
import {
  ConflictError,
  CorruptError,
  keys,
  type LogEntry,
  openStore,
  PositionError,
  startOfEpoch,
  StoreClosedError,
} from "../../kv/mod.ts";
import { collect, dump, put, see, someone, withDatabase, withFolder, withStore } from "./support.ts";

Deno.test("KV1 a commit answers a position, and what it wrote is read back with its stamp", () =>
  withStore(async (store) => {
    assert.equal(store.position, startOfEpoch(1));
    const done = await store.commit(someone, (thought) => {
      thought.set(keys.object("a"), { text: "hello" });
      thought.set(keys.name("greeting"), "a");
      return 42;
    });
    assert.equal(done.value, 42);
    assert.equal(done.changed, true);
    assert.equal(store.position, done.position);
    const entry = await store.get(keys.object("a"));
    assert.deepEqual(entry?.value, { text: "hello" });
    assert.equal(done.position, `000001-${entry?.versionstamp}-0000`);
    const many = await store.getMany([keys.name("greeting"), keys.name("none"), keys.object("a")]);
    assert.deepEqual(many.map((one) => one?.value ?? null), ["a", null, { text: "hello" }]);
  }));

Deno.test("KV1 positions rise in the order of the commits, and at rises when the clock goes back", async () => {
  let now = 5_000;
  await withStore(async (store) => {
    const first = await store.commit(someone, (thought) => thought.set(keys.object("a"), 1));
    now = 1_000;
    const second = await store.commit(someone, (thought) => thought.set(keys.object("a"), 2));
    now = 9_000;
    const third = await store.commit(someone, (thought) => thought.set(keys.object("a"), 3));
    assert.deepEqual([first.at, second.at, third.at], [5_000, 5_001, 9_000]);
    assert.ok(first.position < second.position && second.position < third.position);
  }, { clock: () => now });
});

Deno.test("KV2 a thought that writes nothing is none: the position is the head and the log is as it was", () =>
  withStore(async (store) => {
    const position = await put(store, "a", 1);
    const read = await store.commit(someone, (thought) => thought.get(keys.object("a")));
    assert.deepEqual({ ...read, at: 0 }, { position, at: 0, changed: false, value: 1 });
    assert.equal((await store.log()).length, 1);
  }));

Deno.test("KV3 nothing is written when apply throws, and the error is the caller's", async () => {
  await withFolder(async (folder) => {
    const store = await openStore({ folder });
    await put(store, "a", 1);
    await store.close();
    const before = await withDatabase(folder, dump);
    const again = await openStore({ folder });
    await assert.rejects(
      again.commit(someone, (thought) => {
        thought.set(keys.object("b"), "x".repeat(200_000));
        throw new RangeError("no");
      }),
      RangeError,
    );
    await again.close();
    assert.deepEqual(await withDatabase(folder, dump), before);
  });
});

Deno.test("KV4 a thought sees its own staged writes, by key and in listings, and nobody else does", () =>
  withStore(async (store) => {
    for (const oid of ["a", "b", "c"]) await put(store, oid, oid);
    await store.commit(someone, async (thought) => {
      thought.set(keys.object("bb"), "new");
      thought.delete(keys.object("a"));
      thought.set(keys.object("c"), "changed");
      assert.equal(await thought.get(keys.object("a")), null);
      assert.equal(await thought.get(keys.object("c")), "changed");
      const forwards = await collect(thought.list(["object"]));
      assert.deepEqual(forwards.map(({ value }) => value), ["b", "new", "changed"]);
      const backwards = await collect(
        thought.list(["object"], { reverse: true, limit: 2, start: keys.object("c") }),
      );
      assert.deepEqual(backwards.map(({ value }) => value), ["new", "b"]);
      assert.deepEqual((await collect(store.list(["object"]))).map(({ value }) => value), ["a", "b", "c"]);
    });
  }));

Deno.test("KV5 of two thoughts with write skew one runs again on what the other wrote", () =>
  withStore(async (store) => {
    await put(store, "x", 1);
    await put(store, "y", 1);
    const bothRead = Promise.withResolvers<void>();
    let readers = 0;
    const takeOne = (mine: string, other: string) =>
      store.commit(someone, async (thought) => {
        const left = await thought.get<number>(keys.object(mine));
        const right = await thought.get<number>(keys.object(other));
        if (++readers === 2) bothRead.resolve();
        await bothRead.promise;
        if (left! + right! < 2) return "refused";
        thought.set(keys.object(mine), 0);
        return "taken";
      });
    const results = await Promise.all([takeOne("x", "y"), takeOne("y", "x")]);
    assert.deepEqual(results.map(({ value }) => value).sort(), ["refused", "taken"]);
    assert.deepEqual([await see(store, "x"), await see(store, "y")].sort(), [0, 1]);
  }));

Deno.test("KV6 an insert into a listed prefix is a conflict, one elsewhere is none", () =>
  withStore(async (store) => {
    for (const [below, runsExpected] of [["parent", 2], ["other", 1]] as const) {
      let runs = 0;
      await store.commit(someone, async (thought) => {
        runs++;
        const found = await collect(thought.list(keys.children("parent"), { limit: 1 }));
        if (runs === 1) {
          await store.commit(someone, (other) => other.set(keys.child(below, `${below}-${runs}`), true));
        }
        thought.set(keys.object("count"), found.length + 1);
      });
      assert.equal(runs, runsExpected, `with an insert below ${below}`);
    }
  }));

Deno.test("KV7 a hundred increments at once all count, and the one that runs again is told by stats", () =>
  withStore(async (store) => {
    await put(store, "n", 0);
    await Promise.all(Array.from({ length: 100 }, () =>
      store.commit(someone, async (thought) => {
        thought.set(keys.object("n"), (await thought.get<number>(keys.object("n")))! + 1);
      })));
    assert.equal(await see(store, "n"), 100);
    assert.ok(store.stats().conflicts >= 99);
  }));

Deno.test("KV7 a thought that keeps losing gets the gate: it ends although others write without pause", () =>
  withStore(async (store) => {
    await put(store, "hot", 0);
    let running = true;
    const writer = (async () => {
      for (let n = 0; running; n++) {
        await store.commit(someone, (thought) => thought.set(keys.object("hot"), n));
      }
    })();
    let runs = 0;
    try {
      await store.commit(someone, async (thought) => {
        runs++;
        const seen = await thought.get(keys.object("hot"));
        const { promise, resolve } = Promise.withResolvers<void>();
        setTimeout(resolve, 20);
        await promise;
        thought.set(keys.object("slow"), seen);
      });
    } finally {
      running = false;
      await writer;
    }
    assert.ok(runs > 1 && runs < 12, `it ran ${runs} times`);
  }));

Deno.test("KV7 a thought that invalidates itself every time ends in a conflict that names key and thought", () =>
  withStore(async (store) => {
    await put(store, "a", 0);
    let runs = 0;
    const error = await store.commit(someone, async (thought) => {
      runs++;
      const value = await thought.get<number>(keys.object("a"));
      if (runs < 5) {
        await put(store, "a", runs);
      } else {
        // At the gate others wait; one that is inside its own apply step is let through after a bounded time.
        void put(store, "a", runs);
        await put(store, "a", -runs);
      }
      thought.set(keys.object("b"), value);
    }).then(() => null, (reason) => reason);
    assert.ok(error instanceof ConflictError, String(error));
    assert.equal(runs, 12);
    assert.deepEqual(error.details.keys, [keys.object("a")]);
    assert.equal(error.retryable, true);
    assert.match(error.message, /"object", "a"/);
  }));

Deno.test("KV8 a context read is not checked", () =>
  withStore(async (store) => {
    await put(store, "quoted", "old");
    let runs = 0;
    const done = await store.commit(someone, async (thought) => {
      runs++;
      const quoted = await thought.get(keys.object("quoted"), { context: true });
      await put(store, "quoted", "new");
      thought.set(keys.object("answer"), quoted);
      return quoted;
    });
    assert.deepEqual([done.value, runs], ["old", 1]);
  }));

Deno.test("KV9 an adopted value is a checked read and the before-image", () =>
  withStore(async (store) => {
    await put(store, "a", { n: 1 });
    const done = await store.commit(someone, (thought) => {
      thought.adopt(keys.object("a"), { n: 1 });
      thought.set(keys.object("a"), { n: 2 });
    });
    assert.deepEqual((await store.logEntry(done.position))?.changes, [{
      key: keys.object("a"),
      before: { n: 1 },
    }]);
    let runs = 0;
    let known = { n: 2 };
    await store.commit(someone, async (thought) => {
      thought.adopt(keys.object("a"), known);
      if (++runs === 1) {
        await put(store, "a", { n: 50 });
        known = { n: 50 };
      }
      thought.set(keys.object("a"), { n: known.n + 1 });
    });
    assert.deepEqual([runs, await see(store, "a")], [2, { n: 51 }]);
  }));

Deno.test("KV10 listeners hear every change in commit order before commit() answers, and a bad one harms nobody", async () => {
  const reported: unknown[] = [];
  const heard: string[] = [];
  await withStore(async (store) => {
    store.onCommitted(() => {
      throw new Error("a listener fails");
    });
    const stop = store.onCommitted((thoughts) => {
      for (const { position, changes } of thoughts) {
        heard.push(`${position} ${changes[0]!.before}>${changes[0]!.after}`);
      }
    });
    const first = await put(store, "a", 1);
    assert.deepEqual(heard, [`${first} null>1`]);
    const second = await put(store, "a", 2);
    stop();
    await put(store, "a", 3);
    assert.deepEqual(heard, [`${first} null>1`, `${second} 1>2`]);
  }, { onError: (error) => reported.push(error) });
  assert.equal(reported.length, 3);
});

Deno.test("KV11 the log keeps who, why, kind, links, detail and before-images, and pages both ways", () =>
  withStore(async (store) => {
    const info = {
      who: "BRICK",
      why: "why",
      kind: "answer",
      persona: "BRICK",
      model: "m",
      detail: { tokens: 3 },
    };
    const positions: string[] = [];
    for (let n = 0; n < 25; n++) {
      positions.push(
        (await store.commit({ ...info, undoes: positions[0] }, (thought) => thought.set(keys.object("a"), n)))
          .position,
      );
    }
    const entry: LogEntry = (await store.logEntry(positions[7]!))!;
    assert.deepEqual({ ...entry, id: "", at: 0 }, {
      ...info,
      undoes: positions[0],
      id: "",
      at: 0,
      position: positions[7],
      changes: [{ key: keys.object("a"), before: 6 }],
    });
    const forwards: string[] = [];
    while (forwards.length < 25) {
      const page = await store.log({ after: forwards.at(-1), limit: 7 });
      forwards.push(...page.map(({ position }) => position));
    }
    assert.deepEqual(forwards, positions);
    const newest = await store.log({ newest: true, limit: 3, before: positions[10] });
    assert.deepEqual(newest.map(({ position }) => position), [positions[9], positions[8], positions[7]]);
    assert.equal(await store.logEntry("000001-00000000000000000000-0000"), null);
    assert.deepEqual(await store.changesOf(keys.object("a"), { newest: true, limit: 2 }), [
      positions[24],
      positions[23],
    ]);
    assert.deepEqual(await store.changesOf(keys.object("a"), { after: positions[22] }), positions.slice(23));
  }));

Deno.test("KV11 between two bounds of which the first is not before the second there is nothing", () =>
  withStore(async (store) => {
    const positions: string[] = [];
    for (let n = 0; n < 4; n++) positions.push(await put(store, "a", n));
    const bounds = { after: positions[3], before: positions[1] };
    assert.deepEqual(await store.log(bounds), []);
    assert.deepEqual(await store.log({ ...bounds, newest: true }), []);
    assert.deepEqual(await store.changesOf(keys.object("a"), bounds), []);
    await assert.rejects(store.log({ after: "x", before: "a" }), PositionError);
  }));

Deno.test("KV11 without before-images a page reads none, so that a damaged one hides no thought", () =>
  withFolder(async (folder) => {
    let store = await openStore({ folder });
    await put(store, "a", "L".repeat(70_000));
    const last = await put(store, "a", "small");
    await store.close();
    await withDatabase(folder, async (kv) => {
      for await (const { key } of kv.list({ prefix: ["blob"] })) await kv.delete(key);
    });
    store = await openStore({ folder });
    await assert.rejects(store.log(), CorruptError);
    const page = await store.log({ images: false });
    assert.deepEqual(page.map(({ changes }) => changes), [
      [{ key: keys.object("a"), before: null }],
      [{ key: keys.object("a"), before: null }],
    ]);
    assert.deepEqual(await store.logEntry(last, { images: false }), page[1]);
    await store.close();
  }));

Deno.test("KV12 a closed store refuses everything, and what was under way at close is decided", async () => {
  await withFolder(async (folder) => {
    const store = await openStore({ folder });
    const pending = Array.from({ length: 20 }, (_, n) => put(store, `o${n}`, n));
    await store.close();
    await Promise.all(pending);
    await assert.rejects(put(store, "late", 1), StoreClosedError);
    await assert.rejects(store.get(keys.object("o1")), StoreClosedError);
    const again = await openStore({ folder });
    assert.equal(await see(again, "o19"), 19);
    await again.close();
  });
});

Deno.test("KV12 a large value that is read while the store is closed is no damage", () =>
  withFolder(async (folder) => {
    const store = await openStore({ folder });
    await put(store, "a", "L".repeat(30_000_000));
    const { position } = store;
    await put(store, "a", "small");
    await put(store, "b", "L".repeat(30_000_000));
    const readings = [
      store.get(keys.object("b")),
      store.asOf(position).get(keys.object("a")),
      store.log(),
    ].map((reading) => assert.rejects(reading, StoreClosedError));
    await store.close();
    await Promise.all(readings);
  }));

Deno.test("KV12 a thought cannot be used when its apply step is over", () =>
  withStore(async (store) => {
    let leaked: { set(key: Deno.KvKey, value: unknown): void } | null = null;
    await store.commit(someone, (thought) => {
      leaked = thought;
    });
    assert.throws(() => leaked!.set(keys.object("a"), 1), TypeError);
  }));
