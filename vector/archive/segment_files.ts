/**
 * The files of a segment: the graph (usearch's own format, vectors rounded to 16 bits), the inverted lists where they are
 * worth it (see `inverted_lists.ts`), and the rows, which hold for each row of these its id, the position at which it was
 * born and its vector as it is stored (f32, little-endian), in records of fixed width, so that a hit and its exact score
 * cost one read and no memory.
 */
import { createHash } from "node:crypto";
import { bornBytesMax, hashChunkBytes, idBytesMax } from "./limits.ts";
import type { FileSum } from "./messages.ts";

const decoder = new TextDecoder();

/** Bytes of the name in a record: two lengths, the id, the position. */
export const nameRecordBytes = 2 + idBytesMax + bornBytesMax;

/** The files of the segment at `path` (which carries no extension). */
export function segmentFiles(path: string): { graph: string; rows: string; lists: string } {
  return { graph: `${path}.usearch`, rows: `${path}.rows`, lists: `${path}.lists` };
}

/** Bytes of one record: the name and the vector. */
export function rowRecordBytes(dimensions: number): number {
  return nameRecordBytes + 4 * dimensions;
}

/** The records of some rows, `vectors` one after the other. Throws `RangeError` for an id or position that does not fit. */
export function encodeRows(ids: readonly string[], born: readonly string[], vectors: Uint8Array): Uint8Array {
  const names = encodeNames(ids, born);
  const vectorBytes = vectors.length / Math.max(1, ids.length);
  const recordBytes = nameRecordBytes + vectorBytes;
  const bytes = new Uint8Array(ids.length * recordBytes);
  for (let row = 0; row < ids.length; row++) {
    const name = names.subarray(row * nameRecordBytes, (row + 1) * nameRecordBytes);
    bytes.set(name, row * recordBytes);
    const vector = vectors.subarray(row * vectorBytes, (row + 1) * vectorBytes);
    bytes.set(vector, row * recordBytes + nameRecordBytes);
  }
  return bytes;
}

/** The names of some rows. Throws `RangeError` for an id or position that is empty or too long. */
export function encodeNames(ids: readonly string[], born: readonly string[]): Uint8Array {
  const bytes = new Uint8Array(ids.length * nameRecordBytes);
  const encoder = new TextEncoder();
  ids.forEach((id, row) => {
    const record = bytes.subarray(row * nameRecordBytes, (row + 1) * nameRecordBytes);
    const idBytes = encoder.encode(id);
    const bornBytes = encoder.encode(born[row]);
    checkLength("id", idBytes.length, idBytesMax);
    checkLength("born", bornBytes.length, bornBytesMax);
    record[0] = idBytes.length;
    record[1] = bornBytes.length;
    record.set(idBytes, 2);
    record.set(bornBytes, 2 + idBytesMax);
  });
  return bytes;
}

/** Id and position of one name; throws when its lengths cannot be. */
export function decodeName(record: Uint8Array): { id: string; born: string } {
  checkLength("id", record[0], idBytesMax);
  checkLength("born", record[1], bornBytesMax);
  return {
    id: decoder.decode(record.subarray(2, 2 + record[0])),
    born: decoder.decode(record.subarray(2 + idBytesMax, 2 + idBytesMax + record[1])),
  };
}

/** Length and SHA-256 of a file, read in pieces so that other work goes on between them. */
export async function sumOf(path: string): Promise<FileSum> {
  using file = await Deno.open(path, { read: true });
  const hash = createHash("sha256");
  const chunk = new Uint8Array(hashChunkBytes);
  let bytes = 0;
  for (let read = await file.read(chunk); read !== null; read = await file.read(chunk)) {
    hash.update(chunk.subarray(0, read));
    bytes += read;
  }
  return { bytes, sha256: hash.digest("hex") };
}

/** Writes all of `bytes`. */
export async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) written += await file.write(bytes.subarray(written));
}

/** The same, all else standing still meanwhile. */
export function writeAllSync(to: { writeSync(bytes: Uint8Array): number }, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) written += to.writeSync(bytes.subarray(written));
}

/** Fills `bytes` from where the file stands. Throws `FileCutError` when it ends before. */
export async function readAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let filled = 0; filled < bytes.length;) {
    const read = await file.read(bytes.subarray(filled));
    if (read === null) throw new FileCutError(filled);
    filled += read;
  }
}

/** A file ends where it did not when it was checked. */
export class FileCutError extends Error {
  constructor(offset: number) {
    super(`the file ended at ${offset}`);
    this.name = "FileCutError";
  }
}

/** Fills `bytes` from `offset` on. Throws `FileCutError` when the file ends before. */
export function readAllSync(file: Deno.FsFile, offset: number, bytes: Uint8Array): void {
  file.seekSync(offset, Deno.SeekMode.Start);
  for (let filled = 0; filled < bytes.length;) {
    const read = file.readSync(bytes.subarray(filled));
    if (read === null) throw new FileCutError(offset + filled);
    filled += read;
  }
}

function checkLength(what: string, length: number, limit: number): void {
  if (length < 1 || length > limit) {
    throw new RangeError(`A row's ${what} must have 1 to ${limit} bytes: it has ${length}`);
  }
}
