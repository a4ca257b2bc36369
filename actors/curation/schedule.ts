/** When a run begins by itself. Pure: from the settings, the last report, what is new, and when the person was last here. */
import type { Asked } from "./run.ts";
import { BACK_OFF_MAX_MS, BACK_OFF_MS, LOOK_MS, SETTLED_MS } from "./limits.ts";
import type { Settings } from "./settings.ts";

export interface Scheduled {
  readonly settings: Settings;
  /** When the person last asked for anything, or the image was opened, ms. */
  readonly lastHere: number;
  /** When the last whole run began, ms; null when there was none. */
  readonly lastRun: number | null;
  /** Memories that changed since then, as far as is known. */
  readonly changed: number;
  /** Whether the last run was broken off, or a person asked and was not answered. */
  readonly unfinished: boolean;
  /** Runs that failed in a row, and when the last of them ended, ms. */
  readonly failures: number;
  readonly lastFailure: number;
}

export interface Due {
  readonly at: number;
  readonly asked: Asked;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** When the next run is due, ms, and why; null when nothing calls for one. */
export function nextDue(scheduled: Scheduled): Due | null {
  const { settings, lastHere, lastRun, changed, unfinished, failures, lastFailure } = scheduled;
  if (!settings.enabled) return null;
  const wait = failures === 0 ? 0 : Math.min(BACK_OFF_MS * 2 ** (failures - 1), BACK_OFF_MAX_MS);
  const notBefore = failures === 0 ? 0 : lastFailure + wait;
  const dues: Due[] = [];
  if (unfinished || changed >= settings.new_memories) {
    dues.push({ at: lastHere + settings.idle_minutes * MINUTE, asked: "idle" });
  }
  if (changed > 0 && lastRun !== null) {
    const settled = lastHere + Math.min(SETTLED_MS, settings.idle_minutes * MINUTE);
    dues.push({ at: Math.max(lastRun + settings.interval_hours * HOUR, settled), asked: "schedule" });
  }
  const first = dues.sort((a, b) => a.at - b.at)[0];
  return first === undefined ? null : { ...first, at: Math.max(first.at, notBefore) };
}

/** How long to wait before the clock is asked again, ms. */
export function lookAfter(scheduled: Scheduled, now: number): number {
  const due = nextDue(scheduled);
  return due === null ? LOOK_MS : Math.min(LOOK_MS, Math.max(1, due.at - now));
}
