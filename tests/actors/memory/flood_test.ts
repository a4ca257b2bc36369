/** However many questions wait, what is decided is in every index. */
import { deepStrictEqual as equal } from "node:assert/strict";
import { workerUrl } from "../../../actors/system/assets.ts";
import { lexicalPendingMax } from "../../../vector/lexical/limits.ts";
import { exactPendingMax } from "../../../vector/limits.ts";
import { embedByHashing, LexicalIndex } from "../../../vector/mod.ts";
import { memoryUntil, openWithMemory } from "./fixture.ts";

/** Asks so often, and answers how many were refused. */
async function refusedOf(count: number, ask: () => Promise<unknown>): Promise<number> {
  const asked = await Promise.allSettled(Array.from({ length: count }, ask));
  return asked.filter(({ status }) => status === "rejected").length;
}

Deno.test("ME64 what is decided while as much is asked of the index of words as may be is in it", async () => {
  let lexical: LexicalIndex | undefined;
  let flood = () => {};
  await using image = await openWithMemory({
    startLexical: async (options) =>
      lexical = await LexicalIndex.start({ ...options, worker: workerUrl("lexical") }),
    crash: (point) => point === "index.finish" && flood(),
  });
  const [oid] = await image.remember("the lighthouse keeper paints the door", "a violin needs rosin");
  await memoryUntil(image, ({ lexical }) => lexical.state === "ready");
  let refused = Promise.resolve(0);
  flood = () => refused = refusedOf(lexicalPendingMax + 1, () => lexical!.matching({ kind: "memory" }, 10));
  await image.image.operations.delete(oid!, false, { who: "a test" });
  equal(await refused, 1);
  equal((await image.image.memories.check()).problems, []);
});

Deno.test("ME8 as many searches as may wait do not break the index for what is decided meanwhile", async () => {
  let flood = () => {};
  await using image = await openWithMemory({ crash: (point) => point === "index.finish" && flood() });
  await image.remember("the lighthouse keeper paints the door");
  await memoryUntil(image, ({ index }) => index.state === "ready");
  // Then the index has taken that in, and nothing waits for it.
  equal(await image.recall("lighthouse keeper", 1), ["the lighthouse keeper paints the door"]);
  const query = embedByHashing("lighthouse");
  let refused = Promise.resolve(0);
  flood = () => refused = refusedOf(exactPendingMax + 1, () => image.parts.index!.search(query, 10));
  await image.remember("the harbour crane is rusty");
  equal(await refused, 1);
  equal(image.parts.starts, 1);
  equal(await image.recall("harbour crane", 1), ["the harbour crane is rusty"]);
});
