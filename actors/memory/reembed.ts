/**
 * Brings memories into another embedding space, a batch a thought, so that it can be stopped at any moment and goes on
 * where it was: what has a row in the new space already is passed over.
 */
import { keys, type Store } from "../../kv/mod.ts";
import type { EmbeddingSpace } from "../../vector/mod.ts";
import { REEMBED_BATCH } from "./limits.ts";
import { textOf } from "./memory_text.ts";
import { toBytes } from "./vector_bytes.ts";

export interface ReembedOptions {
  readonly store: Store;
  readonly to: EmbeddingSpace;
  readonly embed: (texts: string[]) => Promise<Float32Array[]>;
  readonly signal: AbortSignal;
}

/** Writes the rows of these memories that the new space lacks. One whose object or text is gone gets none. */
export async function bringOver(options: ReembedOptions, oids: readonly string[]): Promise<void> {
  for (let from = 0; from < oids.length; from += REEMBED_BATCH) {
    options.signal.throwIfAborted();
    await bringBatch(options, oids.slice(from, from + REEMBED_BATCH));
  }
}

async function bringBatch({ store, to, embed }: ReembedOptions, oids: readonly string[]): Promise<void> {
  const present = await store.getMany<unknown>(oids.map((oid) => keys.vector(to.id, oid)));
  const missing = oids.filter((_, at) => present[at] === null);
  const objects = await store.getMany<unknown>(missing.map((oid) => keys.object(oid)));
  const wanted = missing.flatMap((oid, at) => {
    const text = textOf(oid, objects[at]?.value);
    return text === null ? [] : [{ oid, text }];
  });
  if (wanted.length === 0) return;
  const vectors = await embed(wanted.map(({ text }) => text));
  const info = {
    who: "memory",
    why: `re-embed ${wanted.length} memories into ${to.id}`,
    kind: "maintenance",
  };
  await store.commit(info, async (thought) => {
    for (const [at, { oid, text }] of wanted.entries()) {
      // One that changed or went meanwhile gets its row from the thought that changed it, or needs none.
      if (textOf(oid, await thought.get<unknown>(keys.object(oid))) !== text) continue;
      thought.set(keys.vector(to.id, oid), toBytes(vectors[at]!));
    }
  });
}
