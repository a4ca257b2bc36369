/**
 * What belongs together: objects with all that descend from them, and with everything that those refer to, as of one
 * moment. Parents and references are followed upwards to the end; what descends is only that of the objects named.
 */
import type { Json, ObjectContext, Slot } from "../object/mod.ts";
import { isOid } from "../world/mod.ts";
import { OBJECTS_AT_ONCE } from "./limits.ts";
import type { Snapshot } from "./snapshot.ts";

/** @returns the oids, in order */
export async function closureOf(snapshot: Snapshot, roots: readonly string[]): Promise<string[]> {
  const found = new Map<string, "whole" | "alone">();
  let open: { oid: string; whole: boolean }[] = roots.map((oid) => ({ oid, whole: true }));
  for (;;) {
    while (open.length > 0) {
      const page = open.splice(0, OBJECTS_AT_ONCE).filter(({ oid, whole }) => {
        const known = found.get(oid);
        return known === undefined || (whole && known === "alone");
      });
      const contexts = await snapshot.contexts(page.map(({ oid }) => oid));
      for (const [at, context] of contexts.entries()) {
        const { oid, whole } = page[at]!;
        if (context === null) continue;
        found.set(oid, whole ? "whole" : "alone");
        if ("damaged" in context) continue;
        for (const other of referredTo(context)) {
          if (!found.has(other)) open.push({ oid: other, whole: false });
        }
        if (whole) { for (const each of await descendants(snapshot, oid)) open.push(each); }
      }
    }
    // What descended then and does so no more is found among what has changed since.
    open = await lostDescendants(snapshot, found);
    if (open.length === 0) return [...found.keys()].sort();
  }
}

async function descendants(snapshot: Snapshot, oid: string): Promise<{ oid: string; whole: boolean }[]> {
  const likely = await snapshot.mayDescendFrom(oid);
  const kept: { oid: string; whole: boolean }[] = [];
  for (let from = 0; from < likely.length; from += OBJECTS_AT_ONCE) {
    for (const context of await snapshot.contexts(likely.slice(from, from + OBJECTS_AT_ONCE))) {
      if (context !== null && !("damaged" in context) && context.parents.includes(oid)) {
        kept.push({ oid: context.oid, whole: true });
      }
    }
  }
  return kept;
}

async function lostDescendants(
  snapshot: Snapshot,
  found: ReadonlyMap<string, "whole" | "alone">,
): Promise<{ oid: string; whole: boolean }[]> {
  const candidates = (await snapshot.changed()).filter((oid) => found.get(oid) !== "whole");
  const contexts = await snapshot.contexts(candidates);
  return contexts.flatMap((context) =>
    context !== null && !("damaged" in context) &&
      context.parents.some((parent) => found.get(parent) === "whole")
      ? [{ oid: context.oid, whole: true }]
      : []
  );
}

/** The oids of parents, of references, and of references within data. */
export function referredTo({ parents, slots }: ObjectContext): string[] {
  const found = new Set(parents);
  for (const slot of Object.values(slots)) {
    if (slot.kind === "reference") found.add(slot.oid);
    else if (slot.kind === "data") collect(slot.value, found);
  }
  return [...found];
}

function collect(value: Json, found: Set<string>): void {
  if (typeof value !== "object" || value === null) return;
  const oid = innerReference(value);
  if (oid !== null) found.add(oid);
  else for (const each of Object.values(value)) collect(each, found);
}

/** The oid of `{"$ref": oid}` within data. */
function innerReference(value: Json): string | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const { $ref, ...rest } = value;
  return typeof $ref === "string" && isOid($ref) && Object.keys(rest).length === 0 ? $ref : null;
}

/** An object with every oid that it refers to replaced by another. */
export function redirect(context: ObjectContext, to: (oid: string) => string): ObjectContext {
  const slots = Object.entries(context.slots).map(([name, slot]) => [name, redirectSlot(slot, to)] as const);
  return { ...context, parents: context.parents.map(to), slots: Object.fromEntries(slots) };
}

function redirectSlot(slot: Slot, to: (oid: string) => string): Slot {
  if (slot.kind === "reference") return { ...slot, oid: to(slot.oid) };
  return slot.kind === "data" ? { ...slot, value: redirectData(slot.value, to) } : slot;
}

function redirectData(value: Json, to: (oid: string) => string): Json {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((each) => redirectData(each, to));
  const oid = innerReference(value);
  if (oid !== null) return { $ref: to(oid) };
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, redirectData(each, to)]));
}
