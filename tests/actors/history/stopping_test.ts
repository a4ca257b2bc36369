import assert from "node:assert/strict";
import { openStore } from "../../../kv/mod.ts";
import type { WorkView } from "../../../ui/protocol.ts";
import { openTestImage, type TestImage } from "../../support/image.ts";

const MEMORIES = 1_500;

/** An image that takes a while to fork. */
async function openLarge(folder?: string): Promise<TestImage> {
  const test = await openTestImage(folder === undefined ? {} : { folder });
  const memories = Array.from({ length: MEMORIES }, (_, n) => ({ text: `note number ${n} about lanterns` }));
  await test.door.command({ command: "REMEMBER_MANY", memories });
  return test;
}

/** Hears of works on the stream, and calls back for each state of one that has come further than its beginning. */
async function follow(
  { door }: TestImage,
  { signal, onWork }: { signal: AbortSignal; onWork: (work: WorkView) => void },
): Promise<WorkView[]> {
  const heard: WorkView[] = [];
  for await (const { event } of door.events({ signal })) {
    if (event.command !== "SYSTEM_STATUS_UPDATE") continue;
    for (const work of event.health.works ?? []) {
      heard.push(work);
      onWork(work);
    }
  }
  return heard;
}

const stopped = (error: unknown) => (error as { code: string }).code === "stopped";

async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

Deno.test("HI12 a fork tells on the stream that it is under way and is stopped by its name; nothing of it is left", async () => {
  await using test = await openLarge();
  const parent = await Deno.makeTempDir({ prefix: "telos-stop-" });
  const over = new AbortController();
  const heard = follow(test, {
    signal: over.signal,
    onWork: ({ work }) => void test.door.command({ command: "STOP_WORK", work }),
  });
  const fork = { command: "FORK", folder: `${parent}/copy`, work: "my fork" } as const;
  await assert.rejects(test.door.command(fork, { who: "cli" }), stopped);
  over.abort();
  const [first] = await heard;
  assert.deepEqual([first?.work, first?.what, first?.who, first?.unit], [
    "my fork",
    "fork",
    "cli",
    "entries",
  ]);
  assert.deepEqual(await Array.fromAsync(Deno.readDir(parent)), [], "nothing is left");
  assert.deepEqual((await test.door.health()).works, []);
  assert.deepEqual((await test.door.command({ command: "STOP_WORK", work: "my fork" })).result, {
    stopped: false,
  });
  await test.door.command(fork);
  assert.ok(await isThere(`${parent}/copy/image.kv`), "the next one is made");
  await Deno.remove(parent, { recursive: true });
});

Deno.test("HI12 a merge that is stopped writes nothing; a name that is in use is refused", async () => {
  await using test = await openTestImage();
  const parent = await Deno.makeTempDir({ prefix: "telos-stop-" });
  const folder = `${parent}/copy`;
  await test.door.command({ command: "FORK", folder });
  {
    await using fork = await openTestImage({ folder });
    const memories = Array.from({ length: MEMORIES }, (_, n) => ({ text: `note number ${n} about bridges` }));
    await fork.door.command({ command: "REMEMBER_MANY", memories });
  }
  const before = test.image.store.position;
  const over = new AbortController();
  const heard = follow(test, {
    signal: over.signal,
    onWork: ({ work }) => void test.door.command({ command: "STOP_WORK", work }),
  });
  const merging = test.door.command({ command: "MERGE", folder, work: "m" });
  await assert.rejects(
    test.door.command({ command: "FORK", folder: `${parent}/other`, work: "m" }),
    /under way already/,
  );
  await assert.rejects(merging, stopped);
  over.abort();
  await heard;
  assert.equal(test.image.store.position, before);
  const { position } = await test.door.command({ command: "MERGE", folder });
  assert.ok(position > before, "the fork is free again, and merged");
  await Deno.remove(parent, { recursive: true });
});

Deno.test("HI12 a pruning that is stopped leaves all from the horizon on, and is gone on with", async () => {
  await using test = await openTestImage();
  const { door, image: { store } } = test;
  for (let n = 0; n < 600; n++) {
    await door.command({ command: "SET_SLOT", object: "square", slot: "width", value: n });
  }
  const before = store.position;
  const over = new AbortController();
  const heard = follow(test, {
    signal: over.signal,
    onWork: ({ work }) => void door.command({ command: "STOP_WORK", work }),
  });
  const pruning = door.command({ command: "PRUNE", before, work: "p" });
  await assert.rejects(pruning, stopped);
  over.abort();
  await heard;
  assert.equal(store.history.isUnfinished, true);
  assert.equal((await door.object("square", { asOf: before })).slots.width, 599);
  await door.command({ command: "PRUNE", before });
  assert.equal(store.history.isUnfinished, false);
});

Deno.test("HI12 closing the image stops what is under way, and leaves nothing of it", async () => {
  const parent = await Deno.makeTempDir({ prefix: "telos-stop-" });
  const folder = `${parent}/image`;
  const test = await openLarge(folder);
  const forking = test.door.command({ command: "FORK", folder: `${parent}/copy` });
  const ended = assert.rejects(forking, stopped);
  await test.image.close();
  await ended;
  const names = (await Array.fromAsync(Deno.readDir(parent))).map(({ name }) => name);
  assert.deepEqual(names.filter((name) => name.includes("copy")), []);
  await (await openStore({ folder })).close();
  await Deno.remove(parent, { recursive: true });
});

Deno.test("HI13 what history costs and how long it is kept is in health, counted behind the work and kept", async () => {
  await using test = await openTestImage();
  const { door } = test;
  await door.command({ command: "EXTEND", object: "square", name: "lamp" });
  const { cost, policy } = await door.history();
  const health = await door.health();
  assert.deepEqual([health.history?.cost, health.history?.policy], [cost, policy]);
  assert.ok(cost.totalBytes > 0 && policy.keep === "all");
});
