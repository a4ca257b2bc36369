/**
 * Values too large for one record: their serialized bytes stand in chunks under `["blob", id, n]`, and a small
 * reference with length and SHA-256 stands in their place. Ids are never used twice and chunks never change, so a
 * reference in history reads the same forever.
 */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { deserialize } from "node:v8";
import { z } from "zod";
import { CorruptError } from "./errors.ts";
import { type Key, keys } from "./keys.ts";
import { atomicBytesMax, chunkBytes, readKeysMax } from "./limits.ts";
import { describe } from "./size.ts";

/** The one property by which a reference is told from a value; values that have it are refused. */
export const blobMark = "telos.blob";

const referenceForm = z.object({
  v: z.literal(1),
  id: z.string().min(1),
  bytes: z.number().int().positive(),
  chunks: z.number().int().positive(),
  sha256: z.string().length(64),
});

type Reference = z.infer<typeof referenceForm>;

/** Whether a stored value is a reference to chunks. */
export function isBlobReference(value: unknown): boolean {
  return typeof value === "object" && value !== null && blobMark in value;
}

/** Lower-case hexadecimal SHA-256. */
export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Cuts bytes into copies of at most `chunkBytes`: a view would be stored with its whole buffer. */
export function cut(bytes: Uint8Array): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let from = 0; from < bytes.byteLength; from += chunkBytes) {
    const chunk = new Uint8Array(Math.min(chunkBytes, bytes.byteLength - from));
    chunk.set(bytes.subarray(from, from + chunkBytes));
    chunks.push(chunk);
  }
  return chunks;
}

/** Writes the chunks and answers the reference to store. */
export async function writeBlob(kv: Deno.Kv, id: string, serialized: Uint8Array): Promise<unknown> {
  const chunks = cut(serialized);
  await writeChunks(kv, chunks.map((chunk, n) => [keys.blob(id, n), chunk]));
  const reference: Reference = {
    v: 1,
    id,
    bytes: serialized.byteLength,
    chunks: chunks.length,
    sha256: sha256(serialized),
  };
  return { [blobMark]: reference };
}

/** Sets entries that nothing refers to yet, as many in one atomic operation as fit. */
export async function writeChunks(kv: Deno.Kv, entries: readonly (readonly [Key, unknown])[]): Promise<void> {
  const perAtomic = Math.floor(atomicBytesMax / (chunkBytes + 2_048));
  for (let from = 0; from < entries.length; from += perAtomic) {
    const atomic = kv.atomic();
    for (const [key, value] of entries.slice(from, from + perAtomic)) atomic.set(key, value);
    await atomic.commit();
  }
}

/** Deletes keys of the store's own (short ones) in as many atomic operations as it takes. */
export async function deleteKeys(kv: Deno.Kv, entries: readonly Key[]): Promise<void> {
  const perAtomic = 900;
  for (let from = 0; from < entries.length; from += perAtomic) {
    const atomic = kv.atomic();
    for (const key of entries.slice(from, from + perAtomic)) atomic.delete(key);
    await atomic.commit();
  }
}

/** The keys of the chunks that a stored reference names. */
export function blobKeys(reference: unknown): Key[] {
  const { id, chunks } = readReference(reference, []);
  return Array.from({ length: chunks }, (_, n) => keys.blob(id, n));
}

function readReference(value: unknown, key: Key): Reference {
  const found = referenceForm.safeParse((value as Record<string, unknown>)[blobMark]);
  if (found.success) return found.data;
  throw new CorruptError(`the value of ${describe(key)}`, "its reference to chunks is none", { key });
}

/**
 * The value itself: a reference is followed, anything else is answered as it is.
 * @throws CorruptError when a chunk is missing or the bytes are not those that were written.
 */
export async function resolveBlob(kv: Deno.Kv, value: unknown, key: Key): Promise<unknown> {
  if (!isBlobReference(value)) return value;
  const reference = readReference(value, key);
  const what = `the value of ${describe(key)}`;
  const chunks = await readChunks(kv, reference.chunks, (n) => keys.blob(reference.id, n), what);
  return openBytes(chunks, reference, what, key);
}

/** Reads numbered chunks of bytes. @throws CorruptError naming the one that is missing or no bytes. */
export async function readChunks(
  kv: Deno.Kv,
  count: number,
  keyOf: (n: number) => Key,
  what: string,
): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  for (let from = 0; from < count; from += readKeysMax) {
    const wanted = Array.from({ length: Math.min(readKeysMax, count - from) }, (_, n) => keyOf(from + n));
    const entries = await kv.getMany<unknown[]>(wanted);
    entries.forEach((entry, n) => {
      if (!(entry.value instanceof Uint8Array)) {
        throw new CorruptError(what, `chunk ${from + n} of ${count} is missing or no bytes`, {
          key: entry.key,
        });
      }
      chunks.push(entry.value);
    });
  }
  return chunks;
}

/** Joins chunks, checks length and digest, deserializes. @throws CorruptError */
export function openBytes(
  chunks: readonly Uint8Array[],
  expected: { bytes: number; sha256: string },
  what: string,
  key: Key,
): unknown {
  const joined = Buffer.concat(chunks);
  if (joined.byteLength !== expected.bytes || sha256(joined) !== expected.sha256) {
    throw new CorruptError(what, "its bytes do not have the SHA-256 that they were written with", { key });
  }
  return deserialize(joined);
}
