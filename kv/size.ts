/**
 * How many bytes a value takes when it is stored. Small values are bounded by a walk, which is much cheaper than
 * serializing them twice; larger and unusual ones are serialized once, and the bytes are kept for the chunks.
 */
import { serialize } from "node:v8";
import { LimitError, ValueError } from "./errors.ts";
import { blobThresholdBytes, valueBytesMax, walkBytesMax } from "./limits.ts";

export interface Measured {
  /** The value as it may be stored: views of larger buffers are copied, since the store keeps whole buffers. */
  readonly value: unknown;
  /** Upper bound of the serialized bytes. */
  readonly bytes: number;
  /** The serialized form, if it is too large to be stored in one piece. */
  readonly serialized: Uint8Array | null;
}

/**
 * Measures a value that is to be stored under `what`.
 * @throws ValueError for what cannot be stored (null, undefined, functions, symbols, counters), LimitError above
 * 64 MiB.
 */
export function measureValue(value: unknown, what: readonly unknown[]): Measured {
  if (value === null || value === undefined) {
    throw new ValueError(`Cannot store ${value} under ${describe(what)}: delete the key instead`, {
      key: what,
    });
  }
  const walk = new Walk(what);
  const bound = walk.bound(value);
  if (bound <= walkBytesMax) {
    return { value: walk.hasPartialView ? copyViews(value) : value, bytes: bound, serialized: null };
  }
  const serialized = serializeValue(value, what);
  const bytes = serialized.byteLength + 16;
  if (bytes > valueBytesMax) {
    throw new LimitError(
      `Cannot store a value under ${
        describe(what)
      } as it must be at most ${valueBytesMax} bytes: it is ${bytes}`,
      { limit: valueBytesMax, actual: bytes, key: what },
    );
  }
  if (bytes > blobThresholdBytes) return { value, bytes, serialized };
  return { value: holdsPartialView(value, new Set()) ? copyViews(value) : value, bytes, serialized: null };
}

/** @throws ValueError for what cannot be serialized. */
export function serializeValue(value: unknown, what: readonly unknown[]): Uint8Array {
  try {
    return serialize(value);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ValueError(`Cannot store a value under ${describe(what)}: ${reason}`, { key: what }, cause);
  }
}

/** A key in words, for messages. */
export function describe(key: readonly unknown[]): string {
  return `[${key.map((part) => typeof part === "string" ? JSON.stringify(part) : String(part)).join(", ")}]`;
}

const beyondWalk = walkBytesMax + 1;

class Walk {
  hasPartialView = false;
  #left = walkBytesMax;
  readonly #what: readonly unknown[];

  constructor(what: readonly unknown[]) {
    this.#what = what;
  }

  /** An upper bound, or something above `walkBytesMax` when the value must be serialized to know. */
  bound(value: unknown): number {
    this.#visit(value);
    return this.#left < 0 ? beyondWalk : walkBytesMax - this.#left + 16;
  }

  #visit(value: unknown): void {
    if (this.#left < 0) return;
    switch (typeof value) {
      case "string":
        this.#left -= value.length * 2 + 8;
        return;
      case "number":
        this.#left -= 10;
        return;
      case "boolean":
      case "undefined":
        this.#left -= 2;
        return;
      case "bigint":
        this.#left -= (value.toString(16).length >> 1) + 16;
        return;
      case "function":
      case "symbol":
        throw new ValueError(`Cannot store a ${typeof value} under ${describe(this.#what)}`, {
          key: this.#what,
        });
    }
    this.#visitObject(value as object | null);
  }

  #visitObject(value: object | null): void {
    if (value === null) {
      this.#left -= 2;
    } else if (Array.isArray(value)) {
      this.#left -= 16;
      for (let i = 0; i < value.length && this.#left >= 0; i++) this.#visit(value[i]);
    } else if (ArrayBuffer.isView(value)) {
      if (value.byteLength !== value.buffer.byteLength) this.hasPartialView = true;
      this.#left -= value.byteLength + 32;
    } else if (value instanceof Deno.KvU64) {
      throw new ValueError(`Cannot store a counter under ${describe(this.#what)}`, { key: this.#what });
    } else {
      const prototype = Object.getPrototypeOf(value);
      if (prototype !== Object.prototype && prototype !== null) {
        this.#left = -1;
        return;
      }
      this.#left -= 16;
      for (const name in value) {
        if (this.#left < 0) return;
        this.#left -= name.length * 2 + 8;
        this.#visit((value as Record<string, unknown>)[name]);
      }
    }
  }
}

function holdsPartialView(value: unknown, seen: Set<object>): boolean {
  if (typeof value !== "object" || value === null || seen.has(value)) return false;
  if (ArrayBuffer.isView(value)) return value.byteLength !== value.buffer.byteLength;
  seen.add(value);
  return Object.values(value).some((item) => holdsPartialView(item, seen));
}

/** Rebuilds lists and plain objects so that no view keeps a larger buffer alive. */
function copyViews(value: unknown, seen = new Map<object, unknown>()): unknown {
  if (typeof value !== "object" || value === null) return value;
  const known = seen.get(value);
  if (known !== undefined) return known;
  if (ArrayBuffer.isView(value)) return copyView(value);
  if (Array.isArray(value)) {
    const list: unknown[] = [];
    seen.set(value, list);
    for (const item of value) list.push(copyViews(item, seen));
    return list;
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  const record: Record<string, unknown> = {};
  seen.set(value, record);
  for (const [name, item] of Object.entries(value)) record[name] = copyViews(item, seen);
  return record;
}

function copyView(view: ArrayBufferView): ArrayBufferView {
  const bytes = new Uint8Array(view.byteLength);
  bytes.set(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
  if (view instanceof DataView) return new DataView(bytes.buffer);
  const Type = view.constructor as new (buffer: ArrayBuffer) => ArrayBufferView;
  return new Type(bytes.buffer);
}
