import { deepStrictEqual as equal, match, ok, rejects } from "node:assert/strict";
import { hashSpace } from "../../../vector/mod.ts";
import { memoryUntil, openWithMemory, realModel, storedRows, testWithModel } from "./fixture.ts";

const request = { who: "a test" };

Deno.test("ME1 what was remembered is found by the very next recall, also under many at once", async () => {
  await using image = await openWithMemory();
  for (let round = 0; round < 20; round++) {
    await image.remember(`the ${round}th lighthouse keeper paints the door`);
    equal(await image.recall(`${round}th lighthouse`, 1), [
      `the ${round}th lighthouse keeper paints the door`,
    ]);
  }
  await Promise.all(Array.from({ length: 30 }, async (_, n) => {
    await image.remember(`ship${n}x sails at dawn`);
    equal(await image.recall(`ship${n}x`, 1), [`ship${n}x sails at dawn`]);
  }));
  equal(image.parts.memory!.status.L1.rows, 50);
});

testWithModel("ME1 with the model a memory is found in other words", async () => {
  await using image = await openWithMemory({ models: realModel });
  await image.remember(
    "My sister moved to Portugal last spring",
    "The boiler in the cellar must be repaired",
    "Quarterly revenue rose by eight percent",
  );
  equal(await image.recall("Where does my sibling live now?", 1), [
    "My sister moved to Portugal last spring",
  ]);
  equal(await image.recall("the heating is broken", 1), ["The boiler in the cellar must be repaired"]);
  const { space, degraded, index } = image.parts.memory!.status;
  equal([space.model, degraded, index.state], ["all-MiniLM-L6-v2", [], "ready"]);
});

Deno.test("ME2 a thought that does not commit leaves no row, in the store or in the search", async () => {
  await using image = await openWithMemory();
  await image.remember("the garden gate creaks");
  const { world, store } = image.image;
  const memory = image.parts.memory!;
  const [vector] = await memory.embed(["a secret that is never committed"]);
  const head = store.position;
  await rejects(
    world.thought({ who: "a test", why: "break off", kind: "change" }, (tx) => {
      memory.stage(tx.thought, { rows: [{ oid: "ghost", vector: vector! }], removed: [] });
      throw new Error("broken off");
    }),
    /broken off/,
  );
  equal(store.position, head);
  equal((await memory.search(vector!, 10)).map(({ oid }) => oid).includes("ghost"), false);
  equal((await storedRows(image, hashSpace.id)).length, 1);
});

Deno.test("ME3 a vector of a wrong dimension, length or with what is no number is refused, and nothing is written", async () => {
  await using image = await openWithMemory();
  await image.remember("the garden gate creaks");
  const { world, store } = image.image;
  const head = store.position;
  for (
    const [vector, fault] of [
      [new Float32Array(3), /has 3 dimensions/],
      [new Float32Array(384).fill(NaN), /not a finite number/],
      [new Float32Array(384).fill(1), /instead of 1/],
    ] as const
  ) {
    const thought = world.thought({ who: "a test", why: "wrong", kind: "change" }, (tx) => {
      tx.thought.set(["meta", "witness"], true);
      image.parts.memory!.stage(tx.thought, { rows: [{ oid: "a", vector }], removed: [] });
      return Promise.resolve();
    });
    await rejects(thought, (error: Error & { code: string }) => {
      match(error.message, fault);
      equal(error.code, "refused");
      return true;
    });
  }
  equal(store.position, head);
  equal(await store.get(["meta", "witness"]), null);
});

Deno.test("ME4 deleting, editing and undoing a memory keep search in step", async () => {
  await using image = await openWithMemory();
  const { operations } = image.image;
  const [gate] = await image.remember("the garden gate creaks", "the violin is out of tune");
  await operations.delete(gate!, false, request);
  equal((await image.recall("garden gate")).includes("the garden gate creaks"), false);
  await operations.undo(undefined, request);
  equal(await image.recall("garden gate", 1), ["the garden gate creaks"]);
  await operations.setSlot(gate!, "text_chunk", "the harbour crane is rusty", request);
  equal(await image.recall("harbour crane", 1), ["the harbour crane is rusty"]);
  equal((await image.image.memories.recall("harbour crane", 1))[0]!.oid, gate);
  await operations.undo(undefined, request);
  equal(await image.recall("garden gate", 1), ["the garden gate creaks"]);
  equal((await image.image.memories.recall("harbour crane rusty", 1))[0]!.score < 0.5, true);
  equal(image.parts.index!.rows, 2);
});

Deno.test("ME5 after it is opened again everything is found, though recall is asked before the index is filled", async () => {
  const folder = await Deno.makeTempDir();
  try {
    {
      await using image = await openWithMemory({ folder });
      await image.remember(...Array.from({ length: 1500 }, (_, n) => `note ${n} about topic${n}`));
      const [gone] = await image.remember("to be deleted soon");
      await image.image.operations.delete(gone!, false, request);
    }
    await using image = await openWithMemory({ folder });
    equal(await image.recall("topic777", 1), ["note 777 about topic777"]);
    equal(image.parts.memory!.status.L1.rows, 1500);
    equal((await image.recall("to be deleted soon")).includes("to be deleted soon"), false);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("ME5 commits while the index is being filled win over what is read of the store", async () => {
  const folder = await Deno.makeTempDir();
  try {
    let oids: string[];
    {
      await using image = await openWithMemory({ folder });
      oids = await image.remember(...Array.from({ length: 1200 }, (_, n) => `note ${n} about topic${n}`));
    }
    await using image = await openWithMemory({ folder });
    await memoryUntil(image, ({ embedder }) => embedder.state === "degraded");
    const { operations } = image.image;
    await operations.setSlot(oids[0]!, "text_chunk", "the harbour crane is rusty", request);
    await operations.delete(oids.at(-1)!, false, request);
    equal(await image.recall("harbour crane", 1), ["the harbour crane is rusty"]);
    equal((await image.recall("topic1199", 1))[0] === "note 1199 about topic1199", false);
    equal(image.parts.index!.rows, 1199);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("ME6 while the model or the index is not there, recall waits, then says so and may be tried again", async () => {
  const hold = Promise.withResolvers<void>();
  await using image = await openWithMemory({
    readyWaitMs: 100,
    models: {
      find: async ({ signal }) => {
        const aborted = Promise.withResolvers<void>();
        signal.addEventListener("abort", () => aborted.resolve());
        await Promise.race([hold.promise, aborted.promise]);
        return { reasons: ["none on purpose"] };
      },
    },
  });
  await rejects(image.recall("anything"), (error: Error & { code: string; retryable: boolean }) => {
    equal([error.code, error.retryable], ["not_ready", true]);
    match(error.message, /looking for the model/);
    return true;
  });
  equal(image.parts.memory!.status.embedder.state, "starting");
  const head = image.image.store.position;
  await rejects(image.remember("too early"), { code: "not_ready" });
  equal(image.image.store.position, head);
  hold.resolve();
  await memoryUntil(image, ({ index }) => index.state === "ready");
  await image.remember("in time");
  equal(await image.recall("in time", 1), ["in time"]);
});

Deno.test("ME6 a recall that is cancelled while it waits ends at once", async () => {
  await using image = await openWithMemory({
    models: { find: () => new Promise(() => {}) },
    readyWaitMs: 200,
  });
  await memoryUntil(image, () => true);
  const cancel = new AbortController();
  const waiting = image.image.memories.recall("x", 1, { signal: cancel.signal });
  setTimeout(() => cancel.abort(new Error("no longer wanted")), 20);
  await rejects(waiting, /no longer wanted/);
});

Deno.test("ME7 recall as of the past finds what was there then, as it was then", async () => {
  await using image = await openWithMemory();
  const { memories, operations, store } = image.image;
  const textsAt = async (query: string, asOf: string) =>
    (await memories.recall(query, 5, { asOf })).map(({ text }) => text);
  const before = store.position;
  const [gate, violin] = await image.remember("the garden gate creaks", "the violin is out of tune");
  const first = store.position;
  await operations.setSlot(gate!, "text_chunk", "the harbour crane is rusty", request);
  const edited = store.position;
  await operations.delete(violin!, false, request);
  await image.remember("the lighthouse keeper sleeps");

  equal(await textsAt("garden gate", before), []);
  equal((await textsAt("garden gate creaks", first))[0], "the garden gate creaks");
  equal((await textsAt("violin", first)).sort(), ["the garden gate creaks", "the violin is out of tune"]);
  equal((await textsAt("harbour crane", edited))[0], "the harbour crane is rusty");
  equal((await textsAt("violin", edited))[0], "the violin is out of tune");
  equal((await textsAt("violin", store.position)).includes("the violin is out of tune"), false);
  equal((await textsAt("lighthouse", edited)).includes("the lighthouse keeper sleeps"), false);
});

Deno.test("ME8 when the index's worker breaks the memory is started again and filled from the store", async () => {
  await using image = await openWithMemory({ worker: new URL("breaking_worker.ts", import.meta.url) });
  await image.remember("the garden gate creaks");
  const memory = image.parts.memory!;
  const [query] = await memory.embed(["garden gate"]);
  await rejects(memory.search(query!, 999), { code: "index_failed", retryable: true });
  await memoryUntil(image, ({ index }) => image.parts.starts === 2 && index.state === "ready");
  equal(await image.recall("garden gate", 1), ["the garden gate creaks"]);
  const { actors } = await image.door.health();
  match(JSON.stringify(actors), /broken on purpose/);
});

Deno.test("ME9 a text without any words is stored and found by nothing", async () => {
  await using image = await openWithMemory();
  await image.remember("?! …", "the garden gate creaks");
  equal(await image.recall("garden", 5), ["the garden gate creaks"]);
  equal(await image.recall("… !", 5), []);
  ok((await storedRows(image, hashSpace.id)).length === 2);
});
