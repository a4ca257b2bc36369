/**
 * The persisted forms of the log: one record for each atomic operation, carrying its thoughts with their
 * before-images, and the list of what it deleted. A form too large for one record is spilled into parts.
 */
import { z } from "zod";
import { cut, joinChunks, readChunks, sha256 } from "./blobs.ts";
import { CorruptError } from "./errors.ts";
import { type Key, keys } from "./keys.ts";
import { recordBytesMax } from "./limits.ts";
import { describe } from "./describe.ts";
import { open, seal } from "./sealed.ts";

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

export type RecordedThought = z.infer<typeof thoughtForm>;

/** What an atomic operation sets for one packed list: the field of the record, and its parts. */
export interface Packed {
  readonly field: { readonly [name: string]: unknown };
  readonly parts: readonly (readonly [Key, Uint8Array])[];
}

/**
 * Packs a list into the record itself, or, beyond 48 KiB, into parts under a new batch id.
 * @param bound an upper bound of the list's sealed bytes
 */
export function pack(name: "thoughts" | "keys", list: unknown, bound: number, newId: () => string): Packed {
  if (bound <= recordBytesMax) return { field: { [name]: list }, parts: [] };
  const serialized = seal(list, ["log"]);
  if (serialized.byteLength <= recordBytesMax) return { field: { [name]: list }, parts: [] };
  const batch = newId();
  const chunks = cut(serialized);
  const spill = { batch, parts: chunks.length, bytes: serialized.byteLength, sha256: sha256(serialized) };
  return { field: { spill }, parts: chunks.map((chunk, n) => [keys.part(batch, n), chunk]) };
}

/** @throws CorruptError for a record that is none, or whose parts do not read back. */
export async function readRecord(
  kv: Deno.Kv,
  key: Key,
  value: unknown,
): Promise<{ at: number[]; thoughts: RecordedThought[] }> {
  const what = `the log record ${describe(key)}`;
  const record = parse(recordForm, open(key, value, what), what, key);
  const list = record.thoughts ??
    parse(z.array(thoughtForm), await unspill(kv, record.spill, what, key), what, key);
  if (list.length !== record.at.length) {
    throw new CorruptError(what, `it has ${record.at.length} times for ${list.length} thoughts`, { key });
  }
  return { at: record.at, thoughts: list };
}

/** Place in the atomic operation and key of what was deleted. @throws CorruptError */
export async function readGone(kv: Deno.Kv, key: Key, value: unknown): Promise<[number, Key][]> {
  const what = `the record of deletions ${describe(key)}`;
  const record = parse(goneForm, open(key, value, what), what, key);
  return record.keys ?? parse(goneList, await unspill(kv, record.spill, what, key), what, key);
}

/** Keys of the parts into which a record of the log or of deletions is spilled; none when it is whole. */
export function partKeys(key: Key, value: unknown): Key[] {
  const { spill } = parse(z.object({ spill: spillForm.optional() }), open(key, value), describe(key), key);
  return spill === undefined ? [] : Array.from({ length: spill.parts }, (_, n) => keys.part(spill.batch, n));
}

/** How many thoughts a record of the log carries, without reading those that are spilled. */
export function countThoughts(key: Key, value: unknown): number {
  return parse(z.object({ at: z.array(z.number()) }), open(key, value), describe(key), key).at.length;
}

/** Bytes of those parts. */
export function spilledBytes(key: Key, value: unknown): number {
  const { spill } = parse(z.object({ spill: spillForm.optional() }), open(key, value), describe(key), key);
  return spill?.bytes ?? 0;
}

async function unspill(
  kv: Deno.Kv,
  spill: z.infer<typeof spillForm> | undefined,
  what: string,
  key: Key,
): Promise<unknown> {
  if (spill === undefined) throw new CorruptError(what, "it has neither content nor parts", { key });
  const chunks = await readChunks(kv, spill.parts, (n) => keys.part(spill.batch, n), what);
  return open(key, joinChunks(chunks, spill, what, key), what);
}

function parse<T>(form: z.ZodType<T>, value: unknown, what: string, key: Key): T {
  const found = form.safeParse(value);
  if (found.success) return found.data;
  throw new CorruptError(what, z.prettifyError(found.error), { key });
}
