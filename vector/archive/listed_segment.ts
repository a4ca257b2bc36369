/**
 * A segment's inverted lists as they serve: searched in the program itself, in less time than it takes to ask another
 * process. They answer what lies near rows; what they may be wrong about is left to the graph.
 */
import { compareExactly } from "./exact_hits.ts";
import { InvertedLists, type ListHit } from "./inverted_lists.ts";
import { listedHitsMax, listedMore, listedTurn, recallAt } from "./limits.ts";
import type { SegmentHit } from "./hit_records.ts";
import type { ListStep, SegmentToOpen } from "./messages.ts";
import { decodeName, FileCutError, segmentFiles } from "./segment_files.ts";

/** Rows of lists to compare for `count` hits, as their order is rougher than a graph's; null where the graph must be asked. */
export function searchLists(
  lists: InvertedLists,
  query: Float32Array,
  { steps, count }: { steps: readonly ListStep[]; count: number },
): ListHit[] | null {
  return lists.search(query, { steps, rank: count, count: count + listedMore });
}

/** See the head of this file. */
export class ListedSegment {
  readonly #lists: InvertedLists;
  readonly #steps: readonly ListStep[];
  readonly #rows: Deno.FsFile;
  readonly #rowsBytes: number;
  #searches = 0;
  #closed = false;

  private constructor(
    lists: InvertedLists,
    steps: readonly ListStep[],
    rows: Deno.FsFile,
    rowsBytes: number,
  ) {
    this.#lists = lists;
    this.#steps = steps;
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
    return new ListedSegment(lists, segment.lists.steps, file, segment.rowsFile.bytes);
  }

  /** The `count` best rows, best first; null when the graph must be asked. */
  async search(query: Float32Array, count: number): Promise<SegmentHit[] | null> {
    if (count > listedHitsMax) return null;
    // What was measured is how well the nearest ten are found.
    const wanted = Math.max(count, recallAt);
    const chosen = searchLists(this.#lists, query, { steps: this.#steps, count: wanted });
    if (chosen === null) return null;
    try {
      const hits = compareExactly(chosen.map(({ row }) => ({ row, rows: this.#rows })), query, count);
      if (++this.#searches % listedTurn === 0 && await this.#isCut()) return null;
      return hits.map(({ score, name }) => ({ ...decodeName(name), score }));
    } catch (error) {
      // The process that has the file mapped will find the same, and ends as damaged.
      if (error instanceof FileCutError) return null;
      throw error;
    }
  }

  /** Asked of the disk, so that whoever searches without end waits here, and other work has its turn. */
  async #isCut(): Promise<boolean> {
    return (await this.#rows.stat()).size !== this.#rowsBytes;
  }

  /** Lets go of the file; once is enough. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#rows.close();
  }
}
