/**
 * JSON that says a value exactly: as `JSON.stringify`, but minus zero stays minus zero; and a form for the stored
 * values that JSON does not have: bytes, vectors, big integers. Pure.
 */
import { ValueError } from "../../kv/mod.ts";
import type { Json } from "../object/mod.ts";

/** One line; keys keep their order. */
export function exactJson(value: unknown): string {
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : JSON.stringify(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(exactJson).join(",")}]`;
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${exactJson(each)}`).join(",")}}`;
}

/** Base64 of little-endian bytes, and what they are. A key of the value's own that starts with $ gets one more. */
const FLOATS = { $f32: Float32Array, $f64: Float64Array } as const;

/** @throws {ValueError} for what has no form here */
export function toJson(value: unknown): Json {
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : { $number: String(value) };
  if (typeof value === "bigint") return { $bigint: String(value) };
  if (Array.isArray(value)) return value.map(toJson);
  if (value instanceof Float32Array) return { $f32: base64(value) };
  if (value instanceof Float64Array) return { $f64: base64(value) };
  if (value instanceof Uint8Array) return { $bytes: value.toBase64() };
  if (typeof value !== "object" || Object.getPrototypeOf(value) !== Object.prototype) {
    throw new ValueError("Cannot export a value as it is of a kind that an archive has not", {
      kind: typeof value,
    });
  }
  return Object.fromEntries(
    Object.entries(value).filter(([, each]) => each !== undefined)
      .map(([key, each]) => [key.startsWith("$") ? `$${key}` : key, toJson(each)]),
  );
}

/** The value that `toJson` gave this form. @throws {ValueError} for a form that is none */
export function fromJson(json: Json): unknown {
  if (typeof json !== "object" || json === null) return json;
  if (Array.isArray(json)) return json.map(fromJson);
  const [mark, ...more] = Object.keys(json);
  if (mark !== undefined && more.length === 0 && /^\$[a-z]/.test(mark)) return fromMark(mark, json[mark]!);
  return Object.fromEntries(
    Object.entries(json).map(([key, each]) => [key.startsWith("$$") ? key.slice(1) : key, fromJson(each)]),
  );
}

function fromMark(mark: string, given: Json): unknown {
  if (typeof given !== "string") throw unknownForm(mark);
  try {
    if (mark === "$number") return Number(given);
    if (mark === "$bigint") return BigInt(given);
    if (mark === "$bytes") return Uint8Array.fromBase64(given);
    if (mark === "$f32" || mark === "$f64") {
      return new FLOATS[mark](Uint8Array.fromBase64(given).slice().buffer);
    }
  } catch (cause) {
    if (!(cause instanceof SyntaxError || cause instanceof RangeError)) throw cause;
    throw new ValueError(`Cannot read a value as its ${mark} is none: ${cause.message}`, { mark }, cause);
  }
  throw unknownForm(mark);
}

function unknownForm(mark: string): ValueError {
  return new ValueError(`Cannot read a value as "${mark}" is no form that an archive has`, { mark });
}

function base64(floats: Float32Array | Float64Array): string {
  return new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength).toBase64();
}
