/**
 * What a slot holds, in its stored form and in the form it has on the wire. Data is JSON and nothing else, so that
 * whatever is stored can be read by any program, now and later.
 */
import { z } from "zod";
import { SlotError } from "../errors.ts";
import { SLOT_BYTES_MAX, VALUE_DEPTH_MAX } from "./limits.ts";
import { type MethodSlot, methodSlotSchema } from "./method_slot.ts";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export const slotSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("data"), value: z.custom<Json>(isJson, "it is not data that a slot can hold") }),
  z.object({ kind: z.literal("reference"), oid: z.string() }),
  methodSlotSchema,
  z.object({ kind: z.literal("native"), native: z.string() }),
]);

function isJson(value: unknown): boolean {
  try {
    checkJson("", value, 0);
    return true;
  } catch (error) {
    if (error instanceof SlotError) return false;
    throw error;
  }
}

/** Data, a reference to an object, a method written in the image, or a method that comes with the program. */
export type Slot =
  | { readonly kind: "data"; readonly value: Json }
  | { readonly kind: "reference"; readonly oid: string }
  | MethodSlot
  | { readonly kind: "native"; readonly native: string };

/** The slot that names the delegation parents. It is written like a slot and kept apart. */
export const PARENT_SLOT = "parent*";

const SLOT_NAME = /^[\p{L}_][\p{L}\p{N}_:.\-? ]*$/u;

const WRONG_NAME = { code: "slot_name_invalid", hint: "Choose another name, such as side_length." } as const;

/** @throws {SlotError} for an empty, over-long or unprintable name, and for names that programs take for their own */
export function checkSlotName(slot: string): void {
  if (slot === "__proto__" || slot === "constructor" || slot === "prototype") {
    throw new SlotError(slot, "the name is reserved", WRONG_NAME);
  }
  if (slot.length > 200) {
    throw new SlotError(slot.slice(0, 40) + "…", "a slot name has at most 200 characters", WRONG_NAME);
  }
  if (!SLOT_NAME.test(slot)) {
    throw new SlotError(
      slot,
      "a slot name starts with a letter and holds letters, digits, spaces and _ : . - ?",
      WRONG_NAME,
    );
  }
}

function isPlainObject(value: object): value is Record<string, unknown> {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function checkJson(slot: string, value: unknown, depth: number): asserts value is Json {
  if (depth > VALUE_DEPTH_MAX) {
    throw new SlotError(slot, `data may be nested ${VALUE_DEPTH_MAX} deep at most`);
  }
  if (value === null || typeof value === "boolean" || typeof value === "string") return;
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new SlotError(slot, `${value} is not a number that JSON can hold`);
    return;
  }
  if (Array.isArray(value)) {
    for (const item of value) checkJson(slot, item, depth + 1);
    return;
  }
  if (typeof value === "object" && isPlainObject(value)) {
    if (Object.hasOwn(value, "__proto__")) throw new SlotError(slot, 'a key "__proto__" cannot be stored');
    for (const item of Object.values(value)) checkJson(slot, item, depth + 1);
    return;
  }
  throw new SlotError(slot, `a ${typeof value} cannot be stored`);
}

function bytesOf(text: string): number {
  return text.length * 3 <= SLOT_BYTES_MAX ? text.length : new TextEncoder().encode(text).byteLength;
}

/** Checks a value and makes it a data slot. @throws {SlotError} for what JSON cannot hold, or is too large or deep */
export function dataSlot(slot: string, value: unknown): Slot {
  if (typeof value === "number" && Number.isFinite(value)) return { kind: "data", value };
  checkJson(slot, value, 0);
  const bytes = bytesOf(JSON.stringify(value));
  if (bytes > SLOT_BYTES_MAX) {
    throw new SlotError(slot, `its data must be <= ${SLOT_BYTES_MAX} bytes: current size is ${bytes}`, {
      bytes,
    });
  }
  return { kind: "data", value };
}

function textField(slot: string, value: unknown, what: string): string {
  if (typeof value !== "string" || value.trim() === "") throw new SlotError(slot, `${what} must be a text`);
  const bytes = bytesOf(value);
  if (bytes > SLOT_BYTES_MAX) {
    throw new SlotError(slot, `${what} must be <= ${SLOT_BYTES_MAX} bytes: current size is ${bytes}`, {
      bytes,
    });
  }
  return value;
}

const METHOD_FIELDS: readonly string[] = ["doc", "effects", "examples", "provenance"];

function methodFromWire(slot: string, { $method, ...fields }: Record<string, unknown>): MethodSlot {
  const source = textField(slot, $method, "a method's source");
  const parsed = methodSlotSchema.safeParse({ kind: "method", source, ...fields });
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new SlotError(slot, `its method's ${issue.path.join(".")} is not sound: ${issue.message}`);
  }
  const bytes = bytesOf(JSON.stringify(parsed.data));
  if (bytes > SLOT_BYTES_MAX) {
    throw new SlotError(slot, `a method must be <= ${SLOT_BYTES_MAX} bytes: current size is ${bytes}`, {
      bytes,
    });
  }
  return parsed.data;
}

/**
 * Reads a slot from its wire form. References come out with the name or oid that was given: who knows the world
 * resolves it.
 * @throws {SlotError} for a value that cannot be stored
 */
export function slotFromWire(slot: string, value: unknown): Slot {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    const record = value as Record<string, unknown>;
    const marks = Object.keys(record).filter((key) => key.startsWith("$"));
    if (marks.length > 0) {
      const allowed = marks.length === 1 &&
        Object.keys(record).every((key) =>
          key === marks[0] || (marks[0] === "$method" && METHOD_FIELDS.includes(key))
        );
      if (!allowed) throw new SlotError(slot, `keys that start with $ stand alone: ${marks.join(", ")}`);
      if (marks[0] === "$ref") return { kind: "reference", oid: textField(slot, record.$ref, "a reference") };
      if (marks[0] === "$native") {
        return { kind: "native", native: textField(slot, record.$native, "a native's name") };
      }
      if (marks[0] === "$method") {
        return methodFromWire(slot, record);
      }
      throw new SlotError(slot, `"${marks[0]}" is not $ref, $method or $native`);
    }
  }
  return dataSlot(slot, value);
}

/** The wire form of a data or reference slot; methods are shown apart. */
export function slotToWire(slot: Slot): Json {
  switch (slot.kind) {
    case "data":
      return slot.value;
    case "reference":
      return { $ref: slot.oid };
    case "method":
      return methodToWire(slot);
    case "native":
      return { $native: slot.native };
  }
}

function methodToWire({ kind: _, source, ...fields }: MethodSlot): Json {
  return { $method: source, ...fields } as Json;
}
