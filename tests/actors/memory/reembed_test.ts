import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { hashSpace } from "../../../vector/mod.ts";
import {
  Arriving,
  memoryUntil,
  modelSpace,
  openWithMemory,
  realModel,
  servesModel,
  storedRows,
  testWithModel,
} from "./fixture.ts";
import { TextLineStream } from "../../support/text_lines.ts";

const request = { who: "a test" };

const sentences = (count: number) =>
  Array.from({ length: count }, (_, n) => `entry ${n}: the boat number ${n} left the harbour`);

testWithModel(
  "ME10 when a model arrives, every memory is re-embedded and the space is switched, and it says so meanwhile",
  async () => {
    const models = new Arriving();
    await using image = await openWithMemory({ models });
    const oids = await image.remember("My sister moved to Portugal last spring", ...sentences(80));
    const before = image.parts.memory!.status;
    equal(before.space.model, "lexical hashing");
    match(before.degraded[0]!.reason, /none on purpose/);
    equal(
      (await image.recall("in which country does this sibling live", 1))[0] ===
        "My sister moved to Portugal last spring",
      false,
    );

    models.there = true;
    image.parts.embedder!.retry();
    const seen = new Set<string>();
    await memoryUntil(image, ({ index, space }) => {
      if (index.progress !== undefined) seen.add(index.detail ?? "");
      return space.id === modelSpace.id && index.progress === undefined;
    });
    ok(
      [...seen].some((detail) => /of 81 memories are re-embedded into all-MiniLM-L6-v2/.test(detail)),
      [...seen].join("\n"),
    );
    equal(image.parts.memory!.status.degraded, []);
    equal(await image.recall("in which country does this sibling live", 1), [
      "My sister moved to Portugal last spring",
    ]);
    equal(await storedRows(image, modelSpace.id), [...oids].sort());
    equal(image.parts.index!.rows, 81);
  },
);

testWithModel(
  "ME11 memories made, edited and deleted during the re-embedding are right after it, and every recall meanwhile too",
  async () => {
    const models = new Arriving();
    await using image = await openWithMemory({ models });
    const { operations } = image.image;
    const oids = await image.remember(...sentences(200));
    models.there = true;
    image.parts.embedder!.retry();
    await memoryUntil(image, ({ index }) => index.progress !== undefined);
    let n = 0;
    while (image.parts.memory!.status.space.id !== modelSpace.id) {
      const text = `zebra${n} crosses the road`;
      await image.remember(text);
      equal(await image.recall(`zebra${n} crosses the road`, 1), [text]);
      await operations.delete(oids[n]!, false, request);
      await operations.setSlot(oids[100 + n]!, "text_chunk", `edited entry ${n} about volcanoes`, request);
      if (++n === 60) break;
    }
    ok(n > 2, "the re-embedding was over before anything could happen during it");
    await servesModel(image);
    // Jobs that follow a switch have ended when one more thought is found.
    await image.remember("the last one");
    equal(await image.recall("the last one", 1), ["the last one"]);
    const live = [
      ...oids.slice(n),
      ...(await storedRows(image, hashSpace.id)).filter((oid) => !oids.includes(oid)),
    ];
    const rows = await storedRows(image, modelSpace.id);
    equal(rows.filter((oid) => oids.slice(0, n).includes(oid)), [], "deleted memories have rows");
    equal(live.filter((oid) => !rows.includes(oid)), [], "memories are without a row");
    equal(image.parts.index!.rows, rows.length);
    for (const k of [0, n - 1]) {
      equal(await image.recall(`edited entry ${k} about volcanoes`, 1), [
        `edited entry ${k} about volcanoes`,
      ]);
    }
    for (const k of [0, n - 1]) {
      equal(await image.recall(`zebra${k} crosses the road`, 1), [`zebra${k} crosses the road`]);
    }
  },
);

testWithModel(
  "ME12 a re-embedding that was broken off goes on where it was when the image is opened again",
  async () => {
    const folder = await Deno.makeTempDir();
    try {
      const models = new Arriving();
      {
        await using image = await openWithMemory({ models, folder });
        await image.remember(...sentences(150));
        models.there = true;
        image.parts.embedder!.retry();
        await memoryUntil(image, ({ index }) => (index.progress ?? 0) > 0.2);
      }
      const positions: number[] = [];
      await using image = await openWithMemory({ models, folder });
      const half = (await storedRows(image, modelSpace.id)).length;
      ok(half >= 30 && half <= 150, `${half} rows`);
      await servesModel(image);
      for (const entry of await image.image.store.log({ limit: 1000 })) {
        if (entry.why.startsWith("re-embed")) {
          positions.push(entry.changes.filter(({ key }) => key[1] === modelSpace.id).length);
        }
      }
      equal(positions.reduce((sum, rows) => sum + rows, 0), 150, "a memory was embedded twice or never");
      equal(await image.recall("boat number 77", 1), ["entry 77: the boat number 77 left the harbour"]);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

testWithModel(
  "ME12 a process that is killed in the middle of a re-embedding loses none of it, and the next goes on",
  async () => {
    const folder = await Deno.makeTempDir();
    try {
      {
        await using image = await openWithMemory({ folder });
        await image.remember(...sentences(150));
      }
      await killWhile(folder, /^(?:3|6|9)\d of 150/);
      await using image = await openWithMemory({ models: realModel, folder });
      const rows = (await storedRows(image, modelSpace.id)).length;
      ok(rows >= 30 && rows < 150, `${rows} rows`);
      await servesModel(image);
      equal((await storedRows(image, modelSpace.id)).length, 150);
      equal(await image.recall("boat number 77", 1), ["entry 77: the boat number 77 left the harbour"]);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

testWithModel(
  "ME13 when the model is gone the memories come back to hashing, and when it is back no stale row is found",
  async () => {
    const folder = await Deno.makeTempDir();
    try {
      const models = new Arriving();
      models.there = true;
      let oid: string;
      {
        await using image = await openWithMemory({ models, folder });
        [oid] = await image.remember("My sister moved to Portugal last spring", ...sentences(40)) as [string];
      }
      models.there = false;
      {
        await using image = await openWithMemory({ models, folder });
        await memoryUntil(image, ({ space, index }) => space.id === hashSpace.id && index.state === "ready");
        equal(await image.recall("sister moved to Portugal", 1), ["My sister moved to Portugal last spring"]);
        await image.image.operations.setSlot(oid, "text_chunk", "The oven is broken", request);
        equal(
          (await storedRows(image, modelSpace.id)).includes(oid),
          false,
          "the row of the former text is still there",
        );
      }
      models.there = true;
      await using image = await openWithMemory({ models, folder });
      await servesModel(image);
      equal(await image.recall("the stove does not work", 1), ["The oven is broken"]);
      equal(image.parts.index!.rows, 41);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

testWithModel(
  "ME14 recall as of a time before the switch finds the texts of then, in the space of now",
  async () => {
    const models = new Arriving();
    await using image = await openWithMemory({ models });
    const { memories, operations, store } = image.image;
    const start = store.position;
    const [gate, moved] = await image.remember(
      "the garden gate creaks",
      "My sister moved to Portugal",
      ...sentences(20),
    );
    const first = store.position;
    await operations.setSlot(gate!, "text_chunk", "the harbour crane is rusty", request);
    await operations.delete(moved!, false, request);
    const changed = store.position;
    models.there = true;
    image.parts.embedder!.retry();
    await servesModel(image);
    const textsAt = async (query: string, asOf: string) =>
      (await memories.recall(query, 3, { asOf })).map(({ text }) => text);
    equal(await textsAt("the garden door makes a noise", start), []);
    equal((await textsAt("the garden door makes a noise", first))[0], "the garden gate creaks");
    equal(
      (await textsAt("in which country does this sibling live", first))[0],
      "My sister moved to Portugal",
    );
    equal((await textsAt("corroded dock machinery", changed))[0], "the harbour crane is rusty");
    equal(
      (await textsAt("in which country does this sibling live", changed)).includes(
        "My sister moved to Portugal",
      ),
      false,
    );
  },
);

testWithModel("ME15 undoing a memory from before the switch takes its rows of both spaces away", async () => {
  const models = new Arriving();
  await using image = await openWithMemory({ models });
  const { operations } = image.image;
  const [oid] = await image.remember("the garden gate creaks");
  const { position } = await operations.setSlot(oid!, "text_chunk", "the harbour crane is rusty", request);
  models.there = true;
  image.parts.embedder!.retry();
  await servesModel(image);
  await operations.undo(position, request);
  equal(await image.recall("a door outside makes a noise", 1), ["the garden gate creaks"]);
  await operations.undo(undefined, request);
  equal(await image.recall("a door outside makes a noise", 1), []);
  for (const space of [hashSpace, modelSpace]) equal(await storedRows(image, space.id), []);
  equal(image.parts.index!.rows, 0);
});

/** Runs a process that re-embeds, and kills it as soon as its progress reads so. */
async function killWhile(folder: string, reads: RegExp): Promise<void> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--unstable-kv",
      "--no-check",
      "--frozen",
      "--quiet",
      fileURLToPath(new URL("reembedding_child.ts", import.meta.url)),
      folder,
    ],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  try {
    for await (const line of child.stdout.pipeThrough(new TextLineStream())) {
      if (reads.test(line)) return;
    }
    throw new Error("the process ended by itself");
  } finally {
    child.kill("SIGKILL");
    await child.status;
  }
}
