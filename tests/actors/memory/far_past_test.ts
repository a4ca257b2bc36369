import { deepEqual as equal } from "node:assert/strict";
import { PAST_THOUGHTS_MAX } from "../../../actors/memory/limits.ts";
import { keys } from "../../../kv/mod.ts";
import { openWithMemory } from "./fixture.ts";

const request = { who: "a test" };

Deno.test("ME7 recall as of very many thoughts ago finds what was there then, as it was then", async () => {
  await using image = await openWithMemory();
  const { memories, operations, store } = image.image;
  const [gate, violin] = await image.remember("the garden gate creaks", "the violin is out of tune");
  const then = store.position;
  await operations.setSlot(gate!, "text_chunk", "the harbour crane is rusty", request);
  await operations.delete(violin!, false, request);
  await image.remember("the garden gate is painted");
  for (let done = 0; done <= PAST_THOUGHTS_MAX; done += 2_000) {
    await Promise.all(
      Array.from({ length: 2_000 }, (_, n) =>
        store.commit({ who: "a test", why: "noise" }, (thought) => {
          const key = keys.morph("noise", `${done + n}`);
          thought.adopt(key, null);
          thought.set(key, 1);
        })),
    );
  }
  const texts = async (query: string) =>
    (await memories.recall(query, 5, { asOf: then })).map(({ text }) => text);
  equal((await texts("garden gate"))[0], "the garden gate creaks");
  equal((await texts("violin out of tune"))[0], "the violin is out of tune");
  equal((await texts("harbour crane painted")).sort(), [
    "the garden gate creaks",
    "the violin is out of tune",
  ]);
});
