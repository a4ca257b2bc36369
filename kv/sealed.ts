/**
 * The stored form of every value: a byte that names the form, the CRC-32 of form and payload, and the payload as
 * `node:v8` serializes it. One serialization serves measuring, checking and storing; the store copies bytes only. A
 * before-image in the log is the sealed bytes of the value that was replaced, unchanged. Chunks (`blob`, `part`) are
 * cut out of sealed bytes and checked besides by the SHA-256 in what refers to them.
 */
import { deserialize, serialize } from "node:v8";
import { crc32 } from "node:zlib";
import { CorruptError, ValueError } from "./errors.ts";
import { describe } from "./describe.ts";

/** Forms of this version: the value itself, and a reference to chunks that hold a sealed value. */
const valueForm = 1;
const referenceForm = 2;
const headerBytes = 5;

/** @throws ValueError for what cannot be serialized: functions, symbols, promises. */
export function seal(value: unknown, key: readonly unknown[]): Uint8Array {
  return wrap(valueForm, value, key);
}

/** Seals what stands in the place of a value that is kept in chunks. */
export function sealReference(reference: unknown, key: readonly unknown[]): Uint8Array {
  return wrap(referenceForm, reference, key);
}

/** Whether sealed bytes are a reference to chunks. */
export function isReference(stored: Uint8Array): boolean {
  return stored[0] === referenceForm;
}

/**
 * The value in sealed bytes.
 * @param what how an error names it
 * @throws CorruptError naming the key for what is not sealed, damaged, or of a form that this program does not know.
 */
export function open(key: readonly unknown[], stored: unknown, what = nameOf(key)): unknown {
  return unwrap(valueForm, key, stored, what);
}

/** The reference in sealed bytes. @throws CorruptError */
export function openReference(key: readonly unknown[], stored: unknown): unknown {
  return unwrap(referenceForm, key, stored, nameOf(key));
}

/** The bytes themselves, when they are sealed and whole. @throws CorruptError */
export function checkSealed(key: readonly unknown[], stored: unknown, what = nameOf(key)): Uint8Array {
  if (!(stored instanceof Uint8Array) || stored.byteLength <= headerBytes) {
    throw new CorruptError(what, "it is not in a sealed form", { key });
  }
  if (stored[0] !== valueForm && stored[0] !== referenceForm) {
    throw new CorruptError(what, `its form is ${stored[0]}, which this program does not know`, { key });
  }
  const checksum = crc32(stored.subarray(headerBytes), stored[0]);
  if (checksum !== readChecksum(stored)) {
    throw new CorruptError(what, "its bytes do not have the checksum that they were written with", { key });
  }
  return stored;
}

function nameOf(key: readonly unknown[]): string {
  return `the value of ${describe(key)}`;
}

function wrap(form: number, value: unknown, key: readonly unknown[]): Uint8Array {
  const payload = serializeValue(value, key);
  const sealed = new Uint8Array(headerBytes + payload.byteLength);
  sealed.set(payload, headerBytes);
  sealed[0] = form;
  writeChecksum(sealed, crc32(payload, form));
  return sealed;
}

function unwrap(form: number, key: readonly unknown[], stored: unknown, what: string): unknown {
  const sealed = checkSealed(key, stored, what);
  if (sealed[0] !== form) {
    throw new CorruptError(what, `its form is ${sealed[0]} where ${form} must stand`, { key });
  }
  try {
    return deserialize(sealed.subarray(headerBytes));
  } catch (cause) {
    throw new CorruptError(what, cause instanceof Error ? cause.message : String(cause), { key }, cause);
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
