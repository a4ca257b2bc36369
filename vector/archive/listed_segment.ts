/**
 * A segment's inverted lists as they serve: searched in the program itself, in less time than it takes to ask another
 * process. They answer what lies near rows; what they may be wrong about is left to the graph.
 */
import { compareExactly } from "./exact_hits.ts";
import { InvertedLists, type ListHit } from "./inverted_lists.ts";
import { listedHitsMax, listedMore, listedPerHit, recallAt } from "./limits.ts";
import type { SegmentHit } from "./hit_records.ts";
import type { SegmentToOpen, TrustedSearch } from "./messages.ts";
import { decodeName, FileCutError, segmentFiles } from "./segment_files.ts";

/** Rows of lists to compare for `count` hits: their order is rougher than a graph's. */
export function searchLists(
  lists: InvertedLists,
  query: Float32Array,
  { count, probes }: { count: number; probes: number },
): ListHit[] {
  return lists.search(query, { probes, count: Math.min(count * listedPerHit + listedMore, lists.length) });
}

/** See the head of this file. */
export class ListedSegment {
  readonly #lists: InvertedLists;
  readonly #trusted: TrustedSearch;
  readonly #rows: Deno.FsFile;
  readonly #rowsBytes: number;
  #closed = false;

  private constructor(lists: InvertedLists, trusted: TrustedSearch, rows: Deno.FsFile, rowsBytes: number) {
    this.#lists = lists;
    this.#trusted = trusted;
    this.#rows = rows;
    this.#rowsBytes = rowsBytes;
  }

  /** Reads and checks the lists; null when the segment has none. Throws with the reason when they are not what they were. */
  static async open(segment: SegmentToOpen, kernel: WebAssembly.Module): Promise<ListedSegment | null> {
    if (segment.lists === null) return null;
    const files = segmentFiles(segment.path);
    const { rows, dimensions } = segment;
    const lists = await InvertedLists.open(
      files.lists,
      { sum: segment.lists.file, rows, dimensions },
      kernel,
    );
    const file = await Deno.open(files.rows, { read: true });
    return new ListedSegment(lists, segment.lists, file, segment.rowsFile.bytes);
  }

  /** The `count` best rows, best first; null when the graph must be asked. */
  async search(query: Float32Array, count: number): Promise<SegmentHit[] | null> {
    if (count > listedHitsMax || this.#lists.length < recallAt) return null;
    const wanted = Math.max(count, recallAt);
    const { probes, similarity } = this.#trusted;
    const chosen = searchLists(this.#lists, query, { count: wanted, probes });
    if (chosen.length < Math.min(wanted, this.#lists.length)) return null;
    // By their rounded scores it is clear already, and nothing needs to be read.
    if (chosen[recallAt - 1]!.score < similarity - roundedBy) return null;
    try {
      const hits = compareExactly(chosen.map(({ row }) => ({ row, rows: this.#rows })), query, wanted);
      if (hits[recallAt - 1]!.score < similarity) return null;
      // Whoever searches without end waits for the file here, and other work has its turn.
      const { size } = await this.#rows.stat();
      if (size !== this.#rowsBytes) return null;
      return hits.slice(0, count).map(({ score, name }) => ({ ...decodeName(name), score }));
    } catch (error) {
      // The process that has the file mapped will find the same, and ends as damaged.
      if (error instanceof FileCutError) return null;
      throw error;
    }
  }

  /** Lets go of the file; once is enough. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#rows.close();
  }
}

/** What a rounded score may be too small by. */
const roundedBy = 0.05;
