/**
 * One set of segments that serves, on one searcher. It counts the searches that are under way in it, so that it can be
 * released after the last of them and not before.
 */
import type { ListedSegment } from "./listed_segment.ts";
import type { SegmentRecord } from "./manifest.ts";
import type { Searcher } from "./searcher.ts";

/** Segments, the process that has them open, and the lists of those that have any; an empty one needs no process. */
export class Generation {
  readonly searcher: Searcher | null;
  readonly segments: readonly SegmentRecord[];
  /** By the names of the segments. */
  readonly listed: ReadonlyMap<string, ListedSegment>;
  #searches = 0;
  #idle: (() => void)[] = [];

  constructor(
    searcher: Searcher | null,
    segments: readonly SegmentRecord[],
    listed: ReadonlyMap<string, ListedSegment>,
  ) {
    this.searcher = searcher;
    this.segments = segments;
    this.listed = listed;
  }

  /** Runs a search in it. */
  async use<T>(search: () => Promise<T>): Promise<T> {
    this.#searches++;
    try {
      return await search();
    } finally {
      this.#searches--;
      if (this.#searches === 0) { for (const resolve of this.#idle.splice(0)) resolve(); }
    }
  }

  /** Resolves when no search is under way. */
  idle(): Promise<void> {
    return this.#searches === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve));
  }
}
