/**
 * Images of many objects, as the program would have made them by itself: a new image, then thoughts of a thousand objects
 * each, with names, a parent, the index of children, and history; the newest of them changed twice more. They are made
 * through the real store, once for all rows of one run of the bench.
 */
import { join } from "node:path";
import { v7 as uuidv7 } from "uuid";
import { createSnapshot, persist, type PersistedObject } from "../../actors/object/mod.ts";
import { keys, openStore, type Store } from "../../kv/mod.ts";
import { openBenchImage } from "./living_image.ts";
import type { RowContext } from "./row.ts";

export const MILLION = 1_000_000;

const A_THOUGHT = 1_000;
/** Children of one parent: as many as a folder of things may have. */
const A_FAMILY = 1_000;
/** How many of the newest objects have a history of three versions, all others of one. */
const CHANGED = 10_000;
const SAY_EVERY = 100_000;

/** The folder of an image with so many objects besides those of a new one. */
export async function largeImage(context: RowContext, objects: number): Promise<string> {
  const folder = join(context.shared, `image-${objects}`);
  if (await isThere(folder)) return folder;
  const partial = `${folder}.partial`;
  if (await isThere(partial)) await Deno.remove(partial, { recursive: true });
  await makeLarge(partial, objects, context.say);
  await Deno.rename(partial, folder);
  return folder;
}

/** The name of the n-th object made. */
export function nameOf(number: number): string {
  return `object ${String(number).padStart(7, "0")}`;
}

async function makeLarge(folder: string, objects: number, say: (line: string) => void): Promise<void> {
  const began = performance.now();
  const bench = await openBenchImage(folder);
  const genesis = await bench.image.world.resolve("genesis");
  await bench[Symbol.asyncDispose]();
  const store = await openStore({ folder });
  try {
    let parent = genesis;
    const last: { oid: string; stored: PersistedObject }[] = [];
    for (let from = 0; from < objects; from += A_THOUGHT) {
      const made = await makeThought(store, {
        from,
        count: Math.min(A_THOUGHT, objects - from),
        parent,
        genesis,
      });
      parent = made[0]!.oid;
      last.push(...made);
      last.splice(0, Math.max(0, last.length - CHANGED));
      if ((from + A_THOUGHT) % SAY_EVERY === 0) say(`made ${from + A_THOUGHT} objects`);
    }
    for (let change = 1; change <= 2; change++) {
      for (let from = 0; from < last.length; from += A_THOUGHT) {
        await store.commit({ who: "bench", why: `change ${change}` }, (thought) => {
          for (const { oid, stored } of last.slice(from, from + A_THOUGHT)) {
            thought.set(keys.object(oid), changed(stored, change));
          }
        });
      }
    }
  } finally {
    await store.close();
  }
  if (objects > 0) say(`made ${objects} objects in ${((performance.now() - began) / 1000).toFixed(0)} s`);
}

interface Family {
  readonly from: number;
  readonly count: number;
  /** The first of a family is the child of the root, the others are its. */
  readonly parent: string;
  readonly genesis: string;
}

async function makeThought(
  store: Store,
  { from, count, genesis, parent }: Family,
): Promise<{ oid: string; stored: PersistedObject }[]> {
  const at = Date.now();
  let head = parent;
  const made = Array.from({ length: count }, (_, i) => {
    const oid = uuidv7();
    const begins = (from + i) % A_FAMILY === 0;
    const parents = [begins ? genesis : head];
    if (begins) head = oid;
    const width = { kind: "data" as const, value: from + i };
    const context = {
      oid,
      name: nameOf(from + i),
      parents,
      slots: { width, height: { kind: "data" as const, value: 2 } },
      createdAt: at,
      reason: null,
    };
    return { oid, parents, stored: persist(createSnapshot(context)) };
  });
  await store.commit({ who: "bench", why: `make ${count} objects` }, (thought) => {
    for (const [i, { oid, parents, stored }] of made.entries()) {
      thought.set(keys.object(oid), stored);
      thought.set(keys.name(nameOf(from + i)), oid);
      thought.set(keys.child(parents[0]!, oid), true);
    }
  });
  return made;
}

function changed(stored: PersistedObject, change: number): PersistedObject {
  const { context } = stored.snapshot;
  const slots = { ...context.slots, height: { kind: "data" as const, value: 2 + change } };
  return { ...stored, snapshot: { ...stored.snapshot, context: { ...context, slots } } };
}

async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
