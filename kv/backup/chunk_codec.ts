/**
 * The bytes of a chunk: pages of entries, each a length of four bytes (little endian) and a v8 serialization of a list
 * of `[key, stored]`, or `[key]` for a deletion; together compressed with zstandard, and encrypted if there is a key.
 */
import { deserialize, serialize } from "node:v8";
import { promisify } from "node:util";
import { constants, zstdCompress, zstdDecompress } from "node:zlib";
import { z } from "zod";
import type { Key } from "../keys.ts";
import type { BackupKey } from "./backup_key.ts";
import { chunkRawBytesMax, zstdLevel } from "./limits.ts";
import type { BackupEntry } from "./source.ts";

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);
const keyForm = z.custom<Key>((value) => Array.isArray(value) && value.length > 0);
const pageForm = z.array(z.union([z.tuple([keyForm]), z.tuple([keyForm, z.instanceof(Uint8Array)])]));

/** One page, with its length in front. */
export function encodePage(entries: readonly BackupEntry[]): Uint8Array {
  const bytes = serialize(entries);
  const page = new Uint8Array(4 + bytes.byteLength);
  new DataView(page.buffer).setUint32(0, bytes.byteLength, true);
  page.set(bytes, 4);
  return page;
}

/** The bytes of a chunk's file. */
export async function closeChunk(
  pages: readonly Uint8Array[],
  key: BackupKey | null,
  place: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const raw = new Uint8Array(await new Blob(pages as Uint8Array<ArrayBuffer>[]).arrayBuffer());
  const options = { params: { [constants.ZSTD_c_compressionLevel]: zstdLevel } };
  const compressed = new Uint8Array(await compress(raw, options));
  return key === null ? compressed : await key.encrypt(compressed, place);
}

/** The entries of a chunk page by page, or null when it does not open: its bytes were checked before. */
export async function openChunk(
  bytes: Uint8Array<ArrayBuffer>,
  key: BackupKey | null,
  place: string,
): Promise<Iterable<BackupEntry[]> | null> {
  const compressed = key === null ? bytes : await key.decrypt(bytes, place);
  if (compressed === null) return null;
  try {
    return pagesOf(await decompress(compressed, { maxOutputLength: chunkRawBytesMax }));
  } catch (error) {
    if (error instanceof Error && "code" in error && String(error.code).startsWith("ZSTD_")) return null;
    throw error;
  }
}

function* pagesOf(raw: Uint8Array): Generator<BackupEntry[]> {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  for (let at = 0; at < raw.byteLength;) {
    const length = view.getUint32(at, true);
    yield pageForm.parse(deserialize(raw.subarray(at + 4, at + 4 + length))) as BackupEntry[];
    at += 4 + length;
  }
}
