/**
 * The archive's settings, as the slots of the image's `archive_manager` say them. A slot that cannot be one is not
 * obeyed: the setting stays as it was, and the problem is shown.
 */
import { z } from "zod";
import { intervalSecondsMax, intervalSecondsMin, thresholdRowsMax } from "./limits.ts";

/** `folder` is a name within the image's folder; the threshold counts rows of working memory. */
export interface ArchiveSettings {
  readonly enabled: boolean;
  readonly intervalMs: number;
  readonly thresholdRows: number;
  readonly folder: string;
}

/** What holds where a slot is missing. */
export const archiveSettingsDefault: ArchiveSettings = {
  enabled: true,
  intervalMs: 3_600_000,
  thresholdRows: 20_000,
  folder: "archive",
};

const slots = {
  enabled: z.boolean(),
  interval_seconds: z.number().min(intervalSecondsMin).max(intervalSecondsMax),
  threshold_rows: z.number().int().min(1).max(thresholdRowsMax),
  folder: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "must be a name of letters, digits, _ and -"),
};

/** The settings that `values` (slot name to value) change in `current`, and what is wrong with the others, in words. */
export function readArchiveSettings(
  values: Readonly<Record<string, unknown>>,
  current: ArchiveSettings,
): { readonly settings: ArchiveSettings; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const read = <T>(slot: keyof typeof slots, schema: z.ZodType<T>, otherwise: T): T => {
    if (values[slot] === undefined) return otherwise;
    const parsed = schema.safeParse(values[slot]);
    if (parsed.success) return parsed.data;
    problems.push(`archive_manager.${slot} is not obeyed: ${parsed.error.issues[0].message}`);
    return otherwise;
  };
  const settings = {
    enabled: read("enabled", slots.enabled, current.enabled),
    intervalMs: read("interval_seconds", slots.interval_seconds, current.intervalMs / 1_000) * 1_000,
    thresholdRows: read("threshold_rows", slots.threshold_rows, current.thresholdRows),
    folder: read("folder", slots.folder, current.folder),
  };
  return { settings, problems };
}
