/**
 * One object, three ways: as it was when the fork was made, as it is here, and as it is in the fork. What only one side
 * changed is taken; what both changed differently is a conflict, which a choice decides. Pure.
 */
import { isDeepStrictEqual } from "node:util";
import { type Json, type ObjectContext, PARENT_SLOT, type Slot, slotToWire } from "../object/mod.ts";

/** The field of a conflict about the name, and about whether the object is there at all; no slot can be called so. */
export const NAME_FIELD = "name*";
export const WHOLE_FIELD = "object*";

export type Side = "ours" | "theirs";

/** A side is absent where it has no such field, or no such object. */
export interface Conflict {
  readonly oid: string;
  readonly name: string | null;
  /** A slot, or `parent*`, `name*`, `object*`. */
  readonly field: string;
  readonly reason: string;
  readonly base?: Json;
  readonly ours?: Json;
  readonly theirs?: Json;
}

export interface ThreeWays {
  readonly base: ObjectContext | null;
  readonly ours: ObjectContext | null;
  readonly theirs: ObjectContext | null;
}

/** Which side a field is taken from; undefined where nobody has chosen. */
export type Choose = (oid: string, field: string) => Side | undefined;

export interface MergedObject {
  /** As it shall be here; null for not there. */
  readonly result: ObjectContext | null;
  readonly conflicts: readonly Conflict[];
}

const FIELDS_ALWAYS = [NAME_FIELD, PARENT_SLOT];

export function mergeObject(ways: ThreeWays, choose: Choose): MergedObject {
  const { base, ours, theirs } = ways;
  if (same(theirs, base) || same(theirs, ours)) return { result: ours, conflicts: [] };
  if (same(ours, base)) return { result: theirs, conflicts: [] };
  if (ours === null || theirs === null) return mergeDeleted(ways, choose);
  return mergeFields({ base, ours, theirs }, choose);
}

/** Whether two states are one; `oid`, time and quarantine are not what is merged. */
function same(a: ObjectContext | null, b: ObjectContext | null): boolean {
  if (a === null || b === null) return a === b;
  return a.name === b.name && isDeepStrictEqual(a.parents, b.parents) && isDeepStrictEqual(a.slots, b.slots);
}

function mergeDeleted({ base, ours, theirs }: ThreeWays, choose: Choose): MergedObject {
  const { oid, name } = (ours ?? theirs ?? base)!;
  const side = choose(oid, WHOLE_FIELD);
  if (side !== undefined) return { result: side === "ours" ? ours : theirs, conflicts: [] };
  const reason = ours === null
    ? "it was deleted here and changed in the fork"
    : "it was changed here and deleted in the fork";
  return { result: ours, conflicts: [{ oid, name, field: WHOLE_FIELD, reason }] };
}

interface Present {
  readonly base: ObjectContext | null;
  readonly ours: ObjectContext;
  readonly theirs: ObjectContext;
}

function mergeFields({ base, ours, theirs }: Present, choose: Choose): MergedObject {
  const conflicts: Conflict[] = [];
  let result = ours;
  const slots = new Set([base, ours, theirs].flatMap((each) => Object.keys(each?.slots ?? {})));
  for (const field of [...FIELDS_ALWAYS, ...[...slots].sort()]) {
    const [was, here, there] = [base, ours, theirs].map((each) => fieldOf(each, field));
    if (isDeepStrictEqual(there, was) || isDeepStrictEqual(there, here)) continue;
    const side = isDeepStrictEqual(here, was) ? "theirs" : choose(ours.oid, field);
    if (side === "theirs") result = withField(result, theirs, field);
    else if (side === undefined) {
      conflicts.push({
        oid: ours.oid,
        name: ours.name,
        field,
        reason: "it was changed differently here and in the fork",
        ...wire("base", was),
        ...wire("ours", here),
        ...wire("theirs", there),
      });
    }
  }
  return { result, conflicts };
}

type Field = { readonly value: Json } | { readonly slot: Slot } | undefined;

function fieldOf(context: ObjectContext | null, field: string): Field {
  if (context === null) return undefined;
  if (field === NAME_FIELD) return { value: context.name };
  if (field === PARENT_SLOT) return { value: [...context.parents] };
  return Object.hasOwn(context.slots, field) ? { slot: context.slots[field]! } : undefined;
}

function wire(side: "base" | Side, field: Field): { [Name in "base" | Side]?: Json } {
  if (field === undefined) return {};
  return { [side]: "slot" in field ? slotToWire(field.slot) : field.value };
}

/** The field as the fork has it. */
function withField(into: ObjectContext, from: ObjectContext, field: string): ObjectContext {
  if (field === NAME_FIELD) return { ...into, name: from.name };
  if (field === PARENT_SLOT) return { ...into, parents: from.parents };
  const { [field]: _replaced, ...slots } = into.slots;
  if (!Object.hasOwn(from.slots, field)) return { ...into, slots };
  return { ...into, slots: { ...slots, [field]: from.slots[field]! } };
}
