/**
 * The settings of the backup, as the slots of the image's `backup_manager` say them. A slot that cannot be one is not
 * obeyed: its default holds, and the problem is shown.
 */
import { z } from "zod";
import { type CommittedThought, keys, type Store } from "../../kv/mod.ts";
import { restore } from "../object/mod.ts";
import { daysMax, intervalHoursMax, intervalHoursMin, weeksMax } from "./limits.ts";

export interface BackupSettings {
  readonly enabled: boolean;
  /** Absolute, or a name beside the image's folder; empty: that folder's name with `-backups`. */
  readonly folder: string;
  readonly intervalMs: number;
  readonly fullEveryMs: number;
  readonly keepMs: number;
  readonly drillEveryMs: number;
}

export interface ReadSettings {
  readonly settings: BackupSettings;
  /** What is wrong with slots, in words. */
  readonly problems: readonly string[];
}

const MANAGER = "backup_manager";
const hour = 3_600_000;
const day = 24 * hour;

const slots = {
  enabled: z.boolean().default(true),
  folder: z.string().max(4_096).refine((path) => !path.includes("\0"), "it must be a path").default(""),
  interval_hours: z.number().min(intervalHoursMin).max(intervalHoursMax).default(24),
  full_every_days: z.number().positive().max(daysMax).default(7),
  keep_weeks: z.number().positive().max(weeksMax).default(4),
  drill_every_days: z.number().positive().max(daysMax).default(7),
};

/** Reads settings from slots, by name. */
export function readSettings(values: Readonly<Record<string, unknown>>): ReadSettings {
  const problems: string[] = [];
  const read = <T>(slot: keyof typeof slots, form: z.ZodType<T>): T => {
    const parsed = form.safeParse(values[slot]);
    if (parsed.success) return parsed.data;
    problems.push(`${MANAGER}.${slot} is not obeyed: ${parsed.error.issues[0]!.message}`);
    return form.parse(undefined);
  };
  const settings = {
    enabled: read("enabled", slots.enabled),
    folder: read("folder", slots.folder),
    intervalMs: read("interval_hours", slots.interval_hours) * hour,
    fullEveryMs: read("full_every_days", slots.full_every_days) * day,
    keepMs: read("keep_weeks", slots.keep_weeks) * 7 * day,
    drillEveryMs: read("drill_every_days", slots.drill_every_days) * day,
  };
  return { settings, problems };
}

/** The settings as the image has them now. */
export async function loadSettings(store: Store): Promise<ReadSettings> {
  const oid = (await store.get<string>(keys.name(MANAGER)))?.value;
  if (oid === undefined) return readSettings({});
  return readSettings(dataSlots(oid, (await store.get<unknown>(keys.object(oid)))?.value));
}

/** Whether these thoughts change the manager. */
export function touchesSettings(thoughts: readonly CommittedThought[]): boolean {
  return thoughts.some(({ changes }) =>
    changes.some(({ key, before, after }) =>
      key[0] === "object" && (nameIn(before) === MANAGER || nameIn(after) === MANAGER)
    )
  );
}

function dataSlots(oid: string, stored: unknown): Record<string, unknown> {
  const restored = restore(oid, stored);
  if (!restored.ok) return {};
  const own = Object.entries(restored.snapshot.context.slots);
  return Object.fromEntries(own.flatMap(([name, slot]) => slot.kind === "data" ? [[name, slot.value]] : []));
}

/** A look at the stored form without validating it, as every object that changes is looked at. */
function nameIn(stored: unknown): unknown {
  return (stored as { snapshot?: { context?: { name?: unknown } } } | null)?.snapshot?.context?.name;
}
