/** What an object that is forgotten leaves elsewhere: its texts, and the slots of others that name it. */
import type { Json, ObjectContext, Slot } from "../object/mod.ts";
import type { WorldTransaction } from "../world/mod.ts";

/** Slots that say where something belongs or comes from, which others share with it. */
const SHARED_SLOTS = new Set([
  "source",
  "thread",
  "kind",
  "answer",
  "persona_id",
  "persona_name",
  "mind",
  "memories",
  "voices",
  "prompts",
  "replays",
]);

/** The texts that are an object's own. */
export function textsOf({ name, slots }: ObjectContext): string[] {
  const texts = name === null ? [] : [name];
  for (const [slot, held] of Object.entries(slots)) {
    if (SHARED_SLOTS.has(slot)) continue;
    if (held.kind === "data") { for (const text of stringsIn(held.value)) texts.push(text); }
    if (held.kind === "method") texts.push(held.source);
  }
  return texts;
}

function stringsIn(value: Json): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}

/** Whether a slot names the object, alone or in a list. */
export function refersTo(slot: Slot, oid: string): boolean {
  if (slot.kind === "reference") return slot.oid === oid;
  return slot.kind === "data" && Array.isArray(slot.value) && slot.value.some((each) => isLink(each, oid));
}

/** An oid in a list, as concepts name what they abstract. */
function isLink(value: Json, oid: string): boolean {
  if (value === oid) return true;
  return typeof value === "object" && value !== null && !Array.isArray(value) && value.$ref === oid;
}

/** Takes the object out of every slot of another one that names it. */
export async function unlink(tx: WorldTransaction, other: string, oid: string): Promise<void> {
  const { slots } = await tx.require(other);
  for (const [slot, held] of Object.entries(slots)) {
    if (!refersTo(held, oid)) continue;
    if (held.kind !== "data") {
      tx.stage(other, { type: "SLOT_REMOVED", slot });
      continue;
    }
    const value = (held.value as Json[]).filter((each) => !isLink(each, oid));
    tx.stage(other, { type: "SLOT_SET", slot, value: { kind: "data", value } });
  }
}
