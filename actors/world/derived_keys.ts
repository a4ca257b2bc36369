/** What follows from an object's stored form alone: its name, and its place among the children of its parents. */
import { type Key, keys } from "../../kv/mod.ts";
import { restore } from "../object/mod.ts";

/** Entries to be set beside the object; none for one that cannot be read, which stays quarantined. */
export function derivedKeys(oid: string, stored: unknown): (readonly [Key, unknown])[] {
  const restored = restore(oid, stored);
  if (!restored.ok) return [];
  const { name, parents } = restored.snapshot.context;
  const children = parents.map((parent) => [keys.child(parent, oid), true] as const);
  return name === null ? children : [[keys.name(name), oid], ...children];
}
