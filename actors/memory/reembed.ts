/**
 * Brings every memory into another embedding space, in the background, a batch a thought, so that it can be stopped
 * at any moment and goes on where it was: what has a row in the new space already is passed over.
 */
import { keys, type Store } from "../../kv/mod.ts";
import type { EmbeddingSpace } from "../../vector/mod.ts";
import { restore } from "../object/mod.ts";
import { REEMBED_BATCH } from "./limits.ts";
import { toBytes } from "./vector_bytes.ts";

/** The kind of the thoughts that keep house; none of them changes what an object is. */
export const MAINTENANCE = "maintenance";

export interface ReembedOptions {
  readonly store: Store;
  readonly from: EmbeddingSpace;
  readonly to: EmbeddingSpace;
  readonly embed: (texts: string[], signal: AbortSignal) => Promise<Float32Array[]>;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number) => void;
  /** Rows that were committed. */
  readonly onRows: (rows: ReadonlyMap<string, Float32Array>) => void;
}

/** @returns how many memories were looked at; those whose object or text is gone have no row in the new space */
export async function reembed(options: ReembedOptions): Promise<number> {
  const { store, from, signal, onProgress } = options;
  let done = 0;
  let batch: string[] = [];
  const flush = async () => {
    await bringOver(options, batch);
    done += batch.length;
    batch = [];
    onProgress(done);
  };
  for await (const { key } of store.list(keys.vectors(from.id))) {
    signal.throwIfAborted();
    batch.push(key.at(-1) as string);
    if (batch.length === REEMBED_BATCH) await flush();
  }
  if (batch.length > 0) await flush();
  return done;
}

/** Writes the rows of these memories that the new space lacks, in one thought. */
export async function bringOver(
  options: Omit<ReembedOptions, "onProgress">,
  oids: readonly string[],
): Promise<void> {
  const { store, to, embed, signal, onRows } = options;
  const present = await store.getMany<unknown>(oids.map((oid) => keys.vector(to.id, oid)));
  const missing = oids.filter((_, at) => present[at] === null);
  const objects = await store.getMany<unknown>(missing.map((oid) => keys.object(oid)));
  const texts = missing.map((oid, at) => textOf(oid, objects[at]?.value));
  const wanted = missing.flatMap((oid, at) => texts[at] === null ? [] : [{ oid, text: texts[at]! }]);
  if (wanted.length === 0) return;
  const vectors = await embed(wanted.map(({ text }) => text), signal);
  const info = {
    who: "memory",
    why: `re-embed ${wanted.length} memories into ${to.id}`,
    kind: "maintenance",
  };
  const { value } = await store.commit(info, async (thought) => {
    const rows = new Map<string, Float32Array>();
    for (const [at, { oid, text }] of wanted.entries()) {
      // One that changed or went meanwhile gets its row from the thought that changed it, or needs none.
      if (textOf(oid, await thought.get<unknown>(keys.object(oid))) !== text) continue;
      thought.set(keys.vector(to.id, oid), toBytes(vectors[at]!));
      rows.set(oid, vectors[at]!);
    }
    return rows;
  });
  onRows(value);
}

/** What is found of a stored object: its text, or null when it has none. */
export function textOf(oid: string, stored: unknown): string | null {
  if (stored === null || stored === undefined) return null;
  const restored = restore(oid, stored);
  const slot = restored.ok ? restored.snapshot.context.slots.text_chunk : undefined;
  return slot?.kind === "data" && typeof slot.value === "string" ? slot.value : null;
}
