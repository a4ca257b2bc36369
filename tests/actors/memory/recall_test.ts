import { deepStrictEqual as equal, match, ok, rejects } from "node:assert/strict";
import { UnavailableError } from "../../../actors/errors.ts";
import type { RecallHit } from "../../../actors/system/mod.ts";
import { LexicalError, LexicalIndex, recallWeightsDefault } from "../../../vector/mod.ts";
import { workerUrl } from "../../../actors/system/assets.ts";
import { type ImageWithMemory, memoryUntil, openWithMemory, realModel, testWithModel } from "./fixture.ts";

const request = { who: "a test" };
const lexicalReady = (image: ImageWithMemory) =>
  memoryUntil(image, ({ lexical }) => lexical.state === "ready");

function hits(image: ImageWithMemory, query: string, k = 3, options = {}): Promise<RecallHit[]> {
  return image.image.memories.recall(query, k, options);
}

Deno.test("ME60 each hit says which tier and channels found it, with which score, and why", async () => {
  await using image = await openWithMemory();
  await image.remember(
    "the blue key opens the garden shed",
    "a violin needs rosin",
    "bread must rest before baking",
  );
  await lexicalReady(image);
  const [first, second] = await hits(image, "blue key", 2);
  equal([first!.tier, first!.channels], ["L1", ["meaning", "words"]]);
  ok(first!.cosine! > 0.2 && first!.bm25! > 0 && first!.score > second!.score);
  ok(Math.abs(first!.reasons.reduce((sum, { points }) => sum + points, 0) - first!.score) < 1e-9);
  const words = first!.reasons.find(({ name }) => name === "words")!;
  const whole = recallWeightsDefault.meaning + recallWeightsDefault.words + recallWeightsDefault.thread;
  ok(Math.abs(words.points - words.value * recallWeightsDefault.words / whole) < 1e-9);
  equal(second!.channels, ["meaning"]);
});

testWithModel("ME60 with the model what has the words and what has the meaning are both found", async () => {
  await using image = await openWithMemory({ models: realModel });
  await image.remember(
    "My sibling resides in Portugal these days",
    "Invoice QX-7741 was paid in March",
    "The boiler in the cellar must be repaired",
    "Quarterly revenue rose by eight percent",
  );
  await lexicalReady(image);
  const [coded] = await hits(image, "what about QX-7741?", 1);
  equal(coded!.text, "Invoice QX-7741 was paid in March");
  ok(coded!.channels.includes("words"));
  const [meant] = await hits(image, "Where does my sister live now?", 1);
  equal(meant!.text, "My sibling resides in Portugal these days");
});

Deno.test("ME61 what stands beside a hit in its thread is found with it", async () => {
  await using image = await openWithMemory();
  const { memories } = image.image;
  const thread = [
    "we talked about the ferry",
    "it leaves at seven",
    "from the northern quay",
    "xylophone lessons",
  ];
  await memories.remember(thread.map((text) => ({ text, thread: "trip" })), request);
  await memories.remember(
    Array.from({ length: 60 }, (_, n) => ({ text: `unrelated remark ${n} quay${n}` })),
    request,
  );
  await lexicalReady(image);
  const found = await hits(image, "ferry", 3);
  equal(found.map(({ text }) => text), thread.slice(0, 3));
  ok(found[1]!.reasons.some(({ name }) => name === "neighbours"));
  const { operations } = image.image;
  await operations.setSlot("memory_manager", "lend_next", 0, request);
  await operations.setSlot("memory_manager", "lend_second", 0, request);
  ok(
    (await hits(image, "ferry", 3)).every(({ reasons }) =>
      reasons.every(({ name }) => name !== "neighbours")
    ),
  );
});

Deno.test("ME62 memories can be chosen by time, source, kind and slot, few or many; threads too", async () => {
  await using image = await openWithMemory();
  const { memories, operations } = image.image;
  const day = 86_400_000;
  const { value } = await memories.remember(
    Array.from({ length: 30 }, (_, n) => ({
      text: `harbour note ${n}`,
      at: n * day,
      source: n % 2 === 0 ? "diary" : "letters",
      ...(n < 3 ? { thread: "first" } : {}),
    })),
    request,
  );
  await operations.setSlot(value[7]!, "mood", "calm", request);
  await operations.setSlot(value[9]!, "kind", "dream", request);
  await lexicalReady(image);
  const chosen = async (filter: object) =>
    (await hits(image, "harbour", 30, { filter })).map(({ oid }) => value.indexOf(oid)).sort((a, b) => a - b);
  equal(await chosen({ since: 27 * day }), [27, 28, 29]);
  equal(await chosen({ until: 4 * day, source: "diary" }), [0, 2]);
  equal(await chosen({ slots: { mood: "calm" } }), [7]);
  equal(await chosen({ kind: "dream" }), [9]);
  equal((await chosen({ kind: "memory" })).length, 29);
  equal(await chosen({ thread: "first" }), [0, 1, 2]);
  equal(await chosen({ source: "nobody" }), []);
});

Deno.test("ME63 the weights are slots of memory_manager, obeyed at once; a wrong one is named and means what it meant", async () => {
  await using image = await openWithMemory();
  const { memories, operations } = image.image;
  const day = 86_400_000;
  const now = Date.now();
  const [old, recent] = (await memories.remember([
    { text: "the harbour crane", at: now - 900 * day },
    { text: "the harbour crane and much else beside it", at: now },
  ], request)).value;
  await lexicalReady(image);
  equal((await hits(image, "harbour crane", 1))[0]!.oid, old);
  await operations.setSlot("memory_manager", "weight_recency", 1, request);
  const [first] = await hits(image, "harbour crane", 1);
  equal(first!.oid, recent);
  ok(first!.reasons.some(({ name, weight }) => name === "recency" && weight === 1));
  await operations.setSlot("memory_manager", "weight_recency", 0, request);
  await operations.setSlot(recent!, "importance", 1, request);
  await operations.setSlot("memory_manager", "weight_importance", 1, request);
  equal((await hits(image, "harbour crane", 1))[0]!.oid, recent);
  await operations.setSlot("memory_manager", "weight_importance", "much", request);
  equal((await hits(image, "harbour crane", 1))[0]!.oid, old);
  const { degraded } = image.parts.memory!.status;
  match(
    degraded.find(({ part }) => part === "memory")!.reason,
    /weight_importance must be a number from 0 to 1: it is "much"/,
  );
});

Deno.test("ME64 words follow every change and undo at once, as of the past too, and after opening again", async () => {
  const folder = await Deno.makeTempDir();
  const byWords = async (image: ImageWithMemory, query: string, asOf?: string) => {
    const found = await hits(image, query, 5, asOf === undefined ? {} : { asOf });
    return found.filter(({ channels }) => channels.includes("words")).map(({ text }) => text);
  };
  try {
    let edited = "";
    {
      await using image = await openWithMemory({ folder });
      await lexicalReady(image);
      const { operations, store } = image.image;
      const [gate] = await image.remember("the garden gate creaks", "a violin needs rosin");
      const then = store.position;
      equal(await byWords(image, "creaking"), ["the garden gate creaks"]);
      await operations.setSlot(gate!, "text_chunk", "the harbour crane rusts", request);
      equal([await byWords(image, "gate"), await byWords(image, "rusting crane")], [[], [
        "the harbour crane rusts",
      ]]);
      equal(await byWords(image, "gate", then), ["the garden gate creaks"]);
      await operations.undo(undefined, request);
      equal(await byWords(image, "gate"), ["the garden gate creaks"]);
      await operations.setSlot(gate!, "text_chunk", "the lighthouse is dark", request);
      edited = then;
    }
    // What was decided while no lexical index was there is caught up from the log.
    const kept = await Deno.readFile(`${folder}/lexical.sqlite`);
    {
      await using image = await openWithMemory({ folder });
      await image.remember("a comet was seen");
      await lexicalReady(image);
    }
    await Deno.writeFile(`${folder}/lexical.sqlite`, kept);
    {
      await using image = await openWithMemory({ folder });
      await lexicalReady(image);
      equal([await byWords(image, "comet"), await byWords(image, "lighthouse")], [["a comet was seen"], [
        "the lighthouse is dark",
      ]]);
    }
    // Without its file it is made anew, from what is and from what was.
    await Deno.remove(`${folder}/lexical.sqlite`);
    await using image = await openWithMemory({ folder });
    await lexicalReady(image);
    equal([await byWords(image, "lighthouse"), await byWords(image, "gate")], [
      ["the lighthouse is dark"],
      [],
    ]);
    equal(await byWords(image, "gate", edited), ["the garden gate creaks"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("ME65 a lexical file that is damaged is made anew; an index that breaks is said to be so, and meaning serves meanwhile", async () => {
  const folder = await Deno.makeTempDir();
  try {
    {
      await using image = await openWithMemory({ folder });
      await image.remember("the garden gate creaks");
      await lexicalReady(image);
    }
    await Deno.writeFile(`${folder}/lexical.sqlite`, new Uint8Array(8192).fill(7));
    let broken = false;
    let lost: ((error: unknown) => void) | undefined;
    await using image = await openWithMemory({
      folder,
      startLexical: (options) => {
        if (broken) {
          return Promise.reject(new LexicalError("lexical_failed", "no space is left", { hint: "" }));
        }
        lost = options.onFailure as typeof lost;
        return LexicalIndex.start({ ...options, worker: workerUrl("lexical") });
      },
    });
    await lexicalReady(image);
    const [found] = await hits(image, "gate", 1);
    equal([found!.text, found!.channels], ["the garden gate creaks", ["meaning", "words"]]);
    broken = true;
    lost!(new LexicalError("lexical_failed", "no space is left", { hint: "" }));
    const { degraded } = await memoryUntil(image, ({ lexical }) => lexical.state === "failed");
    match(
      degraded.find(({ part }) => part === "lexical")!.reason,
      /by their meaning alone.*no space is left/,
    );
    const [meant] = await hits(image, "gate", 1);
    equal([meant!.text, meant!.channels], ["the garden gate creaks", ["meaning"]]);
    await rejects(hits(image, "gate", 1, { filter: { source: "diary" } }), UnavailableError);
    await image.remember("a comet was seen");
    broken = false;
    await lexicalReady(image);
    equal((await hits(image, "comet", 1))[0]!.channels, ["meaning", "words"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
