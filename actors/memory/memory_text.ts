/** The text by which an object is found. */
import { restore } from "../object/mod.ts";

/** The text of a stored object; null when it has none, or is not what an object must be. */
export function textOf(oid: string, stored: unknown): string | null {
  if (stored === null || stored === undefined) return null;
  const restored = restore(oid, stored);
  const slot = restored.ok ? restored.snapshot.context.slots.text_chunk : undefined;
  return slot?.kind === "data" && typeof slot.value === "string" && slot.value !== "" ? slot.value : null;
}
