/**
 * The changes a person or a program makes to objects, each a step inside a thought: set and remove a slot, rename,
 * clone, extend, make, delete.
 */
import { keys } from "../../kv/mod.ts";
import { NotFoundError, OwnSlotError, SlotError } from "../errors.ts";
import {
  checkSlotName,
  lookup,
  NAME_LENGTH_MAX,
  nearestSelectors,
  type ObjectContext,
  PARENT_SLOT,
  type Slot,
  slotFromWire,
} from "../object/mod.ts";
import { CASCADE_MAX, NAME_STEP_MAX } from "./limits.ts";
import { givenName, isOid, lookedUpName, normalizeName } from "./structure.ts";
import type { WorldTransaction } from "./transaction.ts";

/** The oid of a name or oid inside a thought; the name is part of what the thought has read. */
export async function resolveIn(tx: WorldTransaction, name: string): Promise<string> {
  const normal = isOid(name) ? null : lookedUpName(name);
  const oid = isOid(name) ? name : normal === null ? null : await tx.holderOf(normal);
  if (oid === null) throw new NotFoundError(name);
  await tx.require(oid, name);
  return oid;
}

/** Writes an own slot from its wire form; `parent*` takes a list of names or oids. */
export async function setSlot(tx: WorldTransaction, oid: string, slot: string, wire: unknown): Promise<void> {
  await tx.require(oid);
  if (slot === PARENT_SLOT) {
    const names = Array.isArray(wire) ? wire : [wire];
    const parents: string[] = [];
    for (const entry of names) {
      const name = typeof entry === "object" && entry !== null ? (entry as { $ref?: unknown }).$ref : entry;
      if (typeof name !== "string") {
        throw new SlotError(slot, "it takes a list of names or oids");
      }
      const parent = await resolveIn(tx, name);
      if (!parents.includes(parent)) parents.push(parent);
    }
    tx.stage(oid, { type: "PARENTS_SET", parents });
    return;
  }
  checkSlotName(slot);
  tx.stage(oid, { type: "SLOT_SET", slot, value: await resolvedSlot(tx, slot, wire) });
}

async function resolvedSlot(tx: WorldTransaction, slot: string, wire: unknown): Promise<Slot> {
  const value = slotFromWire(slot, wire);
  return value.kind === "reference" ? { ...value, oid: await resolveIn(tx, value.oid) } : value;
}

/** @throws {OwnSlotError} when the object has no such own slot; {SlotError} for the parents */
export async function removeSlot(tx: WorldTransaction, oid: string, slot: string): Promise<void> {
  const context = await tx.require(oid);
  if (slot === PARENT_SLOT) {
    throw new SlotError(slot, "it cannot be removed: an empty list takes all parents away");
  }
  if (!Object.hasOwn(context.slots, slot)) {
    const holder = await tx.look((contextOf) => {
      const found = lookup(oid, slot, contextOf);
      return found === null ? null : contextOf(found.holder)?.name ?? found.holder;
    });
    const nearest = nearestSelectors(slot, Object.keys(context.slots));
    throw new OwnSlotError(slot, context.name ?? oid, { holder, nearest });
  }
  tx.stage(oid, { type: "SLOT_REMOVED", slot });
}

export async function rename(tx: WorldTransaction, oid: string, name: string | null): Promise<void> {
  await tx.require(oid);
  tx.stage(oid, { type: "RENAMED", name: name === null ? null : givenName(name) });
}

/** What is needed to make an object: its id and its time come in, so that a re-run makes the same one. */
export interface Birth {
  readonly oid: string;
  readonly at: number;
  readonly name?: string | undefined;
}

/** A copy of the slots under a new oid. Without a name given it takes `name 2`, `name 3`, and so on. */
export async function clone(tx: WorldTransaction, source: string, birth: Birth): Promise<void> {
  const context = await tx.require(source);
  await create(tx, birth, {
    name: birth.name ?? context.name,
    numbered: birth.name === undefined,
    parents: context.parents,
    slots: context.slots,
  });
}

/** An empty object whose parent is the prototype. */
export async function extend(tx: WorldTransaction, prototype: string, birth: Birth): Promise<void> {
  const context = await tx.require(prototype);
  await create(tx, birth, {
    name: birth.name ?? context.name,
    numbered: birth.name === undefined,
    parents: [prototype],
    slots: {},
  });
}

interface Newborn {
  readonly name: string | null;
  readonly numbered?: boolean;
  readonly parents: readonly string[];
  readonly slots: ObjectContext["slots"];
}

export async function create(tx: WorldTransaction, birth: Birth, newborn: Newborn): Promise<void> {
  const { name: wanted, numbered } = newborn;
  const name = wanted === null
    ? null
    : numbered
    ? await freeName(tx, normalizeName(wanted))
    : givenName(wanted);
  tx.create({
    oid: birth.oid,
    name,
    parents: newborn.parents,
    slots: newborn.slots,
    createdAt: birth.at,
    reason: null,
  });
}

/** A space, and a number or the beginning of an oid. */
const NUMBER_LENGTH_MAX = 11;

async function freeName(tx: WorldTransaction, name: string): Promise<string> {
  const match = /^(.*) (\d{1,9})$/u.exec(name);
  // A long name gives way to the number behind it, and is not cut within a character.
  const base = (match?.[1] ?? name).slice(0, NAME_LENGTH_MAX - NUMBER_LENGTH_MAX)
    .replace(/[\ud800-\udbff]$/, "").trimEnd();
  for (;;) {
    const number = await freeNumber(tx, base, match ? Number(match[2]) + 1 : 2);
    const free = normalizeName(`${base} ${number ?? crypto.randomUUID().slice(0, 8)}`);
    if (tx.chooseName(free)) return free;
  }
}

/**
 * Looks ever farther until a number is free, then halves the way back, so that the thousandth copy costs as few reads
 * as the tenth. Where numbers between were given up, one of them may be found.
 */
async function freeNumber(tx: WorldTransaction, base: string, first: number): Promise<number | null> {
  let taken = first - 1;
  let free = first;
  for (let step = 1; !(await tx.isNameFree(`${base} ${free}`)); step *= 2) {
    if (step > NAME_STEP_MAX) return null;
    taken = free;
    free += step;
  }
  while (free - taken > 1) {
    const middle = taken + Math.floor((free - taken) / 2);
    if (await tx.isNameFree(`${base} ${middle}`)) free = middle;
    else taken = middle;
  }
  return free;
}

/** Deletes an object; with `cascade`, with all that descend from it alone. @returns the oids that go */
export async function remove(tx: WorldTransaction, oid: string, cascade: boolean): Promise<string[]> {
  await tx.read(oid);
  const going = new Set([oid]);
  if (cascade) {
    for (const parent of going) {
      for await (const { key } of tx.thought.list(keys.children(parent))) {
        const child = key.at(-1) as string;
        const context = await tx.read(child);
        if (context !== null && context.parents.every((each) => going.has(each))) going.add(child);
        if (going.size > CASCADE_MAX) {
          throw new SlotError(PARENT_SLOT, `a cascade deletes at most ${CASCADE_MAX} objects`);
        }
      }
    }
  }
  for (const each of going) tx.delete(each);
  return [...going];
}
