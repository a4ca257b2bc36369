/** What a file gives in a slot's stored form is not above the rules that a person's change is under. */
import { SlotError } from "../errors.ts";
import { checkSlotName, dataSlot, type Slot, slotFromWire, slotToWire } from "../object/mod.ts";
import { isOid } from "./structure.ts";

/** An unsound method or reference would end each sandbox to which it is shown. @throws {SlotError} */
export function checkStoredSlot(name: string, slot: Slot): void {
  checkSlotName(name);
  if (slot.kind === "data") dataSlot(name, slot.value);
  if (slot.kind === "method") slotFromWire(name, slotToWire(slot));
  if (slot.kind === "reference" && !isOid(slot.oid)) {
    throw new SlotError(name, `it refers to "${slot.oid.slice(0, 100)}", which is no oid`);
  }
}
