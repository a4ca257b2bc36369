/** What a query, a space and a seal must be, checked before anything is started. */
import { ArchiveError } from "./errors.ts";
import { dimensionsMax, searchHitsMax, segmentsMax } from "./limits.ts";
import type { ArchiveManifest } from "./manifest.ts";
import { around, type SegmentRun } from "./segment_run.ts";
import type { SearcherGone } from "./searcher.ts";

/** What a seal says about itself. */
export interface SealClaim {
  readonly space: { readonly id: string; readonly dimensions: number };
  readonly watermark: string;
  readonly replace?: boolean;
  /** The rows are those of these segments, which one takes the place of; the watermark is that of the last of them. */
  readonly merge?: SegmentRun;
}

/** Throws `invalid_query` unless the query fits the archive's space and `k` its bound. */
export function checkQuery(query: Float32Array, k: number, current: ArchiveManifest | null): void {
  const refuse = (must: string): never => {
    throw new ArchiveError("invalid_query", `Cannot search the archive as ${must}`, {
      hint: "Embed the query with the model of the archive's space",
    });
  };
  if (!Number.isInteger(k) || k < 1 || k > searchHitsMax) {
    refuse(`k must be a whole number from 1 to ${searchHitsMax}: got ${k}`);
  }
  const dimensions = current?.space.dimensions ?? query.length;
  if (query.length !== dimensions) {
    refuse(`the query must have ${dimensions} dimensions: it has ${query.length}`);
  }
  if (!query.every(Number.isFinite)) refuse("the query must hold finite numbers only");
}

/** Throws `over_limit`, `watermark_backward` or `space_mismatch` when a seal cannot follow what there is. */
export function checkSeal(claim: SealClaim, current: ArchiveManifest | null): void {
  const { space, watermark } = claim;
  if (!Number.isInteger(space.dimensions) || space.dimensions < 1 || space.dimensions > dimensionsMax) {
    throw new ArchiveError(
      "over_limit",
      `Cannot seal as a space must have 1 to ${dimensionsMax} dimensions: got ${space.dimensions}`,
      { hint: "Use a model with fewer dimensions", details: { dimensions: space.dimensions } },
    );
  }
  if (claim.merge !== undefined) {
    // Throws when there is no such run.
    around(current ?? { segments: [] }, claim.merge);
  } else if (current !== null && watermark < current.watermark) {
    throw new ArchiveError(
      "watermark_backward",
      `Cannot seal as of "${watermark}" as it must be >= "${current.watermark}"`,
      { hint: "Seal as of the head of the log", details: { watermark, current: current.watermark } },
    );
  }
  if (current === null || claim.replace === true) return;
  if (space.id !== current.space.id || space.dimensions !== current.space.dimensions) {
    throw new ArchiveError(
      "space_mismatch",
      `Cannot add rows of space "${space.id}" (${space.dimensions}) to an archive of space "${current.space.id}" ` +
        `(${current.space.dimensions})`,
      {
        hint: "Seal with replace: true, with all rows of the new space",
        details: { space, current: current.space },
      },
    );
  }
  if (claim.merge === undefined && current.segments.length >= segmentsMax) {
    throw new ArchiveError(
      "over_limit",
      `Cannot add a segment as there must be <= ${segmentsMax}: there are ${current.segments.length}`,
      { hint: "Seal with replace: true, with all rows", details: { segments: current.segments.length } },
    );
  }
}

/** The error of a search whose searcher is gone. */
export function unavailable(cause: SearcherGone): ArchiveError {
  return new ArchiveError("archive_unavailable", `Cannot search the archive: ${cause.message}`, {
    hint: "Recall goes on with the working memory; try again in a moment",
    retryable: true,
    cause,
  });
}
