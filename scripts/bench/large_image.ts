/**
 * Images of many objects: a new image with a family of a thousand objects to each child of the root, with names, parents,
 * the index of children, and history, in which each thought made a few hundred of them; then the newest changed twice, by
 * real thoughts. The million is put into the store in its stored form, as a restore would, which takes minutes where
 * thoughts would take many. Made once for all rows of one run of the bench.
 */
import { join } from "node:path";
import { createSnapshot, persist, type PersistedObject, restore } from "../../actors/object/mod.ts";
import {
  formatPosition,
  isReserved,
  type Key,
  keys,
  makeImage,
  openStore,
  type Position,
  seal,
} from "../../kv/mod.ts";
import { openBenchImage, untilWords, wordsOnly } from "./living_image.ts";
import type { RowContext } from "./row.ts";

export const MILLION = 1_000_000;

const A_FAMILY = 1_000;
/** Objects that one thought of the history made: their record fits the store's bound of a value. */
const A_RECORD = 200;
/** How many of the newest objects have a history of three versions, all others of one. */
const CHANGED = 10_000;
const A_CHANGE = 1_000;
/** When the first object was made; each is a millisecond younger than the one before. */
const FIRST_AT = Date.UTC(2026, 0, 1);
/** Version stamps of the history begin here, after those of the new image. */
const FIRST_STAMP = 1_000;
const EPOCH = 1;

/** The folder of an image with so many objects besides those of a new one. */
export async function largeImage(context: RowContext, objects: number): Promise<string> {
  const folder = join(context.shared, `image-${objects}`);
  if (await isThere(folder)) return folder;
  const began = performance.now();
  const base = `${folder}.base`;
  const partial = `${folder}.made`;
  for (const left of [base, partial]) if (await isThere(left)) await Deno.remove(left, { recursive: true });
  const bench = await openBenchImage(base, { models: wordsOnly });
  const genesis = await bench.image.world.resolve("genesis");
  await bench[Symbol.asyncDispose]();
  // Later than every thought of the new image.
  const madeAt = Date.now();
  const kv = await Deno.openKv(`${base}/image.kv`);
  try {
    const position = positionOf(Math.max(0, objects - 1));
    const origin = {
      how: "restore",
      imageId: "bench",
      position,
      epoch: EPOCH,
      at: madeAt + objects,
    } as const;
    await makeImage(partial, entriesOf(kv, objects, genesis, madeAt), { ...origin, horizon: positionAt(0) });
  } finally {
    kv.close();
  }
  await changeNewest(partial, objects);
  await indexWords(partial);
  await Deno.remove(base, { recursive: true });
  await Deno.rename(partial, folder);
  if (objects > 0) {
    context.say(`made ${objects} objects in ${((performance.now() - began) / 1000).toFixed(0)} s`);
  }
  return folder;
}

/** The name of the n-th object made. */
export function nameOf(number: number): string {
  return `object ${String(number).padStart(7, "0")}`;
}

type Entry = readonly [Key, Uint8Array];

/** In the order of their keys within each family, which the store takes in fastest. */
async function* entriesOf(
  kv: Deno.Kv,
  objects: number,
  genesis: string,
  madeAt: number,
): AsyncGenerator<Entry> {
  for await (const { key, value } of kv.list<Uint8Array>({ prefix: [] })) {
    if (key[0] !== "meta" || !isReserved(key)) yield [key, value];
  }
  for (let n = 0; n < objects; n++) {
    yield sealed(keys.object(oidOf(n)), persist(createSnapshot(contextOf(n, genesis))));
  }
  for (let n = 0; n < objects; n++) yield sealed(keys.name(nameOf(n)), oidOf(n));
  for (let n = 0; n < objects; n++) yield sealed(keys.child(parentOf(n, genesis), oidOf(n)), true);
  for (let from = 0; from < objects; from += A_RECORD) {
    yield recordOf(from, Math.min(objects, from + A_RECORD), genesis, madeAt);
  }
  for (let n = 0; n < objects; n++) yield sealed(keys.version(keys.object(oidOf(n)), positionOf(n)), 1);
}

function sealed(key: Key, value: unknown): Entry {
  return [key, seal(value, key)];
}

/** A UUIDv7 of the time at which the object was made. */
function oidOf(n: number): string {
  const time = (FIRST_AT + n).toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${n.toString(16).padStart(12, "0")}`;
}

/** The first of a family is a child of the root, the others are its. */
function parentOf(n: number, genesis: string): string {
  const first = n - n % A_FAMILY;
  return n === first ? genesis : oidOf(first);
}

function contextOf(n: number, genesis: string) {
  return {
    oid: oidOf(n),
    name: nameOf(n),
    parents: [parentOf(n, genesis)],
    slots: { width: { kind: "data" as const, value: n }, height: { kind: "data" as const, value: 2 } },
    createdAt: FIRST_AT + n,
    reason: null,
  };
}

/** The thought that made the objects from one number up to another. */
function recordOf(from: number, to: number, genesis: string, madeAt: number): Entry {
  const made = Array.from({ length: to - from }, (_, i) => from + i);
  const thought = {
    id: `made-${from}`,
    who: "bench",
    why: `make ${made.length} objects`,
    kind: "change",
    changes: made.map((n) => [keys.object(oidOf(n)), null]),
    others: made.flatMap((n) => [keys.name(nameOf(n)), keys.child(parentOf(n, genesis), oidOf(n))]),
  };
  return sealed(keys.log(EPOCH, stampAt(from / A_RECORD)), {
    v: 1,
    at: [madeAt + to],
    thoughts: [thought],
  });
}

/** Position of the thought that made the n-th object. */
function positionOf(n: number): Position {
  return positionAt(Math.floor(n / A_RECORD));
}

function positionAt(record: number): Position {
  return formatPosition(EPOCH, stampAt(record), 0);
}

/** As the store makes them: ten bytes, of which the last two tell those of one moment apart. */
function stampAt(record: number): string {
  return `${(FIRST_STAMP + record).toString(16).padStart(16, "0")}0000`;
}

async function changeNewest(folder: string, objects: number): Promise<void> {
  const store = await openStore({ folder });
  try {
    for (let change = 1; change <= 2; change++) {
      for (let from = Math.max(0, objects - CHANGED); from < objects; from += A_CHANGE) {
        await store.commit({ who: "bench", why: `change ${change}` }, async (thought) => {
          for (let n = from; n < from + A_CHANGE; n++) {
            const key = keys.object(oidOf(n));
            thought.set(key, changed(oidOf(n), await thought.get(key), change));
          }
        });
      }
    }
  } finally {
    await store.close();
  }
}

/** An image that has been open has an index of its words; filling one reads every object, and is not what opening costs. */
async function indexWords(folder: string): Promise<void> {
  await using bench = await openBenchImage(folder, { models: wordsOnly });
  await untilWords(bench);
}

/** The n-th object with another height. */
export function changed(oid: string, stored: unknown, height: number): PersistedObject {
  const restored = restore(oid, stored);
  if (!restored.ok) throw new Error(restored.reason);
  const { snapshot } = restored.persisted;
  const slots = { ...snapshot.context.slots, height: { kind: "data" as const, value: height } };
  return { ...restored.persisted, snapshot: { ...snapshot, context: { ...snapshot.context, slots } } };
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
