/** Opening the image in a folder: lock, database, records, and what a crash left to be finished. */
import { FolderError } from "./errors.ts";
import { ImageLock } from "./lock.ts";
import { makeId } from "./make_id.ts";
import { finishRedo, sweepRedo } from "./redo.ts";
import { openImage } from "./schema.ts";
import { type OpenStoreOptions, Store } from "./store.ts";

/**
 * Opens or makes the image in a folder, in constant time. A large thought that was decided is finished first.
 * @throws FolderError, LockedError, SchemaError, CorruptError.
 */
export async function openStore(options: OpenStoreOptions): Promise<Store> {
  const { folder, clock = Date.now } = options;
  const lock = await ImageLock.take(folder);
  let kv: Deno.Kv | null = null;
  try {
    kv = await openDatabase(folder);
    const records = await openImage(kv, { clock, newId: () => makeId(clock()) });
    const head = await finishRedo(kv, records.head);
    await sweepRedo(kv);
    return new Store(kv, lock, { ...records, head }, options);
  } catch (error) {
    kv?.close();
    lock.release();
    throw error;
  }
}

async function openDatabase(folder: string): Promise<Deno.Kv> {
  try {
    return await Deno.openKv(`${folder}/image.kv`);
  } catch (cause) {
    throw new FolderError(folder, cause);
  }
}
