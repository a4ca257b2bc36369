/** The manifest after a seal or a merge: which segments serve then, up to where, and which of their rows are masked. Pure. */
import type { SealClaim } from "./archive_checks.ts";
import { manifestVersion } from "./limits.ts";
import type { ArchiveManifest } from "./manifest.ts";
import { Masks } from "./masks.ts";
import type { BuiltSegment } from "./messages.ts";
import { around } from "./segment_run.ts";

/** What was built, and what serves now. */
export interface Succession {
  readonly current: ArchiveManifest | null;
  readonly file: string;
  readonly built: BuiltSegment;
  readonly masked: [string, string][];
  readonly sequence: number;
  readonly sealedAt: number;
}

/** Throws `run_unknown` when the segments to be merged are not those that serve. */
export function nextManifest(claim: SealClaim, succession: Succession): ArchiveManifest {
  const { current, file, built, masked, sequence, sealedAt } = succession;
  const { space, merge } = claim;
  const added = { file, watermark: claim.watermark, ...built };
  const { before, behind } = claim.replace === true || current === null
    ? { before: [], behind: [] }
    : merge === undefined
    ? { before: current.segments, behind: [] }
    : around(current, merge);
  const masks = new Masks(masked);
  if (before.length + behind.length === 0) masks.dropUpTo(claim.watermark);
  return {
    version: manifestVersion,
    sequence,
    sealedAt,
    space: { id: space.id, dimensions: space.dimensions },
    watermark: merge === undefined || current === null ? claim.watermark : current.watermark,
    segments: [...before, ...(built.rows === 0 ? [] : [added]), ...behind],
    masked: masks.entries(),
  };
}
