/**
 * Which neighbouring segments are to become one. Segments stand in the order in which they were sealed; from the newest
 * back, each joins that is no greater than all newer ones together, so that a row is written anew only when what it lies
 * in at least doubles: as often as the logarithm of all rows. Pure.
 */
import { ArchiveError } from "./errors.ts";
import { mergeSegmentsMin, segmentRowsMax } from "./limits.ts";
import type { ArchiveManifest, SegmentRecord } from "./manifest.ts";

/** Neighbouring segments, by what they hold: the rows born after one position up to another. */
export interface SegmentRun {
  /** "" for the first of all. */
  readonly after: string;
  readonly upTo: string;
}

/** The segments that are to be merged now, or null. */
export function runToMerge(
  segments: readonly Pick<SegmentRecord, "rows" | "watermark">[],
): SegmentRun | null {
  let first = segments.length;
  let rows = 0;
  while (first > 0) {
    const next = segments[first - 1]!.rows;
    const isFirst = first === segments.length;
    if ((!isFirst && next > rows) || rows + next > segmentRowsMax) break;
    rows += next;
    first--;
  }
  if (segments.length - first < mergeSegmentsMin) return null;
  return { after: segments[first - 1]?.watermark ?? "", upTo: segments.at(-1)!.watermark };
}

/** The segments before and behind a run. Throws `run_unknown`, retryable, when it is not what serves. */
export function around(
  { segments }: Pick<ArchiveManifest, "segments">,
  { after, upTo }: SegmentRun,
): { readonly before: SegmentRecord[]; readonly behind: SegmentRecord[] } {
  const last = segments.findIndex(({ watermark }) => watermark === upTo);
  const first = after === "" ? 0 : segments.findIndex(({ watermark }) => watermark === after) + 1;
  if (last < first || (after !== "" && first === 0)) {
    throw new ArchiveError("run_unknown", `Cannot merge what was born after "${after}" up to "${upTo}"`, {
      hint: "The segments are others than they were; look again what is to be merged",
      retryable: true,
      details: { after, upTo },
    });
  }
  return { before: segments.slice(0, first), behind: segments.slice(last + 1) };
}
