import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { keys } from "../../../kv/mod.ts";
import { DatabaseSync } from "node:sqlite";
import { type ImageWithMemory, memoryUntil, openWithMemory } from "./fixture.ts";

const request = { who: "a test" };

async function archived(image: ImageWithMemory, texts: readonly string[]): Promise<string[]> {
  await image.image.operations.setSlot("archive_manager", "threshold_rows", 40, request);
  const oids = await image.remember(...texts);
  await memoryUntil(
    image,
    ({ L1, L2, lexical }) => L2.rows >= texts.length && L1.rows === 0 && lexical.state === "ready",
  );
  return oids;
}

/** What comes of it, or that nothing does. */
async function within<T>(promise: Promise<T>): Promise<T | "it never ended"> {
  const { promise: late, resolve } = Promise.withResolvers<"it never ended">();
  const timer = setTimeout(resolve, 20_000, "it never ended");
  return await Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

const texts = Array.from({ length: 60 }, (_, n) => `note ${n} about topic${n}`);

Deno.test("ME70 a rebuild makes everything anew from the store, and nothing is missed meanwhile", async () => {
  await using image = await openWithMemory();
  const oids = await archived(image, texts);
  const { operations } = image.image;
  const parts = new Set<string>();
  const memory = image.parts.memory!;
  let isRunning = true;
  const rebuilt = memory.rebuild().finally(() => isRunning = false);
  let searches = 0;
  while (isRunning) {
    if (memory.status.rebuild !== null) parts.add(memory.status.rebuild.part);
    equal(await image.recall("topic7", 1), [texts[7]!]);
    if (searches++ === 0) {
      await operations.setSlot(oids[3]!, "text_chunk", "the harbour crane is rusty", request);
      await operations.delete(oids[4]!, false, request);
      await image.remember("a comet was seen");
    }
  }
  equal(await rebuilt, null);
  ok(parts.size >= 2 && searches > 0, `saw ${[...parts]} and searched ${searches} times`);
  equal(await image.recall("harbour crane", 1), ["the harbour crane is rusty"]);
  equal(await image.recall("comet", 1), ["a comet was seen"]);
  ok(!(await image.recall("topic4", 5)).includes(texts[4]!));
  const checked = await memory.check();
  equal([checked.problems, checked.checked.rows, checked.checked.texts], [[], 60, 60]);
  ok(checked.checked.sampled > 0);
  equal([memory.status.rebuild, memory.status.degraded.filter(({ part }) => part === "memory")], [null, []]);
});

Deno.test("ME73 a rebuild whose file of words cannot be made ends and says why, and the words come back when it can", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await using image = await openWithMemory({ folder });
    await image.remember(...texts.slice(0, 5));
    await memoryUntil(image, ({ lexical }) => lexical.state === "ready");
    for (const end of ["", "-wal", "-shm"]) await Deno.remove(`${folder}/lexical.sqlite${end}`);
    await Deno.mkdir(`${folder}/lexical.sqlite`);
    const memory = image.parts.memory!;
    const rebuilt = memory.rebuild();
    match(String(await within(rebuilt)), /^words: .*lexical\.sqlite/);
    match(
      memory.status.degraded.find(({ part }) => part === "memory")!.reason,
      /rebuild did not come to its end/,
    );
    await Deno.remove(`${folder}/lexical.sqlite`);
    await memoryUntil(image, ({ lexical }) => lexical.state === "ready");
    equal(await image.recall("topic3", 1), [texts[3]!]);
    equal(await memory.rebuild(), null);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("ME71 a check names what differs from the store, and a rebuild puts it right", async () => {
  const folder = await Deno.makeTempDir();
  try {
    let oids: string[];
    {
      await using image = await openWithMemory({ folder });
      oids = await archived(image, texts);
      equal((await image.parts.memory!.check()).ok, true);
    }
    // Somebody has meddled with the index of words.
    const database = new DatabaseSync(`${folder}/lexical.sqlite`);
    database.prepare("DELETE FROM docs WHERE oid = ?").run(oids[5]!);
    database.exec("UPDATE docs SET oid = 'nobody' WHERE oid = (SELECT max(oid) FROM docs)");
    database.close();
    await using image = await openWithMemory({ folder });
    await memoryUntil(image, ({ lexical, index }) => lexical.state === "ready" && index.state === "ready");
    const memory = image.parts.memory!;
    const { ok: agrees, problems } = await memory.check();
    equal(agrees, false);
    equal(
      problems.map(({ kind, oid, repairable }) => [kind, oid, repairable]).sort(),
      [oids[5]!, oids.toSorted().at(-1)!, "nobody"].map((oid) => ["lexical_differs", oid, true]).sort(),
    );
    match(problems[0]!.hint, /telos rebuild/);
    // A memory whose vector is gone needs more than a rebuild.
    const space = memory.status.space.id;
    await image.image.store.commit({ who: "a test", why: "lose a vector" }, (thought) => {
      thought.delete(keys.vector(space, oids[6]!));
      return Promise.resolve();
    });
    equal(await memory.rebuild(), null);
    const after = await memory.check();
    equal(after.problems.map(({ kind, oid, repairable }) => [kind, oid, repairable]), [[
      "vector_missing",
      oids[6],
      false,
    ]]);
    equal(await image.recall("topic5", 1), [texts[5]!]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
