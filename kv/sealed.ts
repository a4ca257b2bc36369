/**
 * The stored form of every value: a byte that names the form, the CRC-32 of form and payload, and the payload: JSON
 * where that reads back as the very same value, which is much the fastest, else what `node:v8` makes. One serialization serves measuring, checking and storing; the store copies bytes only. A
 * before-image in the log is the sealed bytes of the value that was replaced, unchanged. Chunks (`blob`, `part`) are
 * cut out of sealed bytes and checked besides by the SHA-256 in what refers to them.
 */
import { deserialize, serialize } from "node:v8";
import { crc32 } from "node:zlib";
import { CorruptError, ValueError } from "./errors.ts";
import { describe } from "./describe.ts";
import { isJson } from "./is_json.ts";

/**
 * Forms: a value in v8's serialization, a reference to chunks that hold a sealed value, a value in JSON, and one in JSON
 * with lists of bytes behind it.
 */
const valueForm = 1;
const referenceForm = 2;
const jsonForm = 3;
const bytesForm = 4;
const forms: ReadonlySet<unknown> = new Set([valueForm, referenceForm, jsonForm, bytesForm]);
const headerBytes = 5;
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** @throws ValueError for what cannot be serialized: functions, symbols, promises. */
export function seal(value: unknown, key: readonly unknown[]): Uint8Array {
  return isJson(value) ? sealJson(JSON.stringify(value)) : wrap(valueForm, value, key);
}

/** Seals what stands in the place of a value that is kept in chunks. */
export function sealReference(reference: unknown, key: readonly unknown[]): Uint8Array {
  return wrap(referenceForm, reference, key);
}

/**
 * Seals a value with bytes that it refers to by their place in the list; null when the value is not JSON.
 * `open()` answers the value alone.
 */
export function sealWithBytes(value: unknown, bytes: readonly Uint8Array[]): Uint8Array | null {
  if (!isJson(value, Infinity)) return null;
  const text = encoder.encode(JSON.stringify([bytes.map(({ byteLength }) => byteLength), value]));
  const size = bytes.reduce((sum, { byteLength }) => sum + byteLength, 4 + text.byteLength);
  const sealed = new Uint8Array(headerBytes + size);
  const body = bodyOf(sealed);
  new DataView(body.buffer, headerBytes).setUint32(0, text.byteLength);
  body.set(text, 4);
  let at = 4 + text.byteLength;
  for (const each of bytes) {
    body.set(each, at);
    at += each.byteLength;
  }
  return close(sealed, bytesForm);
}

/** The value and the bytes of `sealWithBytes()`; the bytes are null for a value that was sealed without. */
export function openWithBytes(
  key: readonly unknown[],
  stored: unknown,
  what?: string,
): { value: unknown; bytes: Uint8Array[] | null } {
  const sealed = checkSealed(key, stored, what);
  if (sealed[0] !== bytesForm) return { value: open(key, sealed, what), bytes: null };
  return read(() => readBytes(bodyOf(sealed)), key, what);
}

function readBytes(body: Uint8Array): { value: unknown; bytes: Uint8Array[] } {
  let at = 4 + new DataView(body.buffer, body.byteOffset).getUint32(0);
  const [sizes, value] = JSON.parse(decoder.decode(body.subarray(4, at))) as [number[], unknown];
  const bytes = sizes.map((size) => body.slice(at, at += size));
  return { value, bytes };
}

/** Whether sealed bytes are a reference to chunks. */
export function isReference(stored: Uint8Array): boolean {
  return stored[0] === referenceForm;
}

/**
 * The value in sealed bytes.
 * @param what how an error names it; default: as the value of its key
 * @throws CorruptError naming the key for what is not sealed, damaged, or of a form that this program does not know.
 */
export function open(key: readonly unknown[], stored: unknown, what?: string): unknown {
  const sealed = checkSealed(key, stored, what);
  if (sealed[0] === jsonForm) return read(() => JSON.parse(decoder.decode(bodyOf(sealed))), key, what);
  if (sealed[0] === bytesForm) return read(() => readBytes(bodyOf(sealed)).value, key, what);
  return unwrap(valueForm, key, sealed, what);
}

/** The reference in sealed bytes. @throws CorruptError */
export function openReference(key: readonly unknown[], stored: unknown): unknown {
  return unwrap(referenceForm, key, checkSealed(key, stored), undefined);
}

/** The bytes themselves, when they are sealed and whole. @throws CorruptError */
export function checkSealed(key: readonly unknown[], stored: unknown, what?: string): Uint8Array {
  if (!(stored instanceof Uint8Array) || stored.byteLength <= headerBytes) {
    throw corrupt(key, what, "it is not in a sealed form");
  }
  if (!forms.has(stored[0])) {
    throw corrupt(key, what, `its form is ${stored[0]}, which this program does not know`);
  }
  if (crc32(bodyOf(stored), stored[0]) !== readChecksum(stored)) {
    throw corrupt(key, what, "its bytes do not have the checksum that they were written with");
  }
  return stored;
}

/** Named here and not before, as nearly every read goes well. */
function corrupt(
  key: readonly unknown[],
  what: string | undefined,
  reason: string,
  cause?: unknown,
): CorruptError {
  return new CorruptError(what ?? `the value of ${describe(key)}`, reason, { key }, cause);
}

function wrap(form: number, value: unknown, key: readonly unknown[]): Uint8Array {
  const payload = serializeValue(value, key);
  const sealed = new Uint8Array(headerBytes + payload.byteLength);
  sealed.set(payload, headerBytes);
  return close(sealed, form);
}

/** ASCII text takes as many bytes as it has characters, which is tried first. */
function sealJson(text: string): Uint8Array {
  let sealed = new Uint8Array(headerBytes + text.length);
  if (encoder.encodeInto(text, bodyOf(sealed)).read < text.length) {
    const encoded = encoder.encode(text);
    sealed = new Uint8Array(headerBytes + encoded.byteLength);
    sealed.set(encoded, headerBytes);
  }
  return close(sealed, jsonForm);
}

/** Writes form and checksum over what stands behind them. */
function close(sealed: Uint8Array, form: number): Uint8Array {
  sealed[0] = form;
  writeChecksum(sealed, crc32(bodyOf(sealed), form));
  return sealed;
}

function bodyOf(sealed: Uint8Array): Uint8Array {
  return sealed.subarray(headerBytes);
}

function unwrap(
  form: number,
  key: readonly unknown[],
  sealed: Uint8Array,
  what: string | undefined,
): unknown {
  if (sealed[0] === form) return read(() => deserialize(bodyOf(sealed)), key, what);
  throw corrupt(key, what, `its form is ${sealed[0]} where ${form} must stand`);
}

function read<T>(parse: () => T, key: readonly unknown[], what: string | undefined): T {
  try {
    return parse();
  } catch (cause) {
    throw corrupt(key, what, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

/** Big-endian, after the form. */
function writeChecksum(sealed: Uint8Array, checksum: number): void {
  sealed[1] = checksum >>> 24;
  sealed[2] = checksum >>> 16;
  sealed[3] = checksum >>> 8;
  sealed[4] = checksum;
}

function readChecksum(sealed: Uint8Array): number {
  return ((sealed[1]! << 24) | (sealed[2]! << 16) | (sealed[3]! << 8) | sealed[4]!) >>> 0;
}

function serializeValue(value: unknown, key: readonly unknown[]): Uint8Array {
  try {
    return serialize(value);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ValueError(`Cannot store a value under ${describe(key)}: ${reason}`, { key }, cause);
  }
}
