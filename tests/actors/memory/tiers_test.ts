/** Working memory and the archive as one: what the archive holds is found like all else. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { hashSpace } from "../../../vector/mod.ts";
import { type ImageWithMemory, isSealed, memoryUntil, openWithMemory, threshold } from "./fixture.ts";
import { assertInStep, placesRight, rowsIn } from "./oracle.ts";

/** What the archive promises, with a little to spare for so few questions. */
const RECALL = 0.9;
const request = { who: "a test" };
const texts = (from: number, to: number) =>
  Array.from(
    { length: to - from },
    (_, n) => `note ${from + n} about topic${from + n} and colour${(from + n) % 7}`,
  );

const inStep = (image: ImageWithMemory, asked: readonly string[]) =>
  assertInStep({ memory: image.parts.memory!, store: image.image.store, texts: asked, recall: RECALL });

async function tiersOf(image: ImageWithMemory, query: string, k = 3): Promise<Set<string>> {
  return new Set((await image.image.memories.recall(query, k)).map(({ tier }) => tier));
}

/** Work that goes on beside the test: its failure is told where it is awaited, and hides no earlier one. */
function beside<T>(work: () => Promise<T>): Promise<T> {
  const done = work();
  done.catch(() => {
    // Whoever awaits it is told; here it is only no unhandled rejection.
  });
  return done;
}

Deno.test("ME20 up to the threshold working memory holds every row; above it the archive's rows are found in the archive, with exact scores", async () => {
  await using image = await openWithMemory();
  await threshold(image, 100);
  await image.remember(...texts(0, 100));
  equal(await tiersOf(image, "topic7"), new Set(["L1"]));
  equal(image.parts.memory!.status.L2, { rows: 0, segments: 0 });
  await image.remember("one more than the threshold");
  await isSealed(image, 101);
  equal(image.parts.memory!.status.L1.rows, 0);
  equal(image.parts.memory!.status.L2, { rows: 101, segments: 1 });
  equal(await image.recall("topic7", 1), ["note 7 about topic7 and colour0"]);
  equal(await tiersOf(image, "topic7"), new Set(["L2"]));
  await inStep(image, ["topic7", "colour3", "note about topic99", "one more", ...texts(40, 50)]);

  await image.remember(...texts(200, 230));
  await inStep(image, ["topic7", "topic222", "colour3", "one more", ...texts(195, 205)]);
  equal(await tiersOf(image, "topic222", 1), new Set(["L1"]));
  equal(image.parts.memory!.status.L1.rows, 30);
});

Deno.test("ME21 an archived memory that is edited, deleted or brought back by undo is found, or not, by the very next search", async () => {
  await using image = await openWithMemory();
  await threshold(image, 40);
  const oids = await image.remember(...texts(0, 60));
  await isSealed(image, 60);
  const { operations, memories, store } = image.image;
  const sealed = store.position;
  await operations.setSlot(oids[3]!, "text_chunk", "the harbour crane is rusty", request);
  equal(await image.recall("harbour crane", 1), ["the harbour crane is rusty"]);
  ok(!(await image.recall("topic3", 5)).includes(texts(3, 4)[0]!));
  await operations.delete(oids[5]!, false, request);
  ok(!(await image.recall("topic5", 60)).includes(texts(5, 6)[0]!));
  await operations.undo(undefined, request);
  equal(await image.recall("topic5", 1), texts(5, 6));
  await operations.delete(oids[9]!, false, request);
  await inStep(image, [...texts(0, 12), "harbour crane"]);

  const then = await memories.recall("topic3", 1, { asOf: sealed });
  equal(then.map(({ text, tier }) => [text, tier]), [[texts(3, 4)[0], "L3"]]);
  equal((await memories.recall("topic9", 1, { asOf: sealed }))[0]!.text, texts(9, 10)[0]);
  equal((await memories.recall("topic8", 1, { asOf: sealed }))[0]!.tier, "L2");
});

Deno.test("ME22 opened again, working memory leaves to the archive what that covers, and what died since it was sealed stays dead", async () => {
  const folder = await Deno.makeTempDir();
  try {
    let oids: string[];
    {
      await using image = await openWithMemory({ folder });
      await threshold(image, 40);
      oids = await image.remember(...texts(0, 60));
      await isSealed(image, 60);
      await image.image.operations.delete(oids[5]!, false, request);
      await image.image.operations.setSlot(oids[6]!, "text_chunk", "the harbour crane is rusty", request);
      await image.remember(...texts(60, 70));
    }
    await using image = await openWithMemory({ folder });
    // What the archive covers is let go in pieces, while both are ready already.
    await memoryUntil(
      image,
      ({ index, L1, L2, archive }) =>
        index.state === "ready" && L2.rows === 60 && archive.state === "idle" && L1.rows <= 11,
    );
    equal(image.parts.memory!.status.L1.rows, 11);
    await inStep(image, [...texts(0, 10), ...texts(60, 70), "harbour crane"]);
    ok(!(await image.recall("topic5", 30)).includes(texts(5, 6)[0]!));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("ME23 settings are obeyed at once: a lower threshold seals, a higher one brings all rows back; a wrong one is named", async () => {
  await using image = await openWithMemory();
  const { operations } = image.image;
  await image.remember(...texts(0, 50));
  await threshold(image, 20);
  await isSealed(image, 50);
  await threshold(image, 1_000);
  await memoryUntil(image, ({ L1 }) => L1.rows === 50);
  equal(await tiersOf(image, "topic7"), new Set(["L1"]));
  await inStep(image, texts(0, 10));
  await operations.setSlot("archive_manager", "threshold_rows", "many", request);
  const { degraded } = await memoryUntil(
    image,
    ({ degraded }) => degraded.some(({ part }) => part === "archive"),
  );
  match(
    degraded.find(({ part }) => part === "archive")!.reason,
    /archive_manager\.threshold_rows is not obeyed/,
  );
  await operations.removeSlot("archive_manager", "threshold_rows", request);
  await memoryUntil(image, ({ degraded }) => !degraded.some(({ part }) => part === "archive"));
  equal(image.parts.memory!.status.L1.rows, 50);
});

Deno.test("ME24 a damaged archive covers nothing that it lost: working memory takes it back, says so, and the archive is made anew", async () => {
  const folder = await Deno.makeTempDir();
  try {
    {
      await using image = await openWithMemory({ folder });
      await threshold(image, 40);
      await image.remember(...texts(0, 60));
      await isSealed(image, 60);
    }
    for await (const { name } of Deno.readDir(`${folder}/archive`)) {
      if (!name.startsWith("segment-")) continue;
      const file = await Deno.open(`${folder}/archive/${name}`, { write: true });
      await file.seek(200, Deno.SeekMode.Start);
      await file.write(new Uint8Array(64).fill(0xee));
      file.close();
    }
    await using image = await openWithMemory({ folder });
    await memoryUntil(image, () => true);
    // Asked before anything is known of the damage: nothing may be missed.
    await inStep(image, texts(0, 20));
    await isSealed(image, 60);
    await inStep(image, texts(0, 20));
    equal(image.parts.memory!.status.degraded.filter(({ part }) => part === "archive"), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("ME25 an archive that cannot be opened is named, and everything is found without it", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/archive`, "a file where the folder should be");
    await using image = await openWithMemory({ folder });
    await threshold(image, 20);
    await image.remember(...texts(0, 50));
    const { degraded, archive } = await memoryUntil(image, ({ archive }) => archive.state === "failed");
    match(degraded.find(({ part }) => part === "archive")!.reason, /must be writable/);
    match(archive.reason!, /must be writable/);
    await memoryUntil(image, ({ L1 }) => L1.rows === 50);
    await inStep(image, texts(0, 20));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("ME26 when the process that searches the archive is killed, again and again, no search misses a row", async () => {
  const children: Deno.ChildProcess[] = [];
  await using image = await openWithMemory({ onArchiveChild: (child) => children.push(child) });
  await threshold(image, 40);
  await image.remember(...texts(0, 60));
  await isSealed(image, 60);
  const memory = image.parts.memory!;
  const rows = await rowsIn(image.image.store, hashSpace.id);
  const queries = await memory.embed(texts(0, 60));
  let killing = true;
  const searching = Array.from({ length: 4 }, (_, lane) =>
    beside(async () => {
      let searches = 0;
      let found = 0;
      // However slow the machine is, each lane asks more than a few times.
      for (let at = lane; killing || searches <= 20; at = (at + 4) % queries.length) {
        found += placesRight(await memory.search(queries[at]!, 5), rows, queries[at]!, 5);
        searches++;
      }
      ok(found >= RECALL * 5 * searches, `${found} of ${5 * searches} were found`);
    }));
  for (let kill = 0; kill < 8; kill++) {
    await new Promise((resolve) => setTimeout(resolve, 150));
    try {
      children.at(-1)!.kill("SIGKILL");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
  }
  killing = false;
  await Promise.all(searching);
  const { state } = memory.status.index;
  equal(state === "ready" || state === "starting", true);
});

Deno.test("ME27 seals and deletions while others search and remember: every search finds what lives", async () => {
  await using image = await openWithMemory();
  await threshold(image, 30);
  const memory = image.parts.memory!;
  const [oid] = await image.remember("the lighthouse keeper paints the door");
  const [query] = await memory.embed(["lighthouse keeper"]);
  let busy = true;
  const searching = beside(async () => {
    const tiers = new Set<string>();
    while (busy) {
      const [hit] = await memory.search(query!, 1);
      equal(hit!.oid, oid);
      tiers.add(hit!.tier);
    }
    return tiers;
  });
  const { operations } = image.image;
  for (let round = 0; round < 8; round++) {
    const oids = await image.remember(...texts(round * 20, round * 20 + 20));
    await operations.setSlot(oid!, "text_chunk", `the lighthouse keeper paints door ${round}`, request);
    await operations.delete(oids[0]!, false, request);
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
  await memoryUntil(image, ({ L2, archive }) => L2.rows > 30 && archive.state === "idle");
  // One row alone is not above a threshold of one, and so may be left where it is.
  await image.remember(...texts(160, 162));
  await threshold(image, 1);
  await memoryUntil(image, ({ L1 }) => L1.rows === 0);
  equal((await memory.search(query!, 1))[0]!.tier, "L2");
  busy = false;
  ok((await searching).has("L1"));
  await inStep(image, [...texts(0, 160), "lighthouse"]);
});
