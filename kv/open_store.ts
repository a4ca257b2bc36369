/** Opening the image in a folder: lock, database, records, and what a crash left to be finished. */
import { CorruptError, FolderError, StoreError } from "./errors.ts";
import { fileReason } from "./file_reason.ts";
import { ImageLock } from "./lock.ts";
import { probeTables } from "./probe_database.ts";
import { makeId } from "./make_id.ts";
import { finishRedo, sweepRedo } from "./redo.ts";
import { finishRewrites } from "./rewrite.ts";
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
    await finishRewrites(kv);
    await sweepRedo(kv);
    return new Store(kv, lock, { ...records, head }, options);
  } catch (error) {
    kv?.close();
    lock.release();
    throw damage(folder, error) ?? error;
  }
}

/** What SQLite says of a file that is none of its own, or no longer whole. */
const DAMAGE = /not a database|malformed|corrupt/i;

/** The error that names the damaged database, or null when it is about something else. */
function damage(folder: string, error: unknown): CorruptError | null {
  if (error instanceof StoreError || !(error instanceof Error) || !DAMAGE.test(error.message)) return null;
  return damaged(folder, error.message, error);
}

function damaged(folder: string, reason: string, cause?: unknown): CorruptError {
  const file = `${folder}/image.kv`;
  const hint = `Restore a copy of ${file}, or move it away to begin a new image there. ` +
    "`telos verify` tells what is damaged.";
  return new CorruptError(`"${file}"`, reason, { file }, cause, hint);
}

/** An empty file is a database that nobody has written into yet. */
async function isThere(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).size > 0;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/**
 * SQLite opens a file that it may not write, and the first write to it ends the process. Before it opens it, since a file
 * that is closed takes SQLite's locks with it.
 */
async function requireWritable(folder: string): Promise<void> {
  for (const name of ["image.kv", "image.kv-wal", "image.kv-shm"]) {
    try {
      (await Deno.open(`${folder}/${name}`, { write: true })).close();
    } catch (cause) {
      if (cause instanceof Deno.errors.NotFound) continue;
      const said = fileReason(cause, "written");
      throw new FolderError(folder, cause, `its file ${name} must be writable: ${said}`);
    }
  }
}

/** Opens the database itself; the image's lock must be held. @throws CorruptError, FolderError */
export async function openDatabase(folder: string): Promise<Deno.Kv> {
  const path = `${folder}/image.kv`;
  try {
    await requireWritable(folder);
    const fault = await isThere(path) ? probeTables(path) : null;
    if (fault !== null) throw damaged(folder, fault);
    return await Deno.openKv(path);
  } catch (cause) {
    if (cause instanceof CorruptError || cause instanceof FolderError) throw cause;
    throw damage(folder, cause) ?? new FolderError(folder, cause);
  }
}
