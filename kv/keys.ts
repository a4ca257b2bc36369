/**
 * The keyspace: every key of the image is built and read here. `encodeKey` gives a key an injective text whose
 * prefixes are the encoded prefixes of the key, and `compareKeys` is the store's own order.
 */
import { LimitError, ValueError } from "./errors.ts";
import { keyBytesMax, versionedKeyBytesMax } from "./limits.ts";
import { parsePosition, type Position } from "./position.ts";

export type Key = Deno.KvKey;

/** Builders, one for each family of DESIGN's keyspace. */
export const keys = {
  head: (): Key => ["meta", "head"],
  schema: (): Key => ["meta", "schema"],
  image: (): Key => ["meta", "image"],
  versionsWatermark: (): Key => ["meta", "versions"],
  horizon: (): Key => ["meta", "horizon"],
  /** What history costs, as far as it was counted. */
  cost: (): Key => ["meta", "cost"],
  /** What a restored, forked or imported image was made from. */
  origin: (): Key => ["meta", "origin"],
  /** Embedding spaces, watermarks of data managers and the like. */
  meta: (name: string): Key => ["meta", name],
  object: (oid: string): Key => ["object", oid],
  objects: (): Key => ["object"],
  name: (name: string): Key => ["name", name],
  child: (parentOid: string, oid: string): Key => ["child", parentOid, oid],
  children: (parentOid: string): Key => ["child", parentOid],
  log: (epoch: number, versionstamp: string | symbol): Key => ["log", epoch, versionstamp as string],
  gone: (epoch: number, versionstamp: string | symbol): Key => ["gone", epoch, versionstamp as string],
  allGone: (): Key => ["gone"],
  part: (batch: string, n: number): Key => ["part", batch, n],
  redo: (batch: string, n: number): Key => ["redo", batch, n],
  /** `["version", oid, family, …, position]`, so that one object's changes of one family stand together. */
  version: (key: Key, position: Position): Key => ["version", ...versionStem(key), position],
  versions: (key: Key): Key => ["version", ...versionStem(key)],
  vector: (space: string, oid: string): Key => ["vector", space, oid],
  vectors: (space: string): Key => ["vector", space],
  allVectors: (): Key => ["vector"],
  hypervector: (oid: string): Key => ["hypervector", oid],
  blob: (id: string, n: number): Key => ["blob", id, n],
  morph: (canvas: string, oid: string): Key => ["morph", canvas, oid],
  morphs: (canvas: string): Key => ["morph", canvas],
  idempotency: (key: string): Key => ["idempotency", key],
} as const;

function versionStem(key: Key): Key {
  return [key[key.length - 1]!, ...key.slice(0, -1)];
}

/** Where a log or gone record stands, read back from its key. */
export function readStampKey(key: Key): { epoch: number; versionstamp: string } | null {
  const [, epoch, versionstamp] = key;
  return key.length === 3 && typeof epoch === "number" && typeof versionstamp === "string"
    ? { epoch, versionstamp }
    : null;
}

/** The position at the end of a version key, or null if it is none. */
export function readVersionKey(key: Key): Position | null {
  const last = key[key.length - 1];
  if (key[0] !== "version" || typeof last !== "string") return null;
  parsePosition(last);
  return last;
}

const versionedFamilies: ReadonlySet<unknown> = new Set(["object", "morph", "vector", "hypervector"]);
const ownFamilies: ReadonlySet<unknown> = new Set(["log", "part", "redo", "version", "gone", "blob"]);
const ownMeta: ReadonlySet<unknown> = new Set([
  "head",
  "schema",
  "image",
  "versions",
  "horizon",
  "cost",
  "origin",
]);

/** Families whose before-images are kept in the log. */
export function isVersioned(key: Key): boolean {
  return versionedFamilies.has(key[0]);
}

/** A piece of sealed bytes, which is not sealed itself. */
export function isChunk(key: Key): boolean {
  return key[0] === "blob" || key[0] === "part";
}

/** What only the store itself writes. */
export function isReserved(key: Key): boolean {
  return ownFamilies.has(key[0]) || (key[0] === "meta" && ownMeta.has(key[1]));
}

/** Injective; the encoding of a prefix is a prefix of the encoding: each part is a letter, a text and a NUL. */
export function encodeKey(key: Key): string {
  let text = "";
  for (let i = 0; i < key.length; i++) {
    const part = key[i]!;
    text += typeof part === "string" && !part.includes("\0") ? `s${part}\0` : encodePart(part);
  }
  return text;
}

function encodePart(part: Deno.KvKeyPart): string {
  if (typeof part === "string") return `e${JSON.stringify(part)}\0`;
  if (typeof part === "bigint") return `i${part}\0`;
  if (part instanceof Uint8Array) return `x${part.toHex()}\0`;
  return `${typeof part === "number" ? "n" : "b"}${String(part)}\0`;
}

/** The key (or prefix) that an encoding stands for. */
export function decodeKey(encoded: string): Key {
  return encoded.split("\0").slice(0, -1).map((text) => {
    const rest = text.slice(1);
    switch (text[0]) {
      case "e":
        return JSON.parse(rest) as string;
      case "i":
        return BigInt(rest);
      case "x":
        return Uint8Array.fromHex(rest);
      case "n":
        return Number(rest);
      case "b":
        return rest === "true";
      default:
        return rest;
    }
  });
}

/**
 * An upper bound of the key's bytes in the store, exact when the bound would be too near the limit.
 * @throws ValueError for what is no key, LimitError for one that is too long.
 */
export function measureKey(key: Key): number {
  if (!Array.isArray(key) || key.length === 0) {
    throw new ValueError("Cannot use a key as it must be a list of at least one part", { key });
  }
  const limit = isVersioned(key) ? versionedKeyBytesMax : keyBytesMax;
  let bytes = boundKey(key, false);
  if (bytes > limit) bytes = boundKey(key, true);
  if (bytes > limit) {
    throw new LimitError(`Cannot use a key of ${bytes} bytes as it must be at most ${limit} bytes`, {
      limit,
      actual: bytes,
      key: key.map((part) => String(part).slice(0, 80)),
    });
  }
  return bytes;
}

// deno-lint-ignore no-control-regex -- a NUL takes two bytes in the store, so that it is left out
const ASCII = /^[\x01-\x7f]*$/;

function boundKey(key: Key, exact: boolean): number {
  let bytes = 0;
  for (const part of key) {
    if (typeof part === "string") {
      bytes += (exact ? utf8Bytes(part) : ASCII.test(part) ? part.length : part.length * 3) + 2;
    } else if (typeof part === "number") bytes += 9;
    else if (typeof part === "boolean") bytes += 1;
    else if (typeof part === "bigint") bytes += (part.toString(16).length >> 1) + 4;
    else if (part instanceof Uint8Array) bytes += part.length * 2 + 2;
    else {
      throw new ValueError(
        `Cannot use a key as its parts must be strings, numbers, booleans, bigints or bytes: one is ${typeof part}`,
        { key: key.map(String) },
      );
    }
  }
  return bytes;
}

function utf8Bytes(text: string): number {
  let zeros = 0;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) === 0) zeros++;
  return new TextEncoder().encode(text).length + zeros;
}

/** Whether `key` lies below `prefix` (a key is not below itself). */
export function hasPrefix(key: Key, prefix: Key): boolean {
  return key.length > prefix.length && encodeKey(key).startsWith(encodeKey(prefix));
}

const ranks = ["bytes", "string", "bigint", "number", "boolean"];

function rank(part: Deno.KvKeyPart): number {
  return part instanceof Uint8Array ? 0 : ranks.indexOf(typeof part);
}

/** The store's order: bytes, strings (by UTF-8), bigints, numbers, booleans; shorter first. */
export function compareKeys(a: Key, b: Key): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const order = compareParts(a[i]!, b[i]!);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareParts(a: Deno.KvKeyPart, b: Deno.KvKeyPart): number {
  const order = rank(a) - rank(b);
  if (order !== 0 || a === b) return order;
  if (typeof a === "string") return compareText(a, b as string);
  if (a instanceof Uint8Array) return compareBytes(a, b as Uint8Array);
  return (a as number) < (b as number) ? -1 : 1;
}

/** Order of the UTF-8 bytes: that of the code points, in which surrogates come last. */
function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return liftSurrogate(x) - liftSurrogate(y);
  }
  return a.length - b.length;
}

function liftSurrogate(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}
