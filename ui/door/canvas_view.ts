/** A canvas: what stands on it, where, and what each looks like; now, or as it was at a position. */
import { CANVAS_MORPHS_MAX, listMorphs, listMorphsAsOf, readPersonas } from "../../actors/system/mod.ts";
import { PastObjects, summarize, type World } from "../../actors/world/mod.ts";
import type { CanvasView, Position } from "../protocol.ts";
import { pastSummary } from "./past_summary.ts";

/** As it is now, with the personas in the order in which they are shown. */
export async function canvasNow(world: World, canvas: string): Promise<CanvasView> {
  const { store } = world;
  const position = store.position;
  const morphs: CanvasView["morphs"] = [];
  for (const place of await listMorphs(store, canvas, CANVAS_MORPHS_MAX)) {
    const object = await summarize(world, place.oid);
    if (object !== null) morphs.push({ ...place, object });
  }
  const personas: CanvasView["personas"] = [];
  for (const { oid, model, role } of await readPersonas(world)) {
    const summary = await summarize(world, oid);
    if (summary !== null) personas.push({ ...summary, model, role });
  }
  return { position, canvas, morphs, personas };
}

/** @throws what `Store.asOf` throws */
export async function canvasAsOf(world: World, canvas: string, asOf: Position): Promise<CanvasView> {
  const past = new PastObjects(world.store, asOf);
  const morphs: CanvasView["morphs"] = [];
  for (const place of await listMorphsAsOf(world.store, canvas, { asOf, limit: CANVAS_MORPHS_MAX })) {
    const object = await pastSummary(past, place.oid);
    if (object !== null) morphs.push({ ...place, object });
  }
  return { position: asOf, canvas, morphs, personas: [] };
}
