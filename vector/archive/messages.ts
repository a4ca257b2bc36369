/** The headers of the frames between the archive and its child: one union for each direction and role. */

/** The first frame to a child says what it is: one that builds a segment and ends, or one that serves searches. */
export type ToChild = BuildRequest | ServeRequest;

/** To a child that builds. The body of `build` is the kernel, that of `rows` their vectors, one after the other. */
export type BuildRequest =
  | { readonly type: "build"; readonly path: string; readonly dimensions: number }
  | { readonly type: "rows"; readonly ids: readonly string[]; readonly born: readonly string[] }
  | { readonly type: "end" };

/** From a child that builds. */
export type BuildReply =
  | { readonly type: "progress"; readonly phase: "building" | "verifying"; readonly rows: number }
  | ({ readonly type: "built" } & BuiltSegment)
  | {
    readonly type: "failed";
    readonly code: "archive_build_failed" | "archive_recall_low";
    readonly message: string;
  };

/** What the builder made, as it reads it back from the disk. */
export interface BuiltSegment {
  readonly rows: number;
  readonly graph: FileSum;
  readonly rowsFile: FileSum;
  /** Candidates that a search of the graph weighs. */
  readonly expansionSearch: number;
  /** Null where lists answer too little, or not well enough, to be kept. */
  readonly lists: BuiltLists | null;
  /** Share of the exact nearest ten found for a sample of queries, from 0 to 1; 1 for an empty segment. */
  readonly recall: number;
}

/** Inverted lists, which are searched before the graph. */
export interface BuiltLists {
  readonly file: FileSum;
  /** More and more lists, until what they find is believed; where it is not at the last, the graph is asked. */
  readonly steps: readonly ListStep[];
}

/**
 * So many lists are believed when the last row that is asked for is at least so similar: of sampled queries for which it
 * was, they found what they must. One that is less similar may have been led astray.
 */
export interface ListStep {
  readonly probes: number;
  readonly similarity: number;
}

/** Length and SHA-256 (hex) of a file. */
export interface FileSum {
  readonly bytes: number;
  readonly sha256: string;
}

/** A segment to be checked and opened under a key. */
export interface SegmentToOpen extends BuiltSegment {
  readonly segment: string;
  readonly path: string;
  readonly dimensions: number;
}

/** To a child that serves; each carries the id of its answer. The body of `search` is the query. */
export type ServeRequest =
  | { readonly type: "serve" }
  | ({ readonly type: "open"; readonly request: number } & SegmentToOpen)
  | {
    readonly type: "search";
    readonly request: number;
    readonly segments: readonly string[];
    readonly count: number;
  }
  | { readonly type: "release"; readonly request: number; readonly segment: string };

/** From a child that serves. The body of `hits` is what they are, best first: see `hit_records.ts`. */
export type ServeReply =
  | { readonly type: "done"; readonly request: number }
  | { readonly type: "hits"; readonly request: number }
  | { readonly type: "failed"; readonly request: number; readonly message: string };
