/**
 * The settings of curation, as the slots of the image's `curator` say them. An image without that object curates by the
 * defaults; a slot that cannot be a setting is not obeyed, and the problem is shown.
 */
import { z } from "zod";
import type { ObjectContext } from "../object/mod.ts";
import type { World } from "../world/mod.ts";
import {
  CLUSTER_MIN,
  IDLE_MINUTES,
  IDLE_MINUTES_MAX,
  INTERVAL_HOURS,
  INTERVAL_HOURS_MAX,
  MEMORIES,
  MEMORIES_MAX,
  NEW_MEMORIES,
  RUN_SECONDS,
  RUN_SECONDS_MAX,
  RUN_TOKENS,
  RUN_TOKENS_MAX,
} from "./limits.ts";

export const CURATOR = "curator";
/** The kind of every thought in which curation changes memories and concepts. */
export const CURATION = "curation";

const slots = {
  enabled: z.boolean().default(true),
  idle_minutes: z.number().positive().max(IDLE_MINUTES_MAX).default(IDLE_MINUTES),
  interval_hours: z.number().positive().max(INTERVAL_HOURS_MAX).default(INTERVAL_HOURS),
  new_memories: z.number().int().min(1).default(NEW_MEMORIES),
  memories: z.number().int().min(1).max(MEMORIES_MAX).default(MEMORIES),
  cluster_min: z.number().int().min(3).max(100).default(CLUSTER_MIN),
  persona: z.string().nullable().default(null),
  seconds: z.number().positive().max(RUN_SECONDS_MAX).default(RUN_SECONDS),
  tokens: z.number().int().min(0).max(RUN_TOKENS_MAX).default(RUN_TOKENS),
};
const form = z.object(slots);

export type Settings = z.infer<typeof form>;

export interface ReadSettings {
  readonly settings: Settings;
  /** What is wrong with slots, in words. */
  readonly problems: readonly string[];
}

export const defaultSettings: ReadSettings = { settings: form.parse({}), problems: [] };

/** Reads settings from slots, by name. */
export function settingsOf(values: Readonly<Record<string, unknown>>): ReadSettings {
  const problems: string[] = [];
  const good: Record<string, unknown> = {};
  for (const [name, slot] of Object.entries(slots)) {
    const parsed = slot.safeParse(values[name]);
    if (parsed.success) good[name] = parsed.data;
    else problems.push(`${CURATOR}.${name} is not obeyed: ${parsed.error.issues[0]!.message}`);
  }
  return { settings: form.parse(good), problems };
}

/** The object `curator`; null in an image that has none. */
export async function curatorIn(world: World): Promise<ObjectContext | null> {
  const oid = await world.find(CURATOR);
  return oid === null ? null : await world.context(oid);
}

/** The data slots of an object, by name. */
export function dataOf(context: ObjectContext | null): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(context?.slots ?? {}).flatMap(([name, slot]) =>
      slot.kind === "data" ? [[name, slot.value]] : []
    ),
  );
}
