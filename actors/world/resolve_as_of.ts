/**
 * Whose a name was at a position. Names keep no history of their own, so the log is read: whoever had the name then
 * and has it no longer was changed since, and the before-image of its first change since says the name.
 */
import { keys, type Position } from "../../kv/mod.ts";
import { NotFoundError } from "../errors.ts";
import { restore } from "../object/mod.ts";
import { NAME_SEARCHED_THOUGHTS_MAX } from "./limits.ts";
import { isOid, lookedUpName } from "./structure.ts";
import type { World } from "./world.ts";

const LOG_PAGE = 256;

/**
 * The oid of the object that had the name at `asOf`, else of the one that has it now.
 * @throws {NotFoundError} when there is neither
 */
export async function resolveAsOf(world: World, name: string, asOf: Position): Promise<string> {
  if (isOid(name)) return name;
  const normal = lookedUpName(name);
  const now = await world.find(name);
  if (now !== null && nameIn(now, await world.store.asOf(asOf).get(keys.object(now))) === normal) return now;
  const then = normal === null ? null : await holderBefore(world, normal, asOf);
  const oid = then ?? now;
  if (oid === null) throw new NotFoundError(name, "object", asOf);
  return oid;
}

/** The object whose first change after `asOf` found it under this name. */
async function holderBefore(world: World, name: string, asOf: Position): Promise<string | null> {
  const changed = new Set<string>();
  let after = asOf;
  for (let seen = 0; seen < NAME_SEARCHED_THOUGHTS_MAX; seen += LOG_PAGE) {
    const page = await world.store.log({ after, limit: LOG_PAGE });
    for (const { key, before } of page.flatMap(({ changes }) => changes)) {
      const oid = key[1];
      if (key[0] !== "object" || typeof oid !== "string" || changed.has(oid)) continue;
      changed.add(oid);
      if (nameIn(oid, before) === name) return oid;
    }
    if (page.length < LOG_PAGE) return null;
    after = page.at(-1)!.position;
  }
  return await holderIn(world, name, asOf);
}

/** After very many thoughts the objects that there were are looked at instead, one by one. */
async function holderIn(world: World, name: string, asOf: Position): Promise<string | null> {
  for await (const { oid, value } of world.store.asOf(asOf).objects<unknown>()) {
    if (nameIn(oid, value) === name) return oid;
  }
  return null;
}

/** The name in a stored object; null when it has none, or is not there, or is damaged. */
function nameIn(oid: string, stored: unknown): string | null {
  if (stored === null) return null;
  const restored = restore(oid, stored);
  return restored.ok ? restored.snapshot.context.name : null;
}
