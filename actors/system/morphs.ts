/** Where objects stand on a canvas. A place is stored beside the object, and is a thought like any other change. */
import { z } from "zod";
import { keys, type Position, type Store, type Thought } from "../../kv/mod.ts";
import type { WorldTransaction } from "../world/mod.ts";

export const MAIN_CANVAS = "main";

/** Where an object stands on a canvas, as it is stored. */
export const placeSchema = z.object({
  x: z.number(),
  y: z.number(),
  width: z.number().optional(),
  height: z.number().optional(),
});
/** The canvases that there are, as they are stored. */
export const canvasesSchema = z.array(z.string());
export type Place = z.infer<typeof placeSchema>;
export type MorphPlace = Place & { canvas: string; oid: string };

/** How far a copy stands from the original, or from the copy before it, in canvas units. */
const COPY_OFFSET = 40;
/** Places looked at for a free one: those of the objects made last, where earlier copies are. */
const PLACES_LOOKED_AT_MAX = 200;

/** @returns null when the object does not stand on the canvas, or its place cannot be read */
export async function readMorph(store: Store, canvas: string, oid: string): Promise<MorphPlace | null> {
  const place = placeSchema.safeParse((await store.get<unknown>(keys.morph(canvas, oid)))?.value);
  return place.success ? { canvas, oid, ...place.data } : null;
}

/** All places of a canvas, at most `limit`. */
export async function listMorphs(store: Store, canvas: string, limit: number): Promise<MorphPlace[]> {
  const places: MorphPlace[] = [];
  for await (const { key, value } of store.list<unknown>(keys.morphs(canvas), { limit })) {
    // A place that is none hides one object; the others stand where they stand.
    const place = placeSchema.safeParse(value);
    if (place.success) places.push({ canvas, oid: key.at(-1) as string, ...place.data });
  }
  return places;
}

/** As `listMorphs`, as it was at a position. */
export async function listMorphsAsOf(
  store: Store,
  canvas: string,
  options: { readonly asOf: Position; readonly limit: number },
): Promise<MorphPlace[]> {
  const places: MorphPlace[] = [];
  for await (const { key, value } of store.asOf(options.asOf).list<unknown>(keys.morphs(canvas))) {
    if (places.length === options.limit) break;
    const place = placeSchema.safeParse(value);
    if (place.success) places.push({ canvas, oid: key.at(-1) as string, ...place.data });
  }
  return places;
}

/** Puts an object somewhere, and remembers that the canvas exists. */
export async function placeMorph(thought: Thought, canvas: string, oid: string, place: Place): Promise<void> {
  const canvases = await readCanvases(thought);
  if (!canvases.includes(canvas)) thought.set(keys.meta("canvases"), [...canvases, canvas]);
  const before = await thought.get<Place>(keys.morph(canvas, oid));
  thought.set(keys.morph(canvas, oid), { ...before, ...place });
}

/** Puts a new object beside the one it was made from, where that one stands. */
export async function placeBeside(thought: Thought, original: string, copy: string): Promise<void> {
  for (const canvas of await readCanvases(thought)) {
    const place = await thought.get<Place>(keys.morph(canvas, original));
    if (place === null) continue;
    await placeMorph(thought, canvas, copy, await freePlaceBeside(thought, canvas, place));
  }
}

/** Copies do not hide one another. Where others stand is not what the thought depends on. */
async function freePlaceBeside(thought: Thought, canvas: string, { x, y }: Place): Promise<Place> {
  const taken = new Set<string>();
  const options = { reverse: true, limit: PLACES_LOOKED_AT_MAX, context: true };
  for await (const { value } of thought.list<unknown>(keys.morphs(canvas), options)) {
    const place = placeSchema.safeParse(value);
    if (place.success) taken.add(`${place.data.x} ${place.data.y}`);
  }
  for (let step = 1;; step++) {
    const place = { x: x + step * COPY_OFFSET, y: y + step * COPY_OFFSET };
    // Far out a step is lost in rounding, and leads nowhere.
    if (step > taken.size || !taken.has(`${place.x} ${place.y}`)) return place;
  }
}

/** A seal hook: what is deleted leaves every canvas. */
export async function removeMorphsOfDeleted(tx: WorldTransaction): Promise<void> {
  const deleted = [...tx.drafts.values()].filter(({ snapshot, before }) =>
    snapshot === null && before !== null
  );
  if (deleted.length === 0) return;
  for (const canvas of await readCanvases(tx.thought)) {
    for (const { oid } of deleted) {
      if ((await tx.thought.get(keys.morph(canvas, oid))) !== null) {
        tx.thought.delete(keys.morph(canvas, oid));
      }
    }
  }
}

async function readCanvases(thought: Thought): Promise<string[]> {
  return (await thought.get<string[]>(keys.meta("canvases"))) ?? [MAIN_CANVAS];
}
