/**
 * How a world is declared: objects by name, with their parents and slots, parents before children. Names stand for
 * the oids that the objects will get; a slot is written in its wire form, so that a blueprint is plain data.
 */
import { v7 as uuidv7 } from "uuid";
import { create, setSlot, type WorldTransaction } from "../world/mod.ts";

export interface BlueprintObject {
  readonly name: string;
  readonly parents: readonly string[];
  /** Wire values: JSON, `{"$ref": name}`, `{"$method": source}`, `{"$native": name}`. */
  readonly slots: Readonly<Record<string, unknown>>;
}

/** Makes every object of a blueprint inside one thought. @returns the oid of each name */
export async function incarnate(
  tx: WorldTransaction,
  blueprint: readonly BlueprintObject[],
  now: number,
): Promise<Map<string, string>> {
  const oids = new Map<string, string>();
  for (const [index, { name, parents }] of blueprint.entries()) {
    // One id each millisecond keeps the oids in the blueprint's own order.
    const oid = uuidv7({ msecs: now + index });
    const parentOids = parents.map((parent) => {
      const known = oids.get(parent);
      if (known === undefined) {
        throw new RangeError(`"${name}" names "${parent}" as parent before it is made`);
      }
      return known;
    });
    await create(tx, { oid, at: now }, { name, parents: parentOids, slots: {} });
    oids.set(name, oid);
  }
  for (const { name, slots } of blueprint) {
    for (const [slot, value] of Object.entries(slots)) {
      await setSlot(tx, oids.get(name)!, slot, resolveNames(value, oids));
    }
  }
  return oids;
}

/** References are by name in a blueprint and by oid in the image; the names are not stored yet when they are read. */
function resolveNames(value: unknown, oids: ReadonlyMap<string, string>): unknown {
  if (typeof value !== "object" || value === null || !("$ref" in value)) return value;
  const oid = oids.get(String(value.$ref));
  if (oid === undefined) {
    throw new RangeError(`A blueprint refers to "${String(value.$ref)}", which it does not make`);
  }
  return { $ref: oid };
}
