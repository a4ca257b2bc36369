/**
 * Rows that a graph or lists chose by rounded vectors, compared by their very vectors, as these stand in the file of the
 * rows beside their names.
 */
import { dot } from "./dot.ts";
import { comparedMore, recallAt } from "./limits.ts";
import { nameRecordBytes, readAllSync, rowRecordBytes } from "./segment_files.ts";

/** A row in the file of its segment. */
export interface ChosenRow {
  readonly row: number;
  readonly rows: Deno.FsFile;
}

/** A row's name as it stands in the file, and its exact inner product with the query. */
export interface ExactHit {
  readonly score: number;
  readonly name: Uint8Array;
}

/**
 * Rows of a graph to compare for `count` hits: a few more, as the rounded scores by which it chooses may put the last of
 * them in the wrong order.
 */
export function comparedOf(count: number): number {
  return Math.max(count + comparedMore, recallAt);
}

/** The `count` best of the chosen rows, best first. Throws `FileCutError` when a file ends before. */
export function compareExactly(
  chosen: readonly ChosenRow[],
  query: Float32Array,
  count: number,
): ExactHit[] {
  const record = new Uint8Array(rowRecordBytes(query.length));
  const vector = new Float32Array(record.buffer, nameRecordBytes);
  const hits = chosen.map(({ row, rows }) => {
    readAllSync(rows, row * record.length, record);
    return { score: dot(query, vector, 0), name: record.slice(0, nameRecordBytes) };
  });
  return hits.sort((one, two) => two.score - one.score).slice(0, count);
}
