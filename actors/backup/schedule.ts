/**
 * What is due when. Deadlines follow from what is in the backup folder and from the settings, and from nothing that is
 * held in memory: they survive a restart, and a clock that is set back or forward.
 */
import type { Manifest } from "../../kv/mod.ts";
import type { DrillReport } from "./drill_report.ts";
import { failedDrillMs, firstBackupMs, firstDrillMs, lateMsMin, lateShare, settleMs } from "./limits.ts";
import type { BackupSettings } from "./settings.ts";

/** What a schedule is made from. */
export interface Scheduled {
  readonly settings: BackupSettings;
  /** The newest chain's first and last link that are whole; null when there is none. */
  readonly first: Manifest | null;
  readonly last: Manifest | null;
  readonly drill: DrillReport | null;
  /** When the actor began, in ms. */
  readonly startedAt: number;
}

export type Due = { readonly what: "backup"; readonly full: boolean } | { readonly what: "drill" };

/** Times of a clock that has since been set back count as now. */
const seen = (time: number, now: number) => Math.min(time, now);

/** When the next backup is due, in ms; null when none is. */
export function nextBackupAt({ settings, last, startedAt }: Scheduled, now: number): number | null {
  if (!settings.enabled) return null;
  if (last === null) return startedAt + firstBackupMs;
  // One that claims to be of the future says nothing about how old it is.
  if (last.made > now) return startedAt + settleMs;
  return Math.max(last.made + settings.intervalMs, startedAt + settleMs);
}

/** When the next drill is due, in ms; null when there is nothing to try. */
export function nextDrillAt({ settings, first, drill, startedAt }: Scheduled, now: number): number | null {
  if (!settings.enabled || first === null) return null;
  if (drill === null) return Math.max(seen(first.made, now) + firstDrillMs, startedAt + settleMs);
  const every = drill.ok ? settings.drillEveryMs : Math.min(settings.drillEveryMs, failedDrillMs);
  return Math.max(seen(drill.at, now) + every, startedAt + settleMs);
}

/** What is to be done now, or null. */
export function dueNow(scheduled: Scheduled, now: number): Due | null {
  const backup = nextBackupAt(scheduled, now);
  if (backup !== null && backup <= now) return { what: "backup", full: isFullDue(scheduled, now) };
  const drill = nextDrillAt(scheduled, now);
  return drill !== null && drill <= now ? { what: "drill" } : null;
}

function isFullDue({ settings, first }: Scheduled, now: number): boolean {
  return first === null || first.made > now || first.made + settings.fullEveryMs <= now;
}

/** Whether the last backup is older than the policy allows for. */
export function isLate({ settings, last }: Scheduled, now: number): boolean {
  if (!settings.enabled || last === null) return false;
  return now - last.made > settings.intervalMs + Math.max(lateMsMin, settings.intervalMs * lateShare);
}
