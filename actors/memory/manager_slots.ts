/** The settings of a part of the memory as an object of the image has them: its own data slots. */
import { type CommittedThought, keys, type Store } from "../../kv/mod.ts";
import { restore } from "../object/mod.ts";
import { archiveSettingsDefault } from "./archive/mod.ts";

export type Slots = Readonly<Record<string, unknown>>;

export interface Manager {
  readonly name: string;
  /** What holds where a slot is missing, so that one that is taken away means what it meant before it was made. */
  readonly otherwise: Slots;
}

export const archiveManager: Manager = {
  name: "archive_manager",
  otherwise: {
    enabled: archiveSettingsDefault.enabled,
    interval_seconds: archiveSettingsDefault.intervalMs / 1_000,
    threshold_rows: archiveSettingsDefault.thresholdRows,
    folder: archiveSettingsDefault.folder,
  },
};

export async function readManagerSlots(store: Store, { name, otherwise }: Manager): Promise<Slots> {
  const oid = (await store.get<string>(keys.name(name)))?.value;
  if (oid === undefined) return otherwise;
  return slotsOf(oid, (await store.get<unknown>(keys.object(oid)))?.value, otherwise);
}

/** The slots as these thoughts leave them; null when they do not touch the manager. */
export function changedManagerSlots(
  thoughts: readonly CommittedThought[],
  { name, otherwise }: Manager,
): Slots | null {
  let slots: Slots | null = null;
  for (const { changes } of thoughts) {
    for (const { key, before, after } of changes) {
      if (key[0] !== "object") continue;
      if (nameIn(after) === name) slots = slotsOf(key[1] as string, after, otherwise);
      else if (nameIn(before) === name) slots = otherwise;
    }
  }
  return slots;
}

function slotsOf(oid: string, stored: unknown, otherwise: Slots): Slots {
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
