/** All objects of an image, a page at a time: now, or as they were at a point in the past. */
import { PastObjects, summarize, type World } from "../../actors/world/mod.ts";
import { keys } from "../../kv/mod.ts";
import type { ChildrenView, ObjectSummary } from "../protocol.ts";
import type { PointInTime } from "./door.ts";
import { pastSummary } from "./past_summary.ts";
import { pastPositionOf } from "./point_in_time.ts";

export interface ListRequest {
  readonly asOf?: PointInTime | undefined;
  readonly after?: string;
  readonly limit: number;
}

/** @throws what the point is refused with */
export async function listObjects(world: World, { asOf, after, limit }: ListRequest): Promise<ChildrenView> {
  const { store } = world;
  const start = after === undefined ? undefined : keys.object(after);
  const past = asOf === undefined ? null : new PastObjects(store, await pastPositionOf(store, asOf));
  const oids: string[] = [];
  if (past === null) {
    for await (const { key } of store.list(keys.objects(), { start, limit: limit + 1 })) {
      oids.push(String(key[1]));
    }
  } else {
    const page = await store.asOf(past.position).page(keys.objects(), { after: start, limit: limit + 1 });
    for (const { key } of page) oids.push(String(key[1]));
  }
  const objects: ObjectSummary[] = [];
  for (const oid of oids.slice(0, limit)) {
    const summary = past === null ? await summarize(world, oid) : await pastSummary(past, oid);
    if (summary !== null) objects.push(summary);
  }
  return { objects, next: oids.length > limit ? oids[limit - 1]! : null };
}
