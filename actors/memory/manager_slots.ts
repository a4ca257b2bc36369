/** The settings of the archive as the object `archive_manager` has them: its own data slots. */
import { type CommittedThought, keys, type Store } from "../../kv/mod.ts";
import { restore } from "../object/mod.ts";
import { archiveSettingsDefault } from "./archive/mod.ts";

export const ARCHIVE_MANAGER = "archive_manager";

export type Slots = Readonly<Record<string, unknown>>;

/** What holds where a slot is missing, so that one that is taken away means what it meant before it was made. */
const otherwise: Slots = {
  enabled: archiveSettingsDefault.enabled,
  interval_seconds: archiveSettingsDefault.intervalMs / 1_000,
  threshold_rows: archiveSettingsDefault.thresholdRows,
  folder: archiveSettingsDefault.folder,
};

export async function readManagerSlots(store: Store): Promise<Slots> {
  const oid = (await store.get<string>(keys.name(ARCHIVE_MANAGER)))?.value;
  if (oid === undefined) return otherwise;
  return slotsOf(oid, (await store.get<unknown>(keys.object(oid)))?.value);
}

/** The slots as these thoughts leave them; null when they do not touch the manager. */
export function changedManagerSlots(thoughts: readonly CommittedThought[]): Slots | null {
  let slots: Slots | null = null;
  for (const { changes } of thoughts) {
    for (const { key, before, after } of changes) {
      if (key[0] !== "object") continue;
      if (nameIn(after) === ARCHIVE_MANAGER) slots = slotsOf(key[1] as string, after);
      else if (nameIn(before) === ARCHIVE_MANAGER) slots = otherwise;
    }
  }
  return slots;
}

function slotsOf(oid: string, stored: unknown): Slots {
  const restored = restore(oid, stored);
  if (!restored.ok) return otherwise;
  const own = Object.entries(restored.snapshot.context.slots).flatMap(([name, slot]) =>
    slot.kind === "data" ? [[name, slot.value] as const] : []
  );
  return { ...otherwise, ...Object.fromEntries(own) };
}

/** A look at the stored form without validating it, as every object that changes is looked at. */
function nameIn(stored: unknown): unknown {
  return (stored as { snapshot?: { context?: { name?: unknown } } } | null)?.snapshot?.context?.name;
}
