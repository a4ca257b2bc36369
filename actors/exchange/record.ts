/**
 * One object as it is exchanged: what it is, where it stands, and by what it is found; and the line that says so in an
 * archive. A line is read back to exactly what it was made from.
 */
import { z } from "zod";
import { ValueError } from "../../kv/mod.ts";
import { checkStoredSlot, isOid } from "../world/mod.ts";
import { SlotError } from "../errors.ts";
import {
  checkSlotName,
  dataSlot,
  isNestedDeeper,
  isTime,
  type Json,
  type ObjectContext,
  type PersistedObject,
  restore,
  type Slot,
} from "../object/mod.ts";
import { LINE_DEPTH_MAX } from "./limits.ts";
import { exactJson, fromJson, toJson } from "./json.ts";

/** Where an object stands on a canvas, with whatever else is kept of it there. */
export interface MorphAt {
  readonly x: number;
  readonly y: number;
  readonly [more: string]: unknown;
}

export interface ExchangeRecord {
  readonly context: ObjectContext;
  /** Where it stands, by canvas. */
  readonly morphs: Readonly<Record<string, MorphAt>>;
  /** Little-endian 32-bit floats in the space that the archive's head names. */
  readonly vector?: Uint8Array | undefined;
  /** What is stored as its hypervector. */
  readonly hypervector?: unknown;
}

/** An object whose stored form cannot be read: it is named, so that nothing is left out silently. */
export interface DamagedRecord {
  readonly oid: string;
  readonly damaged: string;
}

const lineForm = z.strictObject({
  oid: z.string().refine(isOid, "it is not an oid"),
  name: z.string().nullable(),
  parents: z.array(z.string()),
  created: z.number().refine(isTime, "it is no time"),
  slots: z.record(z.string(), z.unknown()),
  reason: z.string().optional(),
  morphs: z.record(z.string().min(1), z.looseObject({ x: z.number(), y: z.number() })).optional(),
  vector: z.base64().optional(),
  hypervector: z.unknown().optional(),
});
const damagedForm = z.strictObject({ oid: z.string(), damaged: z.string() });

export function isDamaged(record: ExchangeRecord | DamagedRecord): record is DamagedRecord {
  return "damaged" in record;
}

/** The line of a record, without its end. */
export function toLine(record: ExchangeRecord | DamagedRecord): string {
  if (isDamaged(record)) return exactJson(record);
  const { context, morphs, vector, hypervector } = record;
  return exactJson({
    oid: context.oid,
    name: context.name,
    parents: context.parents,
    created: context.createdAt,
    slots: context.slots,
    reason: context.reason ?? undefined,
    morphs: Object.keys(morphs).length === 0 ? undefined : toJson(sorted(morphs)),
    vector: vector?.toBase64(),
    hypervector: hypervector === undefined ? undefined : toJson(hypervector),
  });
}

/**
 * Reads a line that `JSON.parse` has read.
 * @param version of the object machine that wrote it
 * @returns the record, or what is wrong with it
 */
export function fromLine(
  value: unknown,
  version: number,
): ExchangeRecord | DamagedRecord | { fault: string } {
  if (isNestedDeeper(value, LINE_DEPTH_MAX)) {
    return { fault: `it is nested more than ${LINE_DEPTH_MAX} deep` };
  }
  const damaged = damagedForm.safeParse(value);
  if (damaged.success) return damaged.data;
  const parsed = lineForm.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    return { fault: `${issue.path.join(".") || "it"}: ${issue.message}` };
  }
  const { oid, name, parents, created, reason, morphs, vector, hypervector } = parsed.data;
  const slots = parsed.data.slots as Record<string, Slot>;
  const refused = slotFault(slots);
  if (refused !== null) return { fault: refused };
  const context = { oid, name, parents, slots, createdAt: created, reason: reason ?? null };
  const restored = restore(oid, { ...stored(context), version });
  if (!restored.ok) return { fault: restored.reason };
  const unsound = methodOrReferenceFault(restored.snapshot.context.slots);
  if (unsound !== null) return { fault: unsound };
  try {
    return {
      context: restored.snapshot.context,
      morphs: fromJson((morphs ?? {}) as Json) as Record<string, MorphAt>,
      ...(vector === undefined ? {} : { vector: Uint8Array.fromBase64(vector) }),
      ...(hypervector === undefined ? {} : { hypervector: fromJson(hypervector as Json) }),
    };
  } catch (error) {
    if (error instanceof ValueError) return { fault: error.message };
    throw error;
  }
}

/** By canvas, whatever the order in which they were made. */
function sorted(morphs: ExchangeRecord["morphs"]): ExchangeRecord["morphs"] {
  return Object.fromEntries(Object.entries(morphs).sort(([a], [b]) => a < b ? -1 : 1));
}

/** What a slot may not be called, or hold: an archive is not above the rules that a person's change is under. */
function slotFault(slots: Record<string, unknown>): string | null {
  return refusalOf(() => {
    for (const [name, slot] of Object.entries(slots)) {
      checkSlotName(name);
      if (isData(slot)) dataSlot(name, slot.value);
    }
  });
}

/** The same of slots whose form is known; what data may be was looked at before. */
function methodOrReferenceFault(slots: Readonly<Record<string, Slot>>): string | null {
  return refusalOf(() => {
    for (const [name, slot] of Object.entries(slots)) if (slot.kind !== "data") checkStoredSlot(name, slot);
  });
}

function refusalOf(check: () => void): string | null {
  try {
    check();
    return null;
  } catch (error) {
    if (error instanceof SlotError) return error.message;
    throw error;
  }
}

function isData(slot: unknown): slot is { readonly value: unknown } {
  return typeof slot === "object" && slot !== null && "kind" in slot && slot.kind === "data" &&
    "value" in slot;
}

/** The stored form of an object that is as its context says. */
export function stored(context: ObjectContext): Omit<PersistedObject, "version"> {
  const value = context.reason === null ? "active" : "quarantined";
  return { machine: "object", snapshot: { status: "active", value, context } };
}

/** The text by which an object is found; null when there is none. */
export function textOf({ slots }: ObjectContext): string | null {
  const slot = slots.text_chunk;
  return slot?.kind === "data" && typeof slot.value === "string" && slot.value !== "" ? slot.value : null;
}
