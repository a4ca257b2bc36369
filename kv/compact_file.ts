/**
 * Writes every row of the database file anew, so that no byte of what was deleted or overwritten is left in it or in its
 * write-ahead log. `VACUUM` would do, but the runtime lets nobody without all permissions use it: so the rows go to other
 * tables and back, and SQLite overwrites with zeros whatever is let go meanwhile. The one write beside the store itself:
 * its locks are this process's, and nothing may write meanwhile. Takes time, and room on the disk, with the size of the
 * file, which may grow to twice its size once; the room is used again.
 */
import { DatabaseSync } from "node:sqlite";
import { StoreError } from "./errors.ts";

/** How long it waits for readers, in ms. */
const waitMs = 5_000;
/** Runs of filling pages that were let go before; each takes nearly all that are left. */
const fillsMax = 1_000;
/** Bytes of a page that a filling value takes for sure. */
const filledPageBytes = 4_000;
/** Pages of one filling value at most. */
const filledPagesMax = 10_000;
/** Tables of its own, there only while it works. */
const copyPrefix = "telos_copy_";
const fillTable = "telos_fill";

/** @throws StoreError `compact_busy`, retryable, when somebody reads an old state for too long, or the disk is full */
export function compactFile(path: string): void {
  const database = new DatabaseSync(path);
  try {
    database.exec(`PRAGMA busy_timeout = ${waitMs}; PRAGMA secure_delete = ON`);
    database.exec("BEGIN IMMEDIATE");
    rewriteTables(database);
    database.exec("COMMIT");
    const checkpoint = database.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get();
    if (checkpoint?.busy === 0) return;
  } catch (cause) {
    throw busy(path, cause);
  } finally {
    // What was begun and not committed is as if it had never been.
    database.close();
  }
  throw busy(path);
}

function rewriteTables(database: DatabaseSync): void {
  const tables = database.prepare(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
  )
    .all().map(({ name }) => String(name));
  for (const table of tables) {
    database.exec(`CREATE TABLE "${copyPrefix}${table}" AS SELECT * FROM "${table}"`);
  }
  fillFreePages(database);
  for (const table of tables) {
    database.exec(`DELETE FROM "${table}"`);
    database.exec(`INSERT INTO "${table}" SELECT * FROM "${copyPrefix}${table}"`);
    database.exec(`DROP TABLE "${copyPrefix}${table}"`);
  }
  database.exec(`DROP TABLE ${fillTable}`);
}

/** Pages that were let go before this hold old bytes: all are taken here, to be overwritten when they are let go again. */
function fillFreePages(database: DatabaseSync): void {
  database.exec(`CREATE TABLE ${fillTable} (bytes BLOB NOT NULL)`);
  const insert = database.prepare(`INSERT INTO ${fillTable} VALUES (zeroblob(?))`);
  const count = database.prepare("PRAGMA freelist_count");
  for (let fills = 0; fills < fillsMax; fills++) {
    const free = Number(count.get()!.freelist_count);
    if (free === 0) return;
    insert.run(Math.min(filledPagesMax, Math.max(1, free - 1)) * filledPageBytes);
  }
  throw new Error(`pages that are free are left after ${fillsMax} runs of filling them`);
}

function busy(path: string, cause?: unknown): StoreError {
  const reason = cause instanceof Error ? cause.message : "somebody reads it";
  return new StoreError("compact_busy", `Cannot write "${path}" anew: ${reason}`, {
    hint: "It is tried again by itself; see that the disk has room for two more copies of the file.",
    retryable: true,
    details: { path },
    ...(cause === undefined ? {} : { cause }),
  });
}
