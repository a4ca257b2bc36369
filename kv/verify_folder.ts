/**
 * Verifying the image in a folder that nobody has open: first the database file by SQLite's own check, then the walk.
 * A file that is damaged is only read.
 */
import { CorruptError, FolderError, StoreError } from "./errors.ts";
import { ImageLock } from "./lock.ts";
import { openDatabase, openStore } from "./open_store.ts";
import { probePages } from "./probe_database.ts";
import { Reader } from "./reader.ts";
import { hintOf, verifyDatabase, type VerifyOptions, type VerifyReport } from "./verify/mod.ts";

/**
 * @throws StoreError `no_image` when there is none, LockedError, FolderError, SchemaError
 */
export async function verifyFolder(folder: string, options: VerifyOptions): Promise<VerifyReport> {
  await assertImage(folder);
  options.onProgress?.({ stage: "pages", done: 0 });
  const pages = await checkPages(folder);
  if (pages.length > 0) return await readOnly(folder, options, pages);
  let store;
  try {
    store = await openStore({ folder });
  } catch (error) {
    if (error instanceof CorruptError) return await readOnly(folder, options, [error.message]);
    throw error;
  }
  try {
    return await store.verify(options);
  } finally {
    await store.close();
  }
}

async function assertImage(folder: string): Promise<void> {
  try {
    await Deno.stat(`${folder}/image.kv`);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotADirectory) {
      throw new FolderError(folder, cause, "it is a file, not a folder");
    }
    // Whoever may not look there at all says so in words of its own.
    if (cause instanceof Deno.errors.NotCapable) throw cause;
    if (!(cause instanceof Deno.errors.NotFound)) throw new FolderError(folder, cause);
    throw new StoreError("no_image", `Cannot verify the image in "${folder}" as there is none`, {
      hint: "Name the image's folder.",
      details: { folder },
      cause,
    });
  }
}

/** What SQLite says of the file's pages; empty when all is well. The lock keeps everybody else out meanwhile. @throws FolderError */
async function checkPages(folder: string): Promise<string[]> {
  const lock = await ImageLock.take(folder);
  try {
    return probePages(`${folder}/image.kv`);
  } catch (cause) {
    throw new FolderError(folder, cause);
  } finally {
    lock.release();
  }
}

/** The walk over what can still be read, beside what is known to be damaged. Nothing is written. */
async function readOnly(
  folder: string,
  options: VerifyOptions,
  known: readonly string[],
): Promise<VerifyReport> {
  const problems = known.map((message) => ({
    kind: "page" as const,
    key: [],
    oid: null,
    repairable: false,
    message,
    hint: hintOf("page"),
  }));
  const lock = await ImageLock.take(folder);
  try {
    const walked = await walk(folder, options);
    if (walked === null) return { ok: false, position: null, checked: {}, problems, more: 0, repaired: [] };
    return { ...walked, ok: false, problems: [...problems, ...walked.problems] };
  } finally {
    lock.release();
  }
}

/** Null when the database does not even open. */
async function walk(folder: string, options: VerifyOptions): Promise<VerifyReport | null> {
  let kv;
  try {
    kv = await openDatabase(folder);
  } catch (error) {
    if (error instanceof StoreError) return null;
    throw error;
  }
  try {
    return await verifyDatabase(new Reader(kv), options, null);
  } finally {
    kv.close();
  }
}
