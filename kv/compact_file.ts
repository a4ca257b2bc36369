/**
 * Writes the database file anew, so that no byte of what was deleted or overwritten is left in it or in its write-ahead
 * log. The one write beside the store itself: it goes through SQLite in this process, whose locks it shares, and nothing
 * may write meanwhile. Takes time, and room on the disk, with the size of the file.
 */
import { DatabaseSync } from "node:sqlite";
import { StoreError } from "./errors.ts";

/** How long it waits for readers, in ms. */
const waitMs = 5_000;

/** What SQLite says where the runtime lets it attach nothing, which writing a file anew takes. */
const DENIED = /too many attached databases/;

/** @throws StoreError `compact_denied` without all permissions; `compact_busy`, retryable, when somebody reads an old state for too long */
export function compactFile(path: string): void {
  const database = new DatabaseSync(path);
  try {
    database.exec(`PRAGMA busy_timeout = ${waitMs}`);
    database.exec("VACUUM");
    const checkpoint = database.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get();
    if (checkpoint?.busy === 0) return;
  } catch (cause) {
    throw DENIED.test(String(cause)) ? denied(path, cause) : busy(path, cause);
  } finally {
    database.close();
  }
  throw busy(path);
}

function busy(path: string, cause?: unknown): StoreError {
  const reason = cause instanceof Error ? cause.message : "somebody reads it";
  return new StoreError("compact_busy", `Cannot write "${path}" anew: ${reason}`, {
    hint: "It is tried again by itself; see that the disk has room for a second copy of the file.",
    retryable: true,
    details: { path },
    ...(cause === undefined ? {} : { cause }),
  });
}

function denied(path: string, cause: unknown): StoreError {
  return new StoreError("compact_denied", `Cannot write "${path}" anew as that takes all permissions`, {
    hint:
      "What is forgotten is found no more, but bytes of it stay in that file until the image is opened by " +
      "`deno run -A --unstable-kv main.ts start`, which erases them.",
    details: { path },
    cause,
  });
}
