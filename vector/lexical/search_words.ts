/** Searching the lexical file: which words of a query are worth asking, BM25 over them, and what rows can be chosen by. */
import { type Collection, greatest, type Scored, weightOf } from "./bm25.ts";
import type { LexicalFile } from "./lexical_file.ts";
import { commonShare, fewRows, postingsMax, threadReach } from "./limits.ts";
import type { LexicalAnswer, LexicalFilter, LexicalHit, RowDescription } from "./messages.ts";
import { type QueryWord, queryWordsOf } from "./terms.ts";

export interface WordsQuery {
  readonly query: string;
  readonly limit: number;
  readonly asOf: string | undefined;
  readonly filter: LexicalFilter | undefined;
}

interface Weighed extends QueryWord {
  readonly frequency: number;
  readonly weight: number;
}

/** The best rows by BM25, the best first and of equals the smaller id. */
export function searchWords(file: LexicalFile, { query, limit, asOf, filter }: WordsQuery): LexicalAnswer {
  const { collection } = file;
  const weighed = weigh(file, queryWordsOf(query, file.languagesFor(query), file.stemmers), collection);
  const { used, dropped } = worthAsking(weighed, collection.rows);
  const answer = { words: used.map(({ word }) => word), dropped: dropped.map(({ word }) => word) };
  const scored = file.scorer.score(file.postings, used, collection);
  const whole = used.reduce((sum, { weight }) => sum + weight, 0);
  const hits = chosen(file, scored, { limit, asOf, filter }).map(({ id, score }): LexicalHit => ({
    id,
    score,
    share: Math.min(1, score / whole),
  }));
  return { hits, ...answer };
}

/** What these rows are beside their words; ids that are not there are passed over. */
export function describeRows(
  file: LexicalFile,
  ids: readonly string[],
  asOf: string | undefined,
): RowDescription[] {
  const rowsThat = (lived: string) =>
    "SELECT oid, at, importance, kind, source, thread FROM docs " +
    `WHERE oid IN (SELECT value FROM json_each(?1)) AND ${lived}`;
  // Two halves, as each has an index of its own.
  const statement = file.statement(
    asOf === undefined
      ? rowsThat("died IS NULL")
      : `${rowsThat("died IS NULL AND born <= ?2")} UNION ALL ${
        rowsThat("died IS NOT NULL AND born <= ?2 AND died > ?2")
      }`,
  );
  const list = JSON.stringify(ids);
  const rows = asOf === undefined ? statement.all(list) : statement.all(list, asOf);
  const described = rows.map((row): RowDescription => {
    const { oid: id, at, importance, kind, source, thread } = row as unknown as DescribedRow;
    const near = thread === null ? [] : nearInThread(file, { id, at, thread, asOf });
    return { id, at, importance, kind, source, thread, near };
  });
  const byId = new Map(described.map((row) => [row.id, row]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

type DescribedRow = Omit<RowDescription, "id" | "near"> & { readonly oid: string };

/** The ids of rows that are like this, at most `limit`, the newest first. */
export function matchingRows(
  file: LexicalFile,
  filter: LexicalFilter,
  options: { readonly limit: number; readonly asOf: string | undefined },
): string[] {
  const { clause, values } = conditions(filter, options.asOf);
  const sql = `SELECT d.oid AS oid FROM docs d WHERE ${clause} ORDER BY d.at DESC LIMIT ?`;
  return (file.statement(sql).all(...values, options.limit) as { oid: string }[]).map(({ oid }) => oid);
}

/** The ids of all rows that live, in their order, a page at a time. */
export function liveIds(file: LexicalFile, after: string, limit: number): string[] {
  const sql = "SELECT oid FROM docs WHERE died IS NULL AND oid > ? ORDER BY oid LIMIT ?";
  return (file.statement(sql).all(after, limit) as { oid: string }[]).map(({ oid }) => oid);
}

function weigh(file: LexicalFile, words: readonly QueryWord[], { rows }: Collection): Weighed[] {
  return words.map((word) => {
    const frequency = word.terms.reduce((sum, term) => sum + file.postings.frequency(term), 0);
    return { ...word, frequency, weight: weightOf(frequency, rows) };
  });
}

/**
 * The rarest first, without those that stand in too many rows unless all do, as far as the bound of postings goes. A
 * word that no row has counts among all: what is asked for is not "the" then, and nothing is found by that.
 */
function worthAsking(words: readonly Weighed[], rows: number): { used: Weighed[]; dropped: Weighed[] } {
  const known = words.filter(({ frequency }) => frequency > 0).sort((a, b) => a.frequency - b.frequency);
  const common = Math.max(commonShare * rows, fewRows);
  const telling = known.filter(({ frequency }) => frequency <= common);
  const asked = telling.length === 0 && known.length === words.length ? known : telling;
  const used: Weighed[] = [];
  let postings = 0;
  for (const word of asked) {
    postings += word.frequency;
    if (used.length > 0 && postings > postingsMax) break;
    used.push(word);
  }
  return { used, dropped: known.filter((word) => !used.includes(word)) };
}

/** Those of the scored rows that live, or lived, and are as they must be: first among the best, then among all. */
function chosen(
  file: LexicalFile,
  scored: Scored,
  { limit, asOf, filter }: Pick<WordsQuery, "limit" | "asOf" | "filter">,
): { readonly id: string; readonly score: number }[] {
  const { clause, values } = conditions(filter ?? {}, asOf);
  const many = file.statement(
    `SELECT d.id AS row, d.oid AS oid FROM docs d WHERE d.id IN (SELECT value FROM json_each(?)) AND ${clause}`,
  );
  for (let wide = 2 * limit;; wide *= 8) {
    const best = new Map(greatest(scored, wide).map(({ row, score }) => [row, score]));
    const known = many.all(JSON.stringify([...best.keys()]), ...values) as { row: number; oid: string }[];
    const found = known.map(({ row, oid }) => ({ id: oid, score: best.get(row)! }));
    if (found.length < limit && wide < scored.rows.length) continue;
    return found.sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1)).slice(0, limit);
  }
}

function conditions(
  { since, until, source, kind, thread, among, slots = {} }: LexicalFilter,
  asOf: string | undefined,
): { clause: string; values: (string | number)[] } {
  const clauses = [asOf === undefined ? "d.died IS NULL" : "d.born <= ? AND (d.died IS NULL OR d.died > ?)"];
  const values: (string | number)[] = asOf === undefined ? [] : [asOf, asOf];
  const must = (clause: string, ...given: (string | number)[]) => {
    clauses.push(clause);
    values.push(...given);
  };
  if (since !== undefined) must("d.at >= ?", since);
  if (until !== undefined) must("d.at < ?", until);
  if (source !== undefined) must("d.source = ?", source);
  if (kind !== undefined) must("d.kind = ?", kind);
  if (thread !== undefined) must("d.thread = ?", thread);
  if (among !== undefined) must("d.oid IN (SELECT value FROM json_each(?))", JSON.stringify(among));
  for (const [name, value] of Object.entries(slots)) {
    must(
      "EXISTS (SELECT 1 FROM json_each(d.slots) WHERE key = ? AND value = ?)",
      name,
      typeof value === "boolean" ? Number(value) : value,
    );
  }
  return { clause: clauses.join(" AND "), values };
}

interface Standing {
  readonly id: string;
  readonly at: number;
  readonly thread: string;
  readonly asOf: string | undefined;
}

function nearInThread(file: LexicalFile, standing: Standing): { id: string; steps: number }[] {
  const { id, at, thread, asOf } = standing;
  const living = asOf === undefined ? "died IS NULL" : "born <= ?5 AND (died IS NULL OR died > ?5)";
  const side = (compare: "<" | ">", order: "DESC" | "ASC", sign: 1 | -1) => {
    const statement = file.statement(
      `SELECT oid FROM docs WHERE thread = ?1 AND (at, oid) ${compare} (?2, ?3) AND ${living} ` +
        `ORDER BY at ${order}, oid ${order} LIMIT ?4`,
    );
    const found = asOf === undefined
      ? statement.all(thread, at, id, threadReach)
      : statement.all(thread, at, id, threadReach, asOf);
    return (found as { oid: string }[]).map(({ oid }, step) => ({ id: oid, steps: sign * (step + 1) }));
  };
  return [...side("<", "DESC", -1).reverse(), ...side(">", "ASC", 1)];
}
