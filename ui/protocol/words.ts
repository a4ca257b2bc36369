/** The words that many messages share: positions, points in time, names, values. */
import { z } from "zod";

const LONE_SURROGATE = "it holds half of a surrogate pair, which is no character";

/**
 * Text that is given: half of a surrogate pair is no character, and would be another when it is read again.
 * What is shown is not asked for it, as older images may hold such text; a name that holds it is refused by the image,
 * as every other that cannot be one.
 */
export const textSchema = z.string().refine((text) => text.isWellFormed(), LONE_SURROGATE);

/** Fixed-width `epoch-versionstamp-n`, so that text order is commit order. */
export const positionSchema = z.string().regex(
  /^\d{6}-[0-9a-f]{20}-\d{4}$/,
  "a position looks like 000001-0000000000000a160000-0000",
);
export type Position = z.infer<typeof positionSchema>;

/** A point in the past: a position, or a time as ISO 8601 or in ms since 1970. */
export const asOfSchema = z.string().max(40).refine(
  (text) => positionSchema.safeParse(text).success || timeOf(text) !== null,
  "it must be a position, a time such as 2026-11-27T10:00:00Z, or milliseconds since 1970",
);

const TIME = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?) ?(Z|[+-]\d{2}:?\d{2})?)?$/i;

/**
 * The time, in ms, that a text says: a day, with a time of day and a zone where they are given; null when it says none.
 * Without a zone it is UTC, as every time is that is printed.
 */
export function timeOf(text: string): number | null {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  const [, day, time = "00:00", zone = "Z"] = TIME.exec(text) ?? [];
  // A day that its month does not have would be one of the next.
  if (day === undefined || !isDay(day)) return null;
  const at = Date.parse(`${day}T${time}${zone}`);
  return Number.isNaN(at) ? null : at;
}

function isDay(day: string): boolean {
  const at = Date.parse(`${day}T00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(day);
}

/** A whole number in a query, in decimal digits alone: `Number` would read 0x10, 1e3 and nothing at all too. */
const digitsSchema = z.union(
  [z.int(), z.string().regex(/^-?\d{1,16}$/).transform(Number)],
  "it must be a whole number in decimal digits",
);
export const queryTimeSchema = digitsSchema.pipe(z.int());
/** How many of a list a query asks for. */
export const countSchema = (max: number, otherwise: number) =>
  digitsSchema.pipe(z.int().min(1).max(max)).default(otherwise);

/** A name or an oid; an oid wins. */
export const nameSchema = z.string().min(1, "a name must not be empty").max(
  200,
  "a name must have at most 200 characters",
);

/** A slot or selector name. `parent*` names the delegation parents. */
export const selectorSchema = z.string().min(1).max(200);

/**
 * A slot value on the wire: JSON, in which `{"$ref": name}` is a reference to an object,
 * `{"$method": source, "doc"?: text}` a method written in the image and `{"$native": name}` a method that comes
 * with the program.
 */
export type WireValue =
  | null
  | boolean
  | number
  | string
  | WireValue[]
  | { [key: string]: WireValue };
export const wireValueSchema: z.ZodType<WireValue> = valueWithout((value) => valueFault(value));
/** A value that is given to be stored: its texts and keys are well-formed too. */
export const givenValueSchema: z.ZodType<WireValue> = valueWithout((value) => valueFault(value, textFault));

function valueWithout(faultOf: (value: unknown) => string | null): z.ZodType<WireValue> {
  return z.unknown().superRefine((value, context) => {
    const fault = faultOf(value);
    if (fault !== null) context.addIssue({ code: "custom", message: fault, input: value });
  }) as z.ZodType<WireValue>;
}

/** False when there is a number in it that JSON cannot say again. */
export function hasFiniteNumbers(value: WireValue): boolean {
  for (const part of partsOf(value)) {
    if (typeof part.value === "number" && !Number.isFinite(part.value)) return false;
  }
  return true;
}

/**
 * The first whole number in JSON text that a number cannot hold, as it stands there; null when all can. What a program
 * writes for a number that it holds is no such one, though its last digits are not the number's.
 */
export function roundedIn(json: string): string | null {
  if (!/\d{16}/.test(json)) return null;
  for (const [token] of json.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g)) {
    const number = /^-?\d{16,}$/.test(token) ? Number(token) : NaN;
    if (Number.isFinite(number) && BigInt(number) !== BigInt(token) && String(number) !== token) return token;
  }
  return null;
}

const JSON_DEPTH_MAX = 256;

/** Why a value, or a part of it, is not JSON, or is refused by `more`; null when all is well. In one walk. */
function valueFault(whole: unknown, more: (part: unknown) => string | null = () => null): string | null {
  if (whole === undefined) return "a value is missing; null is one too, and REMOVE_SLOT takes a slot away";
  for (const { value, depth } of partsOf(whole)) {
    const fault = jsonFault(value, depth) ?? more(value);
    if (fault !== null) return fault;
  }
  return null;
}

/** Why one part of a value is not JSON, whatever is in it; null when it is. */
function jsonFault(value: unknown, depth: number): string | null {
  if (value === null || typeof value === "boolean" || typeof value === "string") return null;
  if (typeof value === "number" && Number.isFinite(value)) return null;
  if (typeof value !== "object") return `it must be JSON, and holds ${String(value).slice(0, 40)}`;
  if (depth >= JSON_DEPTH_MAX) return `it must be nested at most ${JSON_DEPTH_MAX} deep`;
  if (!Array.isArray(value) && !isPlain(value)) return "it must be JSON, and holds an object of a class";
  return Object.hasOwn(value, "__proto__") ? 'a key "__proto__" cannot be stored' : null;
}

/** Why a text, or the keys of an object, cannot be stored as they are; null when they can. */
function textFault(value: unknown): string | null {
  if (typeof value === "string") return value.isWellFormed() ? null : LONE_SURROGATE;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  return Object.keys(value).every((key) => key.isWellFormed()) ? null : LONE_SURROGATE;
}

/** A value and everything in it, with how deep it stands. Goes through it without recursion, and copies nothing. */
function* partsOf(whole: unknown): Generator<{ readonly value: unknown; readonly depth: number }> {
  const open: { value: unknown; depth: number }[] = [{ value: whole, depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    yield next;
    const { value, depth } = next;
    if (typeof value !== "object" || value === null) continue;
    const children: unknown[] = Array.isArray(value) ? value : Object.values(value);
    for (const child of children) open.push({ value: child, depth: depth + 1 });
  }
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Text on one line, of at most so many characters: what is left out is shown by an ellipsis. */
export function oneLine(text: string, charactersMax: number): string {
  const line = text.replaceAll(/\s+/g, " ");
  return line.length <= charactersMax ? line : `${line.slice(0, charactersMax - 1).toWellFormed()}…`;
}
