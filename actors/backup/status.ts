/** What the backup actor says of itself: for `/health`, the canvas, the command line and the `status` message. */
import { bytesOf, type Manifest } from "../../kv/mod.ts";
import { type BackupSnapshot, type Ended, scheduledIn } from "./backup_machine.ts";
import type { DrillReport } from "./drill_report.ts";
import { isLate, nextBackupAt, nextDrillAt } from "./schedule.ts";

/** A point that can be restored to. Plain data, fit for JSON. */
export interface BackupPoint {
  readonly chain: string;
  readonly link: number;
  readonly kind: "full" | "incremental";
  readonly position: string;
  /** Of the last thought it holds, in ms. */
  readonly at: number;
  readonly made: number;
  readonly bytes: number;
  readonly thoughts: number;
}

export interface BackupStatus {
  readonly state: "starting" | "waiting" | "backing up" | "drilling" | "failing" | "off";
  readonly folder: string;
  readonly encrypted: boolean;
  readonly last: BackupPoint | null;
  /** When the next backup and the next drill are due, in ms; null when none is. */
  readonly next: number | null;
  readonly nextDrill: number | null;
  readonly running: {
    readonly run: number;
    readonly what: string;
    readonly entries: number;
    readonly bytes: number;
  } | null;
  readonly drill: Omit<DrillReport, "v"> | null;
  /** Why backups are not as they should be; none when all is well. */
  readonly reasons: readonly string[];
}

export interface BackupChain {
  readonly chain: string;
  readonly points: readonly BackupPoint[];
  /** What is wrong with its links, in words. */
  readonly problems: readonly string[];
}

/** The status, with every point and how the last runs ended. */
export interface BackupsView extends BackupStatus {
  readonly chains: readonly BackupChain[];
  readonly ended: readonly Omit<Ended, "drill">[];
}

export function backupStatus(snapshot: BackupSnapshot, now: number): BackupStatus {
  const { context } = snapshot;
  const scheduled = scheduledIn(context);
  const { seen, running } = context;
  return {
    state: stateOf(snapshot),
    folder: seen?.folder ?? "",
    encrypted: seen?.encrypted ?? false,
    last: scheduled?.last == null ? null : pointOf(scheduled.last),
    next: scheduled === null ? null : nextBackupAt(scheduled, now),
    nextDrill: scheduled === null ? null : nextDrillAt(scheduled, now),
    running: running === null
      ? null
      : { run: running.run, what: running.due.what, entries: running.entries, bytes: running.bytes },
    drill: seen?.drill ?? null,
    reasons: reasonsIn(snapshot, now),
  };
}

export function backupsView(snapshot: BackupSnapshot, now: number): BackupsView {
  const { seen, ended } = snapshot.context;
  return {
    ...backupStatus(snapshot, now),
    chains: (seen?.chains ?? []).map(({ chain, links, problems }) => ({
      chain,
      points: links.map(({ manifest }) => pointOf(manifest)),
      problems: problems.map(({ message }) => message),
    })),
    ended: ended.map(({ drill: _drill, ...rest }) => rest),
  };
}

function stateOf({ value, context }: BackupSnapshot): BackupStatus["state"] {
  switch (value) {
    case "backingUp":
      return "backing up";
    case "drilling":
      return "drilling";
    case "backingOff":
      return "failing";
    default:
      return context.seen === null ? "starting" : context.seen.settings.enabled ? "waiting" : "off";
  }
}

function reasonsIn(snapshot: BackupSnapshot, now: number): string[] {
  const { seen, reason } = snapshot.context;
  const scheduled = scheduledIn(snapshot.context);
  const reasons: string[] = [...(seen?.problems ?? [])];
  if (reason !== null) reasons.push(`The last attempt failed: ${reason}`);
  if (scheduled !== null && isLate(scheduled, now)) {
    reasons.push(
      `The last backup is of ${new Date(scheduled.last!.made).toISOString()}, older than the policy allows`,
    );
  }
  const newest = seen?.chains.at(-1);
  if (newest !== undefined && newest.problems.length > 0) {
    reasons.push(
      `The newest chain is damaged: ${newest.problems[0]!.message}; the next backup is a full one`,
    );
  }
  if (seen?.drill?.ok === false) reasons.push(`The last restore drill failed: ${seen.drill.message}`);
  return reasons;
}

function pointOf(manifest: Manifest): BackupPoint {
  const { chain, index: link, kind, to: position, at, made, thoughts } = manifest;
  return { chain, link, kind, position, at, made, bytes: bytesOf(manifest), thoughts };
}
