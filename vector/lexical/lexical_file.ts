/**
 * The file of the lexical index: SQLite's FTS5 without contents, and beside it what each row can be chosen by. An edited
 * row is the death of the old and the birth of a new one, so that it can be searched as of the past. What is written is
 * seen at once by this connection, and durable after `flush`.
 */
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { defaultLanguage, languageOf, Stemmers } from "./languages.ts";
import { frequenciesKept, frequencyDrift, queryLanguagesMax } from "./limits.ts";
import type { LexicalChange, LexicalRow, LexicalState, PastRow } from "./messages.ts";
import { termsOf } from "./terms.ts";

const SCHEMA = "1";

const TABLES = `
  CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS docs (
    id INTEGER PRIMARY KEY, oid TEXT NOT NULL, born TEXT NOT NULL, died TEXT, thread TEXT, at REAL NOT NULL,
    source TEXT, kind TEXT NOT NULL, importance REAL NOT NULL, slots TEXT NOT NULL, language TEXT NOT NULL
  );
  CREATE UNIQUE INDEX IF NOT EXISTS docs_live ON docs (oid) WHERE died IS NULL;
  CREATE INDEX IF NOT EXISTS docs_past ON docs (oid) WHERE died IS NOT NULL;
  CREATE INDEX IF NOT EXISTS docs_thread ON docs (thread, at, oid) WHERE thread IS NOT NULL;
  CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5(
    terms, content='', contentless_delete=1, tokenize='ascii'
  );
  CREATE VIRTUAL TABLE IF NOT EXISTS vocabulary USING fts5vocab(words, 'row');
`;

export class LexicalFile {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #frequencies = new Map<string, number>();
  readonly stemmers = new Stemmers();
  readonly #languages = new Map<string, number>();
  #frequenciesAt = 0;
  #rows = 0;
  #past = 0;
  #watermark = "";
  #open = false;

  /** Opens it, or makes it anew when it is of another image or version. @throws what SQLite throws when it is damaged */
  constructor(path: string, image: string) {
    this.#database = new DatabaseSync(path);
    this.#database.exec(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536;",
    );
    this.#database.exec(TABLES);
    if (this.#meta("schema") !== SCHEMA || this.#meta("image") !== image) this.#reset(image);
    this.#watermark = this.#meta("watermark") ?? "";
    this.#count();
  }

  get state(): LexicalState {
    return { rows: this.#rows, past: this.#past, watermark: this.#watermark };
  }

  /** The languages of the most rows, the default one always among them. */
  get languages(): string[] {
    const held = [...this.#languages].filter(([, rows]) => rows > 0).sort((a, b) => b[1] - a[1]);
    return [...new Set([defaultLanguage, ...held.map(([code]) => code)])].slice(0, queryLanguagesMax);
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

  /** Writes the file anew, so that no byte of a row that is gone is left in it. */
  compact(): void {
    this.flush();
    this.#database.exec("INSERT INTO words(words) VALUES ('optimize')");
    this.#database.exec("VACUUM");
    this.#database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  }

  flush(): void {
    if (!this.#open) return;
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

  /** Rows that have the term, dead ones included; as of not long ago. */
  frequency(term: string): number {
    const rows = this.#rows + this.#past;
    if (Math.abs(rows - this.#frequenciesAt) > frequencyDrift * this.#frequenciesAt) {
      this.#frequencies.clear();
      this.#frequenciesAt = rows;
    }
    const known = this.#frequencies.get(term);
    if (known !== undefined) return known;
    const found = this.statement("SELECT doc FROM vocabulary WHERE term = ?").get(term);
    const frequency = Number(found?.doc ?? 0);
    if (this.#frequencies.size >= frequenciesKept) this.#frequencies.clear();
    // A term that is new may be common soon.
    if (frequency > 0) this.#frequencies.set(term, frequency);
    return frequency;
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
    this.statement("DELETE FROM words WHERE rowid = ?").run(row);
    this.statement("DELETE FROM docs WHERE id = ?").run(row);
  }

  #insert(row: LexicalRow, born: string, died: string | null): void {
    const language = languageOf(row.text);
    const { lastInsertRowid } = this.statement(
      "INSERT INTO docs (oid, born, died, thread, at, source, kind, importance, slots, language) " +
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
    );
    const terms = termsOf(row.text, language, this.stemmers).join(" ");
    this.statement("INSERT INTO words (rowid, terms) VALUES (?, ?)").run(lastInsertRowid, terms);
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
    this.#database.exec("DROP TABLE IF EXISTS vocabulary; DROP TABLE IF EXISTS words;");
    this.#database.exec("DROP TABLE IF EXISTS docs; DELETE FROM meta;");
    this.#database.exec(TABLES);
    this.#setMeta("schema", SCHEMA);
    this.#setMeta("image", image);
  }

  #count(): void {
    const { live, past } = this.statement(
      "SELECT count(*) FILTER (WHERE died IS NULL) AS live, count(*) FILTER (WHERE died IS NOT NULL) AS past FROM docs",
    ).get() as { live: number; past: number };
    this.#rows = live;
    this.#past = past;
    this.#languages.clear();
    this.#frequencies.clear();
    const counted = this.statement(
      "SELECT language, count(*) AS rows FROM docs WHERE died IS NULL GROUP BY language",
    ).all() as { language: string; rows: number }[];
    for (const { language, rows } of counted) this.#languages.set(language, rows);
  }
}
