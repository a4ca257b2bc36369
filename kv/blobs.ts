/**
 * Values too large for one record: their sealed bytes stand in chunks under `["blob", id, n]`, and a sealed reference
 * with length and SHA-256 stands in their place. Ids are never used twice and chunks never change, so a
 * reference in history reads the same forever.
 */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { z } from "zod";
import { CorruptError, StoreClosedError } from "./errors.ts";
import { isClosed } from "./while_open.ts";
import { type Key, keys, measureKey } from "./keys.ts";
import { atomicBytesMax, atomicKeyBytesMax, atomicMutationsMax, chunkBytes, readKeysMax } from "./limits.ts";
import { describe } from "./describe.ts";
import { isReference, open, openReference, sealReference } from "./sealed.ts";

const referenceForm = z.object({
  v: z.literal(1),
  id: z.string().min(1),
  bytes: z.number().int().positive(),
  chunks: z.number().int().positive(),
  sha256: z.string().length(64),
});

type Reference = z.infer<typeof referenceForm>;

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

/** Writes the chunks of sealed bytes and answers the sealed reference to store in their place. */
export async function writeBlob(kv: Deno.Kv, id: string, sealed: Uint8Array): Promise<Uint8Array> {
  const chunks = cut(sealed);
  await writeChunks(kv, chunks.map((chunk, n) => [keys.blob(id, n), chunk]));
  const reference: Reference = {
    v: 1,
    id,
    bytes: sealed.byteLength,
    chunks: chunks.length,
    sha256: sha256(sealed),
  };
  return sealReference(reference, keys.blob(id, 0));
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

/** Deletes keys in as many atomic operations as it takes. */
export async function deleteKeys(kv: Deno.Kv, entries: readonly Key[]): Promise<void> {
  for (let from = 0; from < entries.length;) {
    const atomic = kv.atomic();
    const end = Math.min(entries.length, from + atomicMutationsMax);
    for (let keyBytes = 0; from < end; from++) {
      keyBytes += measureKey(entries[from]!);
      if (keyBytes > atomicKeyBytesMax) break;
      atomic.delete(entries[from]!);
    }
    await atomic.commit();
  }
}

/** The keys of the chunks that a sealed reference under `key` names. @throws CorruptError */
export function blobKeys(reference: Uint8Array, key: Key): Key[] {
  const { id, chunks } = readChunkReference(reference, key);
  return Array.from({ length: chunks }, (_, n) => keys.blob(id, n));
}

/** Bytes of the chunks that a sealed reference under `key` names. @throws CorruptError */
export function referencedBytes(reference: Uint8Array, key: Key): number {
  return readChunkReference(reference, key).bytes;
}

/** What a sealed reference says of its chunks. @throws CorruptError for one that is none */
export function readChunkReference(stored: Uint8Array, key: Key): Reference {
  const found = referenceForm.safeParse(openReference(key, stored));
  if (found.success) return found.data;
  throw new CorruptError(`the value of ${describe(key)}`, "its reference to chunks is none", { key });
}

/**
 * The value that sealed bytes stand for; a reference is followed.
 * @throws CorruptError when the bytes, or those of a chunk, are not those that were written, or one is missing.
 */
export function resolveStored(kv: Deno.Kv, stored: Uint8Array, key: Key): Promise<unknown> | unknown {
  return isReference(stored) ? readBlob(kv, readChunkReference(stored, key), key) : open(key, stored);
}

async function readBlob(kv: Deno.Kv, reference: Reference, key: Key): Promise<unknown> {
  const what = `the value of ${describe(key)}`;
  const chunks = await readChunks(kv, reference.chunks, (n) => keys.blob(reference.id, n), what);
  return open(key, joinChunks(chunks, reference, what, key));
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
    const entries = await getChunks(kv, wanted, what);
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

/** The store answers a damaged page with an error of its own; it becomes ours, with a key. */
async function getChunks(kv: Deno.Kv, wanted: readonly Key[], what: string) {
  try {
    return await kv.getMany<unknown[]>(wanted);
  } catch (cause) {
    if (isClosed(cause)) throw new StoreClosedError();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CorruptError(what, reason, { key: wanted[0] }, cause);
  }
}

/** Joins chunks, checks length and digest. @throws CorruptError */
export function joinChunks(
  chunks: readonly Uint8Array[],
  expected: { bytes: number; sha256: string },
  what: string,
  key: Key,
): Uint8Array {
  const joined = Buffer.concat(chunks);
  if (joined.byteLength !== expected.bytes || sha256(joined) !== expected.sha256) {
    throw new CorruptError(what, "its bytes do not have the SHA-256 that they were written with", { key });
  }
  return joined;
}
