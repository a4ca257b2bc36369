/** What differs between two states of one object: its name, parents and slots. Pure. */
import { isDeepStrictEqual } from "node:util";
import { type Json, type ObjectContext, type Slot, slotToWire } from "../object/mod.ts";
import { diffLines, type Hunk } from "./line_diff.ts";
import { SHORT_TEXT_MAX } from "./limits.ts";

/** One slot; a side is absent when the object had no such slot then. */
export interface SlotDiff {
  readonly slot: string;
  readonly before?: Json;
  readonly after?: Json;
  /** Line by line, where both sides are texts of several lines, methods, or large data. */
  readonly hunks?: readonly Hunk[];
}

export interface ObjectDiff {
  readonly oid: string;
  /** The name at the later end, else at the earlier one. */
  readonly name: string | null;
  readonly change: "made" | "deleted" | "changed";
  readonly renamed?: { readonly before: string | null; readonly after: string | null };
  /** Oids. */
  readonly parents?: { readonly before: readonly string[]; readonly after: readonly string[] };
  readonly slots: readonly SlotDiff[];
}

/** Null when nothing differs, or the object was at neither end. */
export function diffObject(before: ObjectContext | null, after: ObjectContext | null): ObjectDiff | null {
  const either = after ?? before;
  if (either === null) return null;
  const slots = diffSlots(before?.slots ?? {}, after?.slots ?? {});
  const renamed = before !== null && after !== null && before.name !== after.name;
  const parents = !isDeepStrictEqual(before?.parents ?? [], after?.parents ?? []);
  if (before !== null && after !== null && !renamed && !parents && slots.length === 0) return null;
  return {
    oid: either.oid,
    name: after?.name ?? before?.name ?? null,
    change: before === null ? "made" : after === null ? "deleted" : "changed",
    ...(renamed ? { renamed: { before: before.name, after: after.name } } : {}),
    ...(parents ? { parents: { before: [...before?.parents ?? []], after: [...after?.parents ?? []] } } : {}),
    slots,
  };
}

function diffSlots(
  before: Readonly<Record<string, Slot>>,
  after: Readonly<Record<string, Slot>>,
): SlotDiff[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].sort().flatMap((slot) => {
    const was = Object.hasOwn(before, slot) ? before[slot]! : null;
    const is = Object.hasOwn(after, slot) ? after[slot]! : null;
    return isDeepStrictEqual(was, is) ? [] : [diffSlot(slot, was, is)];
  });
}

function diffSlot(slot: string, was: Slot | null, is: Slot | null): SlotDiff {
  const hunks = was === null || is === null ? null : compareTexts(textOf(was), textOf(is));
  return {
    slot,
    ...(was === null ? {} : { before: slotToWire(was) }),
    ...(is === null ? {} : { after: slotToWire(is) }),
    ...(hunks === null ? {} : { hunks }),
  };
}

/** What a person reads of a slot: the text, the source of a method, else the data, a line each field. */
function textOf(slot: Slot): string {
  if (slot.kind === "method") return slot.source;
  const wire = slotToWire(slot);
  return typeof wire === "string" ? wire : JSON.stringify(wire, null, 2);
}

function compareTexts(before: string, after: string): Hunk[] | null {
  const short = (text: string) => text.length <= SHORT_TEXT_MAX && !text.trimEnd().includes("\n");
  // The same text in another kind of slot has no line that differs: both sides are shown whole.
  return before === after || (short(before) && short(after)) ? null : diffLines(before, after);
}
