/**
 * Which rows have a term: chunks of bytes in SQLite, each posting the step from the row before, how often the term is in
 * the row, and the row's length, rounded. FTS5 was tried first: its BM25 looks at every term of a query in every row that
 * has one of them, which took 180 ms where this takes 3.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { chunkBytesMax, pendingPostingsMax } from "./limits.ts";

const TABLES = `
  CREATE TABLE IF NOT EXISTS terms (
    id INTEGER PRIMARY KEY, term TEXT NOT NULL UNIQUE, frequency INTEGER NOT NULL, last INTEGER NOT NULL
  );
  CREATE TABLE IF NOT EXISTS postings (
    term INTEGER NOT NULL, first INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (term, first)
  ) WITHOUT ROWID;
`;

/** Lengths of rows, in words, by the byte that stands for them. */
export const LENGTHS: Float32Array = Float32Array.from({ length: 256 }, (_, byte) => 2 ** (byte / 16) - 1);

interface Term {
  readonly id: number;
  readonly frequency: number;
  readonly last: number;
}

/** Told of each row that has a term, how often, and the byte that stands for its length. */
type Visit = (row: number, times: number, length: number) => void;

export class Postings {
  readonly #database: DatabaseSync;
  readonly #find: StatementSync;
  readonly #insertTerm: StatementSync;
  readonly #updateTerm: StatementSync;
  readonly #lastChunk: StatementSync;
  readonly #putChunk: StatementSync;
  readonly #chunks: StatementSync;
  /** Rows that are not in the tables yet: row, times, length, one after the other. */
  readonly #pending = new Map<string, number[]>();
  #pendingCount = 0;

  constructor(database: DatabaseSync) {
    this.#database = database;
    database.exec(TABLES);
    this.#find = database.prepare("SELECT id, frequency, last FROM terms WHERE term = ?");
    this.#insertTerm = database.prepare("INSERT INTO terms (term, frequency, last) VALUES (?, ?, ?)");
    this.#updateTerm = database.prepare("UPDATE terms SET frequency = ?, last = ? WHERE id = ?");
    this.#lastChunk = database.prepare(
      "SELECT first, data FROM postings WHERE term = ? ORDER BY first DESC LIMIT 1",
    );
    this.#putChunk = database.prepare("INSERT OR REPLACE INTO postings (term, first, data) VALUES (?, ?, ?)");
    this.#chunks = database.prepare("SELECT first, data FROM postings WHERE term = ? ORDER BY first");
  }

  /** Rows come in the order of their numbers. The caller has begun a transaction when it settles. */
  add(row: number, terms: readonly string[]): void {
    const times = new Map<string, number>();
    for (const term of terms) times.set(term, (times.get(term) ?? 0) + 1);
    const length = byteOf(terms.length);
    for (const [term, count] of times) {
      const list = this.#pending.get(term);
      if (list === undefined) this.#pending.set(term, [row, Math.min(255, count), length]);
      else list.push(row, Math.min(255, count), length);
    }
    this.#pendingCount += times.size;
    if (this.#pendingCount >= pendingPostingsMax) this.settle();
  }

  /** Whether there is something to settle. */
  get isPending(): boolean {
    return this.#pendingCount > 0;
  }

  /** Puts into the tables what was added. */
  settle(): void {
    for (const [term, list] of this.#pending) this.#append(term, list);
    this.#pending.clear();
    this.#pendingCount = 0;
  }

  /** Rows that have the term, those that died included. */
  frequency(term: string): number {
    return this.#term(term)?.frequency ?? 0;
  }

  /** The postings of a term, chunk by chunk, in the order of the rows; to be read with `decode`. */
  chunks(term: string): { readonly first: number; readonly data: Uint8Array }[] {
    const known = this.#term(term);
    if (known === undefined) return [];
    return this.#chunks.all(known.id) as unknown as { first: number; data: Uint8Array }[];
  }

  /** Leaves out the rows that are not to be kept, and terms that none is left of. */
  compact(keeps: (row: number) => boolean): void {
    const terms = this.#database.prepare("SELECT id, term FROM terms").all() as {
      id: number;
      term: string;
    }[];
    const drop = this.#database.prepare("DELETE FROM postings WHERE term = ?");
    const forget = this.#database.prepare("DELETE FROM terms WHERE id = ?");
    for (const { id, term } of terms) {
      const kept: number[] = [];
      let all = 0;
      for (const { first, data } of this.chunks(term)) {
        decode(data, first, (row, times, length) => {
          all++;
          if (keeps(row)) kept.push(row, times, length);
        });
      }
      if (kept.length === 3 * all) continue;
      drop.run(id);
      forget.run(id);
      if (kept.length > 0) this.#append(term, kept);
    }
  }

  clear(): void {
    this.#pending.clear();
    this.#pendingCount = 0;
    this.#database.exec("DELETE FROM terms; DELETE FROM postings;");
  }

  #term(term: string): Term | undefined {
    return this.#find.get(term) as Term | undefined;
  }

  #append(term: string, list: readonly number[]): void {
    const known = this.#term(term);
    const added = list.length / 3;
    const last = list.at(-3)!;
    const id = known?.id ?? Number(this.#insertTerm.run(term, added, last).lastInsertRowid);
    if (known !== undefined) this.#updateTerm.run(known.frequency + added, last, id);
    const open = known === undefined ? undefined : this.#lastChunk.get(id);
    const tail = open?.data as Uint8Array | undefined;
    const goesOn = tail !== undefined && tail.length < chunkBytesMax;
    const chunk = new Chunk(
      goesOn ? Number(open!.first) : list[0]!,
      goesOn ? tail : new Uint8Array(),
      goesOn ? known!.last : list[0]!,
    );
    for (let at = 0; at < list.length; at += 3) {
      if (chunk.bytes.length >= chunkBytesMax) {
        this.#putChunk.run(id, chunk.first, Uint8Array.from(chunk.bytes));
        chunk.begin(list[at]!);
      }
      chunk.push(list[at]!, list[at + 1]!, list[at + 2]!);
    }
    this.#putChunk.run(id, chunk.first, Uint8Array.from(chunk.bytes));
  }
}

/** A chunk that is being written: it begins at a row, and each posting says how far it is from the one before. */
class Chunk {
  first: number;
  bytes: number[];
  #last: number;

  constructor(first: number, bytes: Uint8Array, last: number) {
    this.first = first;
    this.bytes = [...bytes];
    this.#last = last;
  }

  begin(first: number): void {
    this.first = this.#last = first;
    this.bytes = [];
  }

  push(row: number, times: number, length: number): void {
    let step = row - this.#last;
    for (; step >= 128; step >>>= 7) this.bytes.push(128 | (step & 127));
    this.bytes.push(step);
    this.bytes.push(times, length);
    this.#last = row;
  }
}

/** Reads a chunk that begins at a row. */
export function decode(data: Uint8Array, first: number, visit: Visit): void {
  let row = first;
  const end = data.length;
  for (let at = 0; at < end; at += 2) {
    let byte = data[at++]!;
    let step = byte & 127;
    for (let shift = 7; byte >= 128; shift += 7) {
      byte = data[at++]!;
      step |= (byte & 127) << shift;
    }
    row += step;
    visit(row, data[at]!, data[at + 1]!);
  }
}

function byteOf(length: number): number {
  return Math.min(255, Math.round(16 * Math.log2(1 + length)));
}
