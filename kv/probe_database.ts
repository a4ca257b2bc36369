/**
 * A look at a database file by SQLite itself, before it is opened as a store: what runs beneath the store ends the
 * whole process when it meets damage in its queue, or in its index of what expires, neither of which this program uses.
 * The image's lock must be held.
 */
import { DatabaseSync } from "node:sqlite";

/** Tables that are read as soon as the store is opened, few and tiny. */
const OPENED_WITH = ["migration_state", "data_version", "queue", "queue_running"] as const;
const pageProblemsMax = 100;

/** What is wrong with the tables that opening reads; null when nothing is. @throws what SQLite says of the file */
export function probeTables(path: string): string | null {
  return ask(path, (database) => {
    const there = database.prepare("select name from sqlite_master where type = 'table'").all();
    const names = new Set(there.map(({ name }) => name));
    const said = OPENED_WITH.filter((name) => names.has(name)).flatMap((name) =>
      check(database, `'${name}'`)
    );
    // What the store asks for every so often, to drop what has expired: nothing here ever does.
    if (names.has("kv")) database.prepare("select k from kv where expiration_ms >= 0 limit 1").all();
    return said.length === 0 ? null : said.join("; ");
  });
}

/**
 * What is wrong with any page of the file; empty when nothing is. Takes time with the size of the file.
 * @throws what says nothing of the file: a full disk has no room for what reading needs beside it
 */
export function probePages(path: string): string[] {
  try {
    return ask(path, (database) => check(database, String(pageProblemsMax)));
  } catch (error) {
    if (!isAboutTheFile(error)) throw error;
    return [error.message];
  }
}

/** SQLite's codes: corrupt, no database, a page that cannot be read, or not whole, or whose file system is corrupt. */
const CORRUPT = 11;
const UNREADABLE = new Set([26, 266, 522, 8458]);

function isAboutTheFile(error: unknown): error is Error {
  if (!(error instanceof Error) || !("errcode" in error)) return false;
  const code = Number(error.errcode);
  return UNREADABLE.has(code) || (code & 0xff) === CORRUPT;
}

function ask<T>(path: string, question: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return question(database);
  } finally {
    database.close();
  }
}

function check(database: DatabaseSync, argument: string): string[] {
  const rows = database.prepare(`pragma integrity_check(${argument})`).all();
  return rows.map((row) => String(Object.values(row)[0])).filter((line) => line !== "ok");
}
