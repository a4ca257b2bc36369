/**
 * The file of the lexical index: postings, and beside them what each row can be chosen by; no text. An edited row is the death of the old and the birth of a new one, so that it can be searched as of the past. What is written is
 * seen at once by this connection, and durable after `flush`.
 */
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { type Collection, Scorer } from "./bm25.ts";
import { defaultLanguage, languageOf, Stemmers } from "./languages.ts";
import { languageShareMin, queryLanguagesMax } from "./limits.ts";
import type { LexicalChange, LexicalRow, LexicalState, PastRow } from "./messages.ts";
import { Postings } from "./postings.ts";
import { termsOf } from "./terms.ts";

const SCHEMA = "2";

const TABLES = `
  CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS docs (
    id INTEGER PRIMARY KEY AUTOINCREMENT, oid TEXT NOT NULL, born TEXT NOT NULL, died TEXT, thread TEXT, at REAL NOT NULL,
    source TEXT, kind TEXT NOT NULL, importance REAL NOT NULL, slots TEXT NOT NULL, language TEXT NOT NULL,
    length INTEGER NOT NULL
  );
  CREATE UNIQUE INDEX IF NOT EXISTS docs_live ON docs (oid) WHERE died IS NULL;
  CREATE INDEX IF NOT EXISTS docs_past ON docs (oid) WHERE died IS NOT NULL;
  CREATE INDEX IF NOT EXISTS docs_thread ON docs (thread, at, oid) WHERE thread IS NOT NULL;
`;

export class LexicalFile {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly postings: Postings;
  readonly scorer = new Scorer();
  readonly stemmers = new Stemmers();
  readonly #languages = new Map<string, number>();
  #rows = 0;
  #past = 0;
  #words = 0;
  #lastRow = 0;
  #watermark = "";
  #open = false;

  /** Opens it, or makes it anew when it is of another image or version. @throws what SQLite throws when it is damaged */
  constructor(path: string, image: string) {
    this.#database = new DatabaseSync(path);
    this.#database.exec(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536; PRAGMA secure_delete = ON;",
    );
    this.#database.exec(TABLES);
    this.postings = new Postings(this.#database);
    if (this.#meta("schema") !== SCHEMA || this.#meta("image") !== image) this.#reset(image);
    this.#watermark = this.#meta("watermark") ?? "";
    this.#count();
  }

  get state(): LexicalState {
    return { rows: this.#rows, past: this.#past, watermark: this.#watermark };
  }

  /** In which languages a query may find something: its own, the default one, and those of many rows. */
  languagesFor(query: string): string[] {
    const least = Math.max(1, languageShareMin * this.#rows);
    const held = [...this.#languages].filter(([, rows]) => rows >= least).sort((a, b) => b[1] - a[1]);
    const codes = [languageOf(query), defaultLanguage, ...held.map(([code]) => code)];
    return [...new Set(codes)].slice(0, queryLanguagesMax);
  }

  /** What is found from here on; `watermark` stays as it is when it is null. */
  apply(changes: readonly LexicalChange[], watermark: string | null): void {
    this.#begin();
    for (const { id, before, after, position } of changes) {
      this.#end(id, before, position);
      if (after !== null) this.#insert(after, position, null);
    }
    if (watermark !== null) this.#setWatermark(watermark);
  }

  /** Rows as they are and as they were, of an index that is being filled: one that is there already stays. */
  fill(
    rows: readonly { readonly row: LexicalRow; readonly born: string }[],
    past: readonly PastRow[],
  ): void {
    this.#begin();
    for (const { row, born } of rows) {
      if (this.statement("SELECT 1 FROM docs WHERE oid = ? AND died IS NULL").get(row.id) === undefined) {
        this.#insert(row, born, null);
      }
    }
    for (const { row, born, died } of past) this.#insert(row, born, died);
  }

  clear(): void {
    this.#reset(this.#meta("image") ?? "");
    this.#watermark = "";
    this.#count();
  }

  /** Drops the rows that died up to a position. */
  prune(upTo: string): void {
    this.#begin();
    const gone = this.statement("DELETE FROM docs WHERE died IS NOT NULL AND died <= ? RETURNING length").all(
      upTo,
    );
    this.#past -= gone.length;
    for (const { length } of gone) this.#words -= Number(length);
  }

  /** Drops all rows under some ids, those that died included; `compact` then takes their last bytes. */
  forget(ids: readonly string[]): void {
    this.#begin();
    const find = this.statement("SELECT id, died, language FROM docs WHERE oid = ?");
    for (const oid of ids) {
      for (const { id, died, language } of find.all(oid)) {
        this.#erase(Number(id));
        if (died !== null) {
          this.#past--;
          continue;
        }
        this.#rows--;
        this.#languages.set(String(language), (this.#languages.get(String(language)) ?? 1) - 1);
      }
    }
  }

  /**
   * Leaves out of the postings what is gone, so that no byte of it is left: what is deleted is overwritten, as the file
   * cannot be written anew without all permissions.
   */
  compact(): void {
    this.#begin();
    this.postings.settle();
    const kept = this.statement("SELECT 1 FROM docs WHERE id = ?");
    this.postings.compact((row) => kept.get(row) !== undefined);
    this.flush();
    this.#database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  }

  flush(): void {
    if (!this.#open) return;
    this.postings.settle();
    this.#database.exec("COMMIT");
    this.#open = false;
  }

  close(): void {
    this.flush();
    this.#database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    this.#database.close();
  }

  statement(sql: string): StatementSync {
    const made = this.#statements.get(sql) ?? this.#database.prepare(sql);
    this.#statements.set(sql, made);
    return made;
  }

  /** What a search reckons with; what was added is in the postings then. */
  get collection(): Collection {
    if (this.postings.isPending) {
      this.#begin();
      this.postings.settle();
    }
    const rows = this.#rows + this.#past;
    return { rows, averageLength: rows === 0 ? 1 : this.#words / rows, lastRow: this.#lastRow };
  }

  #begin(): void {
    if (this.#open) return;
    this.#database.exec("BEGIN");
    this.#open = true;
  }

  /** What lived under the id lives no more; it stays to be found as of the past. */
  #end(id: string, before: LexicalRow | null, position: string): void {
    const live = this.statement("SELECT id, born, language FROM docs WHERE oid = ? AND died IS NULL").get(id);
    if (live === undefined) return;
    const { id: row, born, language } = live as { id: number; born: string; language: string };
    this.#languages.set(language, (this.#languages.get(language) ?? 1) - 1);
    this.#rows--;
    if (born < position) {
      this.statement("UPDATE docs SET died = ? WHERE id = ?").run(position, row);
      this.#past++;
      return;
    }
    // It was read when it was newer than this change already: what it was before is known from history alone.
    this.#erase(row);
    if (before !== null) this.#insert(before, "", position);
  }

  #erase(row: number): void {
    const gone = this.statement("DELETE FROM docs WHERE id = ? RETURNING length").get(row);
    this.#words -= Number(gone?.length ?? 0);
  }

  #insert(row: LexicalRow, born: string, died: string | null): void {
    const language = languageOf(row.text);
    const terms = termsOf(row.text, language, this.stemmers);
    const { lastInsertRowid } = this.statement(
      "INSERT INTO docs (oid, born, died, thread, at, source, kind, importance, slots, language, length) " +
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    ).run(
      row.id,
      born,
      died,
      row.thread,
      row.at,
      row.source,
      row.kind,
      row.importance,
      JSON.stringify(row.slots),
      language,
      terms.length,
    );
    this.#lastRow = Number(lastInsertRowid);
    this.postings.add(this.#lastRow, terms);
    this.#words += terms.length;
    if (died !== null) return void this.#past++;
    this.#rows++;
    this.#languages.set(language, (this.#languages.get(language) ?? 0) + 1);
  }

  #meta(key: string): string | undefined {
    const found = this.statement("SELECT value FROM meta WHERE key = ?").get(key);
    return found === undefined ? undefined : String(found.value);
  }

  #setMeta(key: string, value: string): void {
    this.statement("INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = ?")
      .run(key, value, value);
  }

  #setWatermark(watermark: string): void {
    this.#setMeta("watermark", watermark);
    this.#watermark = watermark;
  }

  #reset(image: string): void {
    this.flush();
    this.#statements.clear();
    this.#database.exec("DROP TABLE IF EXISTS docs; DELETE FROM meta;");
    this.#database.exec(TABLES);
    this.postings.clear();
    this.#setMeta("schema", SCHEMA);
    this.#setMeta("image", image);
  }

  #count(): void {
    const { live, past, words, last } = this.statement(
      "SELECT count(*) FILTER (WHERE died IS NULL) AS live, count(*) FILTER (WHERE died IS NOT NULL) AS past, " +
        "coalesce(sum(length), 0) AS words, coalesce(max(id), 0) AS last FROM docs",
    ).get() as { live: number; past: number; words: number; last: number };
    this.#rows = live;
    this.#past = past;
    this.#words = words;
    this.#lastRow = last;
    this.#languages.clear();
    const counted = this.statement(
      "SELECT language, count(*) AS rows FROM docs WHERE died IS NULL GROUP BY language",
    ).all() as { language: string; rows: number }[];
    for (const { language, rows } of counted) this.#languages.set(language, rows);
  }
}
