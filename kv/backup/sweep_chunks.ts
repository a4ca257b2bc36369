/** Removes chunks of large values that nothing refers to any more, after thoughts have been taken back. */
import { encodeKey, type Key } from "../keys.ts";
import type { ImageBuilder } from "../new_image.ts";
import { readRecord } from "../record.ts";
import { chunkKeys } from "./forms.ts";

const families = ["object", "morph", "vector", "hypervector", "meta"];

/** Reads all that is live and the whole log; only keys of chunks are held in memory. */
export async function sweepChunks(builder: ImageBuilder): Promise<void> {
  await builder.flush();
  const { kv } = builder;
  const used = new Set<string>();
  const use = (key: Key, stored: Uint8Array | null) => {
    for (const chunk of chunkKeys(key, stored)) used.add(encodeKey(chunk));
  };
  for (const family of families) {
    for await (const { key, value } of kv.list<Uint8Array>({ prefix: [family] }, { batchSize: 500 })) {
      use(key, value);
    }
  }
  for await (const { key, value } of kv.list<Uint8Array>({ prefix: ["log"] })) {
    for (const { changes } of (await readRecord(kv, key, value)).thoughts) {
      for (const [changed, before] of changes) use(changed, before);
    }
  }
  for await (const { key } of kv.list({ prefix: ["blob"] })) {
    if (!used.has(encodeKey(key))) await builder.put(key, undefined);
  }
  await builder.flush();
}
