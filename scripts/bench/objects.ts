/** Makes objects for a row, a thousand to a thought, as any part of the program would. */
import { v7 as uuidv7 } from "uuid";
import type { Slot } from "../../actors/object/mod.ts";
import { create, type World } from "../../actors/world/mod.ts";

export interface NewObject {
  readonly name: string;
  /** Oids. */
  readonly parents: readonly string[];
  readonly slots: Readonly<Record<string, Slot>>;
}

const A_THOUGHT = 1000;

/** @returns their oids, in the same order */
export async function makeObjects(world: World, objects: readonly NewObject[]): Promise<string[]> {
  const oids = objects.map(() => uuidv7());
  for (let from = 0; from < objects.length; from += A_THOUGHT) {
    const batch = objects.slice(from, from + A_THOUGHT);
    await world.thought({ who: "bench", why: `make ${batch.length} objects` }, async (tx) => {
      for (const [index, object] of batch.entries()) {
        await create(tx, { oid: oids[from + index]!, at: Date.now() }, object);
      }
    });
  }
  return oids;
}
