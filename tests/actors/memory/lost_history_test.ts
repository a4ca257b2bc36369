/** What archive and words missed is told by the log, also where history was pruned and does not say what there was. */
import { deepStrictEqual as equal } from "node:assert/strict";
import { LexicalError } from "../../../vector/mod.ts";
import { type ImageWithMemory, isSealed, memoryUntil, openWithMemory, threshold } from "./fixture.ts";
import { assertInStep } from "./oracle.ts";

const request = { who: "a test" };
const texts = (count: number) => Array.from({ length: count }, (_, n) => `note ${n} about topic${n}`);

/** Deletes one, writes over another, masks a third, and drops the history of it. */
async function changeAndPrune({ image }: ImageWithMemory, oids: readonly string[]): Promise<void> {
  const { operations, store } = image;
  await operations.delete(oids[5]!, false, request);
  await operations.setSlot(oids[6]!, "text_chunk", "the harbour crane is rusty", request);
  await operations.setSlot(oids[7]!, "masked", "it is junk", request);
  await store.history.prune({ before: store.position });
}

async function found({ image }: ImageWithMemory, oids: readonly string[]): Promise<boolean[]> {
  const found = await Promise.all([5, 6, 7].map(async (n) => {
    const hits = await image.memories.recall(`topic${n}`, 3);
    return hits.some(({ oid, cosine, bm25 }) => oid === oids[n] && ((cosine ?? 0) > 0.1 || bm25 !== null));
  }));
  return found;
}

Deno.test("ME22 what died in the archive since it was sealed stays dead after its history was pruned", async () => {
  const folder = await Deno.makeTempDir();
  try {
    let oids: string[];
    {
      await using image = await openWithMemory({ folder });
      await threshold(image, 40);
      oids = await image.remember(...texts(60));
      await isSealed(image, 60);
      await changeAndPrune(image, oids);
    }
    await using image = await openWithMemory({ folder });
    await memoryUntil(
      image,
      ({ index, L1, L2 }) => index.state === "ready" && L2.rows === 60 && L1.rows < 60,
    );
    equal(await found(image, oids), [false, false, false]);
    const { memory } = image.parts;
    const asked = [...texts(10), "harbour crane"];
    await assertInStep({ memory: memory!, store: image.image.store, texts: asked, recall: 0.9 });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("ME64 what the index of words missed is taken out after its history was pruned", async () => {
  const folder = await Deno.makeTempDir();
  try {
    let oids: string[];
    {
      await using image = await openWithMemory({ folder });
      oids = await image.remember(...texts(10));
      await memoryUntil(image, ({ lexical }) => lexical.state === "ready");
    }
    {
      const failing = () =>
        Promise.reject(new LexicalError("lexical_failed", "not now", { hint: "Later.", retryable: true }));
      await using image = await openWithMemory({ folder, startLexical: failing });
      await changeAndPrune(image, oids);
    }
    await using image = await openWithMemory({ folder });
    await memoryUntil(image, ({ lexical }) => lexical.state === "ready");
    equal(await found(image, oids), [false, false, false]);
    equal((await image.image.memories.check()).problems, []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
