/** The text by which an object is found. */
import { restore } from "../object/mod.ts";

/** Whether the slot `masked` says why its object is not to be found. */
export function isMasked(slot: { readonly kind?: unknown; readonly value?: unknown } | undefined): boolean {
  return slot?.kind === "data" && typeof slot.value === "string" && slot.value !== "";
}

/** The text of a stored object; null when it has none, is masked, or is not what an object must be. */
export function textOf(oid: string, stored: unknown): string | null {
  if (stored === null || stored === undefined) return null;
  const restored = restore(oid, stored);
  const { text_chunk: slot, masked } = restored.ok ? restored.snapshot.context.slots : {};
  if (isMasked(masked)) return null;
  return slot?.kind === "data" && typeof slot.value === "string" && slot.value !== "" ? slot.value : null;
}
