/** What a key, or the stamp of its entry, tells by itself. */
import type { Key } from "../keys.ts";

const owned: ReadonlySet<unknown> = new Set(["object", "morph", "vector", "hypervector", "child"]);

/** The object that a key belongs to. */
export function oidOf(key: Key): string | null {
  const last = key[key.length - 1];
  return owned.has(key[0]) && typeof last === "string" ? last : null;
}

/** A number that rises with the stamps of one store. */
export function stampOrder(versionstamp: string): number {
  return Number.parseInt(versionstamp.slice(0, 16), 16);
}
