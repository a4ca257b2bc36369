import assert from "node:assert/strict";
import { DelegationError, HasChildrenError, NameError, NotFoundError } from "../../../actors/errors.ts";
import { CHAIN_DEPTH_MAX } from "../../../actors/object/mod.ts";
import {
  clone,
  create,
  extend,
  remove,
  rename,
  setSlot,
  viewObject,
  viewObjectAsOf,
  type World,
} from "../../../actors/world/mod.ts";
import { keys } from "../../../kv/mod.ts";
import { v7 as uuidv7 } from "uuid";
import { openTestWorld } from "../../support/world.ts";

const info = { who: "test", why: "a test" };

async function make(world: World, name: string, parents: string[] = [], slots = {}): Promise<string> {
  const oid = uuidv7();
  const parentOids = await Promise.all(parents.map((parent) => world.resolve(parent)));
  await world.thought(info, (tx) => create(tx, { oid, at: 1 }, { name, parents: parentOids, slots }));
  return oid;
}

async function set(world: World, name: string, slot: string, value: unknown): Promise<void> {
  const oid = await world.resolve(name);
  await world.thought(info, (tx) => setSlot(tx, oid, slot, value));
}

Deno.test("AC10 a new image holds the root, the parts of the system, the personas, the prototypes and an example", async () => {
  await using test = await openTestWorld();
  for (
    const name of [
      "genesis",
      "memory_manager",
      "archive_manager",
      "backup_manager",
      "orchestrator",
      "hypervector_prototype",
      "context_fractal_prototype",
      "concept_fractal_prototype",
      "ALFRED",
      "BRICK",
      "ROBIN",
      "BABS",
      "morph",
      "square",
    ]
  ) {
    assert.ok(await test.world.find(name), name);
  }
  assert.equal(await test.world.send("square", "area"), 25);
  assert.equal(await test.world.send("rectangle", "area"), 24);
});

Deno.test("AC11 a name is found as an oid is, and an oid wins", async () => {
  await using test = await openTestWorld();
  const oid = await test.world.resolve("square");
  assert.equal(await test.world.resolve(oid), oid);
  assert.equal(await test.world.send(oid, "area"), await test.world.send("square", "area"));
  await assert.rejects(test.world.resolve("nobody"), NotFoundError);
  await assert.rejects(test.world.resolve(uuidv7()), NotFoundError);
});

Deno.test("AC12 names are unique, normalised, bounded and never look like an oid", async () => {
  await using test = await openTestWorld();
  const { world } = test;
  const oid = await world.resolve("square");
  const renamed = (name: string) => world.thought(info, (tx) => rename(tx, oid, name));
  await assert.rejects(
    renamed("counter"),
    (error) => error instanceof NameError && error.code === "name_taken",
  );
  for (const bad of ["", "  ", "x".repeat(201), uuidv7(), "a\u0000b", ".", " .. "]) {
    await assert.rejects(
      renamed(bad),
      (error) => error instanceof NameError && error.code === "name_invalid",
    );
  }
  await renamed("cafe\u0301");
  assert.equal(await world.resolve("café"), oid);
  await assert.rejects(world.resolve("square"), NotFoundError);
});

Deno.test("AC12 an object that was named .. before keeps its name, is reached by its oid and renamed", async () => {
  await using test = await openTestWorld();
  const { world } = test;
  const oid = uuidv7();
  const before = { oid, name: "..", parents: [], slots: {}, createdAt: 1, reason: null };
  await world.thought(info, (tx) => Promise.resolve(tx.create(before)));
  assert.equal(await world.resolve(oid), oid);
  await world.thought(info, (tx) => setSlot(tx, oid, "kept", 1));
  assert.equal((await world.registry.load(oid))!.context.name, "..");
  await world.thought(info, (tx) => rename(tx, oid, "named"));
  assert.equal(await world.resolve("named"), oid);
});

Deno.test("AC12 two objects can exchange their names in one thought", async () => {
  await using test = await openTestWorld();
  const { world } = test;
  const [a, b] = [await world.resolve("square"), await world.resolve("counter")];
  await world.thought(info, async (tx) => {
    await rename(tx, a, "counter");
    await rename(tx, b, "square");
  });
  assert.equal(await world.resolve("counter"), a);
  assert.equal(await world.resolve("square"), b);
});

Deno.test("AC13 a clone has the same parents and slots under a new oid, and the next free name", async () => {
  await using test = await openTestWorld();
  const { world } = test;
  const square = await world.resolve("square");
  for (const name of ["square 2", "square 3"]) {
    const oid = uuidv7();
    await world.thought(info, (tx) => clone(tx, square, { oid, at: 1 }));
    const view = await viewObject(world, oid);
    assert.equal(view.name, name);
    assert.deepEqual(view.parents, (await viewObject(world, "square")).parents);
    assert.equal(view.slots.width, 5);
  }
  await set(world, "square 2", "width", 50);
  assert.equal(await world.send("square", "area"), 25);
});

Deno.test("AC13 a clone of the longest name there is has one that is cut before its number, and no character in two", async () => {
  await using test = await openTestWorld();
  const { world } = test;
  const square = await world.resolve("square");
  for (
    const [name, kept] of [["n".repeat(200), "n".repeat(189)], ["😀".repeat(100), "😀".repeat(94)]] as const
  ) {
    await world.thought(info, (tx) => rename(tx, square, name));
    for (const number of [2, 3]) {
      const oid = uuidv7();
      await world.thought(info, (tx) => clone(tx, square, { oid, at: 1 }));
      assert.equal((await viewObject(world, oid)).name, `${kept} ${number}`);
    }
  }
});

Deno.test("AC14 an extension is empty, follows its prototype, and writing makes an own slot", async () => {
  await using test = await openTestWorld();
  const { world } = test;
  const oid = uuidv7();
  const square = await world.resolve("square");
  await world.thought(info, (tx) => extend(tx, square, { oid, at: 1, name: "tile" }));
  assert.deepEqual((await viewObject(world, "tile")).slots, {});
  await set(world, "square", "width", 7);
  assert.equal(await world.send("tile", "area"), 35);
  await set(world, "tile", "width", 1);
  assert.equal(await world.send("tile", "area"), 5);
  assert.equal(await world.send("square", "width"), 7);
});

Deno.test("AC3 a cycle along parent* is refused when it is written, and nothing changes", async () => {
  await using test = await openTestWorld();
  const { world } = test;
  const before = await viewObject(world, "genesis");
  await assert.rejects(set(world, "genesis", "parent*", ["square"]), (error) => {
    assert.ok(error instanceof DelegationError);
    assert.equal(error.code, "parent_cycle");
    assert.match(error.message, /genesis → square → rectangle → shape → genesis/);
    return true;
  });
  await assert.rejects(set(world, "square", "parent*", ["square"]), DelegationError);
  assert.deepEqual(await viewObject(world, "genesis"), before);
});

Deno.test("AC3 re-parenting is refused when a descendant's chain would become too long", async () => {
  await using test = await openTestWorld();
  const { world } = test;
  let name = "genesis";
  for (let depth = 1; depth <= CHAIN_DEPTH_MAX; depth++) {
    await make(world, `d${depth}`, [name]);
    name = `d${depth}`;
  }
  await assert.rejects(make(world, "beyond", [name]), DelegationError);
  await make(world, "other");
  await make(world, "other child", ["other"]);
  await set(world, "other", "parent*", [`d${CHAIN_DEPTH_MAX - 2}`]);
  await assert.rejects(set(world, "other", "parent*", [`d${CHAIN_DEPTH_MAX - 1}`]), DelegationError);
});

Deno.test("AC15 an object that others name as parent is not deleted, and they are named", async () => {
  await using test = await openTestWorld();
  const { world } = test;
  const shape = await world.resolve("shape");
  await assert.rejects(
    world.thought(info, (tx) => remove(tx, shape, false)),
    (error) => error instanceof HasChildrenError && /rectangle/.test(JSON.stringify(error.details)),
  );
  const gone = await world.thought(info, (tx) => remove(tx, shape, true));
  assert.equal(gone.value.length, 3);
  for (const name of ["shape", "rectangle", "square"]) assert.equal(await world.find(name), null, name);
});

Deno.test("AC15 a cascade stops at an object with another parent", async () => {
  await using test = await openTestWorld();
  const { world } = test;
  await make(world, "both", ["square", "counter"]);
  const square = await world.resolve("square");
  await assert.rejects(world.thought(info, (tx) => remove(tx, square, true)), HasChildrenError);
  assert.ok(await world.find("square"));
});

Deno.test("AC16 a message nobody understands names the receiver, the chain and the nearest selectors, and is told", async () => {
  await using test = await openTestWorld();
  await assert.rejects(
    async () => await test.world.send("square", "aera"),
    (error: Error & { details?: unknown }) => {
      assert.deepEqual(error.details, {
        receiver: "square",
        selector: "aera",
        searched: ["square", "rectangle", "shape", "genesis"],
        nearest: ["area", ...(error.details as { nearest: string[] }).nearest.slice(1)],
      });
      return true;
    },
  );
  assert.equal(test.notUnderstood.length, 1);
});

Deno.test("AC17 a read-only message to objects in memory is answered synchronously", async () => {
  await using test = await openTestWorld();
  const { world } = test;
  const square = await world.resolve("square");
  await world.send(square, "area");
  assert.equal(world.send(square, "area"), 25);
  const head = world.store.position;
  for (let sent = 0; sent < 100; sent++) world.send(square, "area");
  assert.equal(world.store.position, head);
});

Deno.test("AC18 a native method that writes is one thought with the receiver as self", async () => {
  await using test = await openTestWorld();
  const { world } = test;
  const { value, changed } = await world.deliver("square", "scale", [2]);
  assert.equal(value, 100);
  assert.ok(changed);
  assert.deepEqual((await viewObject(world, "square")).slots.width, 10);
  assert.equal(await world.send("shape", "width"), 3);
  test.world.registry.hear();
  assert.deepEqual(test.drifted, []);
});

Deno.test("AC19 a method of the image runs in the sandbox, and what it sets commits as one thought", async () => {
  await using test = await openTestWorld();
  const { world } = test;
  assert.equal(await world.send("counter", "increment"), 1);
  assert.equal(await world.send("counter", "increment", [5]), 6);
  assert.equal(await world.send("counter", "count"), 6);
  assert.equal(await world.send("greeter", "greet", ["you"]), "Hello, you!");
  assert.equal(await world.send("square", "perimeter"), 20);
  await set(world, "counter", "explode", {
    $method: '(self) => { self.set("count", 99); throw new Error("no"); }',
  });
  await assert.rejects(async () => await world.send("counter", "explode"), /no/);
  assert.equal(await world.send("counter", "count"), 6);
});

Deno.test("AC19 messages between methods of the image and natives see what was set before them", async () => {
  await using test = await openTestWorld();
  const { world } = test;
  await set(world, "square", "grow", {
    $method: '(self) => { self.set("width", 100); const area = self.send("area"); self.send("scale", 2); ' +
      'return [area, self.get("width"), self.send("area")]; }',
  });
  assert.deepEqual(await world.send("square", "grow"), [500, 200, 2000]);
  assert.equal(await world.send("square", "width"), 200);
  assert.equal(await world.send("square", "height"), 10);
});

Deno.test("AC20 nothing is heard of a thought that fails, and the live object is as it was", async () => {
  await using test = await openTestWorld();
  const { world } = test;
  const heard: string[] = [];
  world.store.onCommitted((thoughts) => heard.push(...thoughts.map(({ why }) => why)));
  const before = await viewObject(world, "counter");
  const oid = await world.resolve("counter");
  await assert.rejects(
    world.thought(info, async (tx) => {
      await setSlot(tx, oid, "count", 1);
      await rename(tx, oid, "square");
    }),
    NameError,
  );
  assert.deepEqual(await viewObject(world, "counter"), before);
  assert.deepEqual(heard, []);
});

Deno.test("AC21 fifty writers of one object lose no increment", async () => {
  await using test = await openTestWorld();
  const { world } = test;
  const oid = await world.resolve("counter");
  await Promise.all(Array.from({ length: 50 }, () =>
    world.thought(info, async (tx) => {
      const slot = (await tx.require(oid)).slots.count!;
      await setSlot(tx, oid, "count", (slot as { value: number }).value + 1);
    })));
  assert.equal(await world.send("counter", "count"), 50);
  test.world.registry.hear();
  assert.deepEqual(test.drifted, []);
});

Deno.test("AC21 writers that follow each other lose nothing, beside others that rename, delete and expect", async () => {
  await using test = await openTestWorld();
  const { world } = test;
  const oid = await world.resolve("counter");
  const lamp = await make(world, "lamp", ["counter"], { count: { kind: "data", value: 0 } });
  const count = (of: string, follows: boolean) =>
    world.thought(info, async (tx) => {
      const slot = (await tx.require(of)).slots.count!;
      await setSlot(tx, of, "count", (slot as { value: number }).value + 1);
    }, { follows });
  const before = world.store.stats().atomics;
  await Promise.all(Array.from({ length: 60 }, () => count(oid, true)));
  assert.ok(world.store.stats().atomics - before < 12, `${world.store.stats().atomics - before} operations`);
  const settled = await Promise.allSettled(Array.from({ length: 60 }, (_, n) => {
    if (n === 20) return world.thought(info, (tx) => rename(tx, oid, "abacus"), { follows: true });
    if (n === 40) {
      return world.thought(info, async (tx) => void await remove(tx, lamp, false), { follows: true });
    }
    return count(n % 2 === 0 ? oid : lamp, n % 3 !== 0);
  }));
  const counted = settled.filter(({ status }, n) =>
    status === "fulfilled" && n % 2 === 0 && n !== 20 && n !== 40
  );
  assert.equal(counted.length, 28);
  assert.equal(await world.send("abacus", "count"), 60 + 28);
  assert.equal(await world.find("lamp"), null);
  for (const one of settled) if (one.status === "rejected") assert.equal(one.reason.code, "not_found");
  world.registry.hear();
  assert.deepEqual(test.drifted, []);
});

Deno.test("AC22 objects in memory are bounded, and those put away are read again as they were", async () => {
  await using test = await openTestWorld({ residentsMax: 10 });
  const { world } = test;
  for (let index = 0; index < 40; index++) {
    await make(world, `n${index}`, ["counter"], { count: { kind: "data", value: index } });
  }
  assert.ok(world.registry.size <= 10, String(world.registry.size));
  for (let index = 0; index < 40; index++) assert.equal(await world.send(`n${index}`, "count"), index);
  assert.equal(await world.send("square", "area"), 25);
});

Deno.test("AC23 an object whose snapshot does not validate is quarantined with its bytes intact, and the others live", async () => {
  const folder = await Deno.makeTempDir();
  const torn = { machine: "object", version: 1, snapshot: { half: true } };
  let oid: string;
  {
    await using test = await openTestWorld({ folder });
    oid = await test.world.resolve("counter");
    await test.store.commit(info, (thought) => thought.set(keys.object(oid), torn));
  }
  await using test = await openTestWorld({ folder });
  const { world, store } = test;
  const view = await viewObject(world, oid);
  assert.equal(view.state, "quarantined");
  assert.match(view.reason!, /does not validate/);
  await assert.rejects(
    world.thought(info, (tx) => setSlot(tx, oid, "count", 1)),
    (error: Error & { code?: string }) => error.code === "quarantined",
  );
  assert.deepEqual((await store.get(keys.object(oid)))?.value, torn);
  assert.equal(await world.send("square", "area"), 25);
  assert.equal(world.registry.quarantined.size, 1);
});

Deno.test("AC24 the same key changes nothing a second time and gives the first answer", async () => {
  await using test = await openTestWorld();
  const { world } = test;
  const once = await world.deliver("counter", "increment", [], { idempotencyKey: { key: "k1" } });
  const twice = await world.deliver("counter", "increment", [], { idempotencyKey: { key: "k1" } });
  assert.deepEqual([twice.value, twice.position], [once.value, once.position]);
  assert.equal(await world.send("counter", "count"), 1);
});

Deno.test("AC42 a key that comes again with another request is refused; an answer without a digest is given again", async () => {
  await using test = await openTestWorld();
  const { world, store } = test;
  const increment = (key: string, digest?: string) =>
    world.deliver("counter", "increment", [], { idempotencyKey: { key, digest } });
  const once = await increment("k1", "one");
  await assert.rejects(
    increment("k1", "another"),
    (error: Error & { code?: string; details?: unknown }) => {
      assert.deepEqual([error.code, error.details], ["idempotency_conflict", { key: "k1" }]);
      return true;
    },
  );
  assert.equal((await increment("k1", "one")).position, once.position);
  const older = await increment("k2");
  assert.deepEqual(Object.keys((await store.get(keys.idempotency("k2")))!.value as object), [
    "value",
    "thought",
  ]);
  assert.equal((await increment("k2", "any")).position, older.position);
  const both = await Promise.allSettled([increment("k3", "one"), increment("k3", "another")]);
  assert.deepEqual(both.map(({ status }) => status).toSorted(), ["fulfilled", "rejected"]);
  assert.equal(await world.send("counter", "count"), 3);
});

Deno.test("AC25 a stale expectation is refused with both positions", async () => {
  await using test = await openTestWorld();
  const { world } = test;
  const oid = await world.resolve("counter");
  const seen = await world.positionOf(oid);
  await set(world, "counter", "count", 1);
  await assert.rejects(
    world.expect(oid, seen!),
    (error: Error & { code?: string }) => error.code === "stale",
  );
  await world.expect(oid, (await world.positionOf(oid))!);
});

Deno.test("AC25 of many messages that expect the same position, beside some that expect none, one at most is taken", async () => {
  await using test = await openTestWorld();
  const { world } = test;
  const oid = await world.resolve("counter");
  for (let round = 0; round < 5; round++) {
    const expected = (await world.positionOf(oid))!;
    const settled = await Promise.allSettled(
      Array.from(
        { length: 24 },
        (_, n) =>
          n % 3 === round % 3
            ? world.deliver("counter", "increment", [])
            : world.deliver("counter", "increment", [], { expected }),
      ),
    );
    const stale = settled.filter((one) => one.status === "rejected");
    for (const one of stale) assert.equal((one as PromiseRejectedResult).reason.code, "stale");
    assert.ok(stale.length >= 15, `${stale.length} of 16 were stale`);
    const taken = (await world.store.log({ newest: true, limit: 24 })).filter(({ position }) =>
      position > expected
    );
    assert.equal(taken.length, 24 - stale.length);
  }
});

Deno.test("AC34 a name that is gone, or is another's by now, is found as of when it was there", async () => {
  await using test = await openTestWorld();
  const { world } = test;
  const before = world.store.position;
  const lamp = await make(world, "lamp");
  const then = world.store.position;
  await world.thought(info, (tx) => rename(tx, lamp, "lantern"));
  const renamed = world.store.position;
  const other = await make(world, "lamp");
  await world.thought(info, async (tx) => void await remove(tx, lamp, false));
  const seen = async (name: string, asOf: string) => (await viewObjectAsOf(world, name, asOf)).oid;
  assert.equal(await seen("lamp", then), lamp);
  assert.equal(await seen("lantern", renamed), lamp);
  assert.equal(await seen("lamp", world.store.position), other);
  assert.equal((await viewObjectAsOf(world, "lamp", then)).name, "lamp");
  for (const [name, asOf] of [["lamp", before], ["lantern", world.store.position], ["none", then]]) {
    await assert.rejects(seen(name!, asOf!), NotFoundError, `${name} as of ${asOf}`);
  }
  await world.thought(info, (tx) => rename(tx, other, "bulb"));
  assert.equal(await seen("bulb", renamed).catch((error) => error.code), "not_found");
  await set(world, "bulb", "watts", 7);
  const bulb = world.store.position;
  await world.thought(info, (tx) => rename(tx, other, "tube"));
  assert.equal(await seen("tube", bulb), other);
});
