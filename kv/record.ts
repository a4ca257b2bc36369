/**
 * The persisted forms of the log: one record for each atomic operation, carrying its thoughts with their
 * before-images, and the list of what it deleted. A form too large for one record is spilled into parts.
 */
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { cut, joinChunks, readChunks, sha256 } from "./blobs.ts";
import { CorruptError } from "./errors.ts";
import { type Key, keys } from "./keys.ts";
import { recordBytesMax, recordReadsMax } from "./limits.ts";
import { describe } from "./describe.ts";
import { open, openWithBytes, seal, sealWithBytes } from "./sealed.ts";
import { getWhileOpen } from "./while_open.ts";

/** What a thought says about itself. */
export interface ThoughtInfo {
  /** Who thinks: `canvas`, `cli`, a persona. */
  readonly who: string;
  /** Why, in words for people. */
  readonly why: string;
  /** Default `change`. */
  readonly kind?: string | undefined;
  readonly undoes?: string | undefined;
  readonly parent?: string | undefined;
  readonly persona?: string | undefined;
  readonly model?: string | undefined;
  /** Small structured data kept in the record: what the event of this thought carries. */
  readonly detail?: unknown;
}

const keyForm = z.custom<Key>((value) => Array.isArray(value) && value.length > 0);

const thoughtForm = z.object({
  id: z.string().min(1),
  who: z.string(),
  why: z.string(),
  kind: z.string(),
  undoes: z.string().optional(),
  parent: z.string().optional(),
  persona: z.string().optional(),
  model: z.string().optional(),
  detail: z.unknown().optional(),
  /** Key and before-image, in its sealed form (null at creation), of each change in a versioned family. */
  changes: z.array(z.tuple([keyForm, z.instanceof(Uint8Array).nullable()])),
  /** Other keys that were written, so that another process can tell what conflicts. */
  others: z.array(keyForm).optional(),
  /** The before-images were dropped: null then says nothing about creation. */
  pruned: z.literal(true).optional(),
});

const spillForm = z.object({
  batch: z.string().min(1),
  parts: z.number().int().positive(),
  bytes: z.number().int().positive(),
  sha256: z.string().length(64),
});

type Spill = z.infer<typeof spillForm>;

const recordForm = z.object({
  v: z.literal(1),
  /** Times of the thoughts, in ms. */
  at: z.array(z.number()).min(1),
  thoughts: z.array(thoughtForm).optional(),
  spill: spillForm.optional(),
});

/** Place in the atomic operation, and key, of each deletion in a versioned family. */
const goneList = z.array(z.tuple([z.number().int(), keyForm]));

const goneForm = z.object({
  v: z.literal(1),
  keys: goneList.optional(),
  spill: spillForm.optional(),
});

/** What may stand in a record of either kind, and what those hold that are spilled. */
const spilledForm = z.object({ spill: spillForm.optional() });
const spilledRecordForm = z.object({ thoughts: z.array(thoughtForm) });
const spilledGoneForm = z.object({ keys: goneList });

export type RecordedThought = z.infer<typeof thoughtForm>;

/** A record in its sealed form, and the parts into which it is spilled; none when it is whole. */
export interface Packed {
  readonly stored: Uint8Array;
  readonly parts: readonly (readonly [Key, Uint8Array])[];
}

/** Packs a record of the log: in one piece up to 48 KiB, beyond that in parts under a new batch id. */
export function packLog(
  key: Key,
  at: readonly number[],
  thoughts: readonly RecordedThought[],
  newId: () => string,
): Packed {
  return spill(key, sealRecord(key, at, thoughts), { at }, newId);
}

/** As `packLog`, for places and keys of what is deleted. */
export function packGone(
  key: Key,
  deleted: readonly (readonly [number, Key])[],
  newId: () => string,
): Packed {
  return spill(key, seal({ v: 1, keys: deleted }, key), {}, newId);
}

function spill(key: Key, sealed: Uint8Array, beside: object, newId: () => string): Packed {
  if (sealed.byteLength <= recordBytesMax) return { stored: sealed, parts: [] };
  const batch = newId();
  const chunks = cut(sealed);
  const spill = { batch, parts: chunks.length, bytes: sealed.byteLength, sha256: sha256(sealed) };
  return {
    stored: seal({ v: 1, ...beside, spill }, key),
    parts: chunks.map((chunk, n) => [keys.part(batch, n), chunk]),
  };
}

/** The before-images stand behind the record as they are, in the order in which its changes refer to them by place. */
function sealRecord(key: Key, at: readonly number[], thoughts: readonly RecordedThought[]): Uint8Array {
  const images: Uint8Array[] = [];
  const place = (image: Uint8Array | null) => image === null ? null : images.push(image) - 1;
  const placed = thoughts.map((thought) => ({
    ...thought,
    changes: thought.changes.map(([changed, image]) => [changed, place(image)]),
  }));
  return sealWithBytes({ v: 1, at, thoughts: placed }, images) ?? seal({ v: 1, at, thoughts }, key);
}

/** Sets the time of a record whose parts were staged before its time was known. */
export function sealAt(key: Key, stored: Uint8Array, at: readonly number[]): Uint8Array {
  return seal({ ...open(key, stored) as object, at }, key);
}

/** Puts the before-images back in their places. */
function openRecord(key: Key, value: unknown, what: string): unknown {
  const { value: record, bytes } = openWithBytes(key, value, what);
  if (bytes === null) return record;
  const { thoughts = [] } = record as { thoughts?: { changes: [Key, unknown][] }[] };
  for (const { changes } of thoughts) {
    for (const change of changes) if (typeof change[1] === "number") change[1] = bytes[change[1]];
  }
  return record;
}

interface ReadRecord {
  readonly at: number[];
  readonly thoughts: RecordedThought[];
  /** As it stood there when it was read. */
  readonly value: Uint8Array;
}

/**
 * A record as it was when it was read, or as it is written anew since: then its former parts are gone.
 * @throws CorruptError for a record that is none, or whose parts do not read back.
 */
export async function readRecord(kv: Deno.Kv, key: Key, value: unknown): Promise<ReadRecord> {
  let read = value;
  for (let tries = 1;; tries++) {
    try {
      return await readOnce(kv, key, read);
    } catch (error) {
      if (!(error instanceof CorruptError) || tries === recordReadsMax) throw error;
      const { value: now } = await getWhileOpen(kv, key);
      if (now === null || isDeepStrictEqual(now, read)) throw error;
      read = now;
    }
  }
}

async function readOnce(kv: Deno.Kv, key: Key, value: unknown): Promise<ReadRecord> {
  const what = `the log record ${describe(key)}`;
  const record = parse(recordForm, openRecord(key, value, what), what, key);
  const thoughts = record.thoughts ?? await readSpilled(kv, record.spill, what, key);
  if (thoughts.length !== record.at.length) {
    throw new CorruptError(what, `it has ${record.at.length} times for ${thoughts.length} thoughts`, { key });
  }
  // What opens is bytes.
  return { at: record.at, thoughts, value: value as Uint8Array };
}

async function readSpilled(kv: Deno.Kv, spill: Spill | undefined, what: string, key: Key) {
  const whole = openRecord(key, await unspill(kv, spill, what, key), what);
  return parse(spilledRecordForm, whole, what, key).thoughts;
}

/** Place in the atomic operation and key of what was deleted. @throws CorruptError */
export async function readGone(kv: Deno.Kv, key: Key, value: unknown): Promise<[number, Key][]> {
  const what = `the record of deletions ${describe(key)}`;
  const record = parse(goneForm, open(key, value, what), what, key);
  if (record.keys !== undefined) return record.keys;
  const whole = open(key, await unspill(kv, record.spill, what, key), what);
  return parse(spilledGoneForm, whole, what, key).keys;
}

/** Keys of the parts into which a record of the log or of deletions is spilled; none when it is whole. */
export function partKeys(key: Key, value: unknown): Key[] {
  const { spill } = parse(spilledForm, open(key, value), describe(key), key);
  return spill === undefined ? [] : Array.from({ length: spill.parts }, (_, n) => keys.part(spill.batch, n));
}

/** Bytes of those parts. */
export function spilledBytes(key: Key, value: unknown): number {
  const { spill } = parse(spilledForm, open(key, value), describe(key), key);
  return spill?.bytes ?? 0;
}

async function unspill(kv: Deno.Kv, spill: Spill | undefined, what: string, key: Key): Promise<Uint8Array> {
  if (spill === undefined) throw new CorruptError(what, "it has neither content nor parts", { key });
  const chunks = await readChunks(kv, spill.parts, (n) => keys.part(spill.batch, n), what);
  return joinChunks(chunks, spill, what, key);
}

function parse<T>(form: z.ZodType<T>, value: unknown, what: string, key: Key): T {
  const found = form.safeParse(value);
  if (found.success) return found.data;
  throw new CorruptError(what, z.prettifyError(found.error), { key });
}
