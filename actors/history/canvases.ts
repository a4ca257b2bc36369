/** Which canvases the image has, as far as morphs may stand on them. */
import { keys } from "../../kv/mod.ts";

/** What stands under the record of canvases before there is a second one. */
const FIRST = ["main"];

/** @param get reads a key, in a thought or beside one; null for nothing */
export async function readCanvases(
  get: (key: Deno.KvKey) => Promise<unknown | null>,
): Promise<readonly string[]> {
  const stored = await get(keys.meta("canvases"));
  return stored === null ? FIRST : stored as string[];
}
