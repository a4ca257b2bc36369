/** What a backup has to know of stored forms: which chunks one refers to. */
import { blobKeys } from "../blobs.ts";
import type { Key } from "../keys.ts";
import { isReference } from "../sealed.ts";

/** Keys of the chunks in which a stored value stands; none when it stands in one piece. */
export function chunkKeys(key: Key, stored: Uint8Array | null | undefined): Key[] {
  return stored != null && isReference(stored) ? blobKeys(stored, key) : [];
}
