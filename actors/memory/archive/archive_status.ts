/** What the archive actor says of itself, for `/health`, the canvas and the `status` message of `archive_manager`. */
import type { SnapshotFrom } from "xstate";
import type { archiveMachine } from "./archive_machine.ts";

/** Plain data, fit for JSON. */
export interface ArchiveStatus {
  readonly state:
    | "opening"
    | "idle"
    | "building"
    | "verifying"
    | "swapping"
    | "backingOff"
    | "failed"
    | "stopping"
    | "stopped";
  /** Failures since the start, each of which it came back from or rests after. */
  readonly restarts: number;
  /** Why it is not as it should be, or why it does nothing; null when all is well. */
  readonly reason: string | null;
  /** What serves: rows and segments on the disk, up to a position. */
  readonly rows: number;
  readonly segments: number;
  readonly watermark: string;
  readonly masked: number;
  /** Whether less is served than was sealed. */
  readonly degraded: boolean;
  /** Rows that the seal under way has taken. */
  readonly sealedRows: number;
}

type ArchiveSnapshot = SnapshotFrom<typeof archiveMachine>;

/** The status in a snapshot of the archive actor. */
export function archiveStatus(snapshot: ArchiveSnapshot): ArchiveStatus {
  const { archive, restarts, sealedRows } = snapshot.context;
  return {
    state: stateOf(snapshot),
    restarts,
    reason: reasonIn(snapshot),
    rows: archive?.rows ?? 0,
    segments: archive?.segments ?? 0,
    watermark: archive?.watermark ?? "",
    masked: archive?.masked ?? 0,
    degraded: archive?.damaged ?? false,
    sealedRows,
  };
}

function stateOf({ value }: ArchiveSnapshot): ArchiveStatus["state"] {
  if (typeof value === "object") return value.sealing;
  // Passing states that are part of another for whoever looks on.
  if (value === "following" || value === "resuming") return "idle";
  if (value === "reopening") return "opening";
  return value;
}

function reasonIn(snapshot: ArchiveSnapshot): string | null {
  const { archive, reason, settings, settingsProblems } = snapshot.context;
  const reasons = [...settingsProblems, ...(archive?.health.reasons ?? [])];
  if (reason !== null && stateOf(snapshot) !== "idle") reasons.unshift(reason);
  if (!settings.enabled) reasons.push("archive_manager.enabled is off: nothing is sealed until it is on");
  return reasons.length === 0 ? null : reasons.join("; ");
}
