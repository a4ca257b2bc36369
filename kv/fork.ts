/** Everything of the versioned families as of a position, in its stored form with its chunks: what a fork takes along. */
import type { AsOf } from "./as_of.ts";
import { blobKeys } from "./blobs.ts";
import { CorruptError } from "./errors.ts";
import type { Key } from "./keys.ts";
import type { Reader } from "./reader.ts";
import { getWhileOpen } from "./while_open.ts";
import { isReference } from "./sealed.ts";

/** An entry as it stands in the database. */
export interface StoredPair {
  readonly key: Key;
  readonly stored: Uint8Array;
  /** The value itself; for a chunk its bytes. */
  value(): Promise<unknown>;
}

const families: readonly Key[] = [["object"], ["morph"], ["vector"], ["hypervector"]];

/** The chunks of a value come before it. @throws HorizonError, CorruptError */
export async function* entriesAsOf(asOf: AsOf, reader: Reader): AsyncGenerator<StoredPair> {
  for (const family of families) {
    for await (const { key, stored } of asOf.listStored(family)) {
      if (isReference(stored)) yield* chunksOf(asOf, reader, key, stored);
      yield { key, stored, value: async () => await reader.resolve(key, stored) };
    }
  }
}

async function* chunksOf(
  asOf: AsOf,
  reader: Reader,
  key: Key,
  reference: Uint8Array,
): AsyncGenerator<StoredPair> {
  for (const chunk of blobKeys(reference, key)) {
    const { value } = await getWhileOpen(reader.kv, chunk);
    if (!(value instanceof Uint8Array)) {
      // One that was pruned meanwhile is no damage, and is told as that.
      await asOf.getStored(key);
      throw new CorruptError(`the value of ${JSON.stringify(key)}`, "a chunk is missing or no bytes", {
        key: chunk,
      });
    }
    yield { key: chunk, stored: value, value: () => Promise.resolve(value) };
  }
}
