/** What a backup has to know of stored forms: records of the log and of deletions, and references to chunks. */
import { blobKeys, isBlobReference } from "../blobs.ts";
import type { Key } from "../keys.ts";

/** The value that a stored form stands for; a reference to chunks stays one. */
export function openForm(_key: Key, stored: unknown): unknown {
  return stored;
}

/** The stored form of a small value. */
export function sealForm(value: unknown): unknown {
  return value;
}

/** Keys of the chunks in which a stored value stands; none when it stands in one piece. */
export function chunkKeys(key: Key, stored: unknown): Key[] {
  if (stored === null || stored === undefined) return [];
  const value = openForm(key, stored);
  return isBlobReference(value) ? blobKeys(value) : [];
}
