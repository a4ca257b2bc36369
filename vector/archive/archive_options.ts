/** What the archive is given, and what it says of itself: the shapes of its door. */
import type { SealClaim } from "./archive_checks.ts";
import type { SegmentHit } from "./hit_records.ts";

/** What the archive is given from outside. */
export interface ArchiveOptions {
  /** Starts the child (`builder.ts`) with its input and output piped, under `archiveChildPermissions`. */
  readonly spawn: () => Deno.ChildProcess;
  /** The built `exact.wasm`. */
  readonly kernel: Uint8Array<ArrayBuffer>;
  /** Milliseconds since 1970; default `Date.now`. */
  readonly clock?: () => number;
  /** Called at `swap.{built,verified,renamed,manifest}`; a test may end the process there. */
  readonly crash?: (point: string) => void;
  /** Called when what serves has changed by itself: a searcher was replaced, a segment fell out. */
  readonly onChanged?: (health: ArchiveHealth) => void;
  /** Milliseconds after which a silent builder is killed. */
  readonly silenceMs?: number;
}

/** Whether the archive serves, and what is wrong, in words. */
export interface ArchiveHealth {
  readonly state: "empty" | "ready" | "degraded" | "failed";
  readonly reasons: readonly string[];
}

/**
 * How and as of when to seal. `rows` are all those of `space` that live at position `watermark`: with `replace` all of
 * them, without it those born after the archive's present watermark. With `merge` they are those of the run that still
 * live, and the archive's watermark stays as it is.
 */
export interface SealOptions extends SealClaim {
  /** False removes the segments before this one from the disk at once, for what must be forgotten. Default true. */
  readonly keepPrevious?: boolean;
  readonly signal?: AbortSignal;
  readonly onPhase?: (phase: SealPhase, rows: number) => void;
}

/** What a seal is doing. */
export type SealPhase = "building" | "verifying" | "swapping";

/** A row that was found: the score is the inner product with its vector as it was sealed. */
export type ArchiveHit = SegmentHit;
