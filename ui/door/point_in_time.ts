/** A point in the past, as a caller writes it, brought to the position that it means. */
import { BeforeBeginningError } from "../../actors/errors.ts";
import { isPosition, type Position, PositionError, type Store } from "../../kv/mod.ts";
import { timeOf } from "../protocol.ts";
import type { PointInTime } from "./door.ts";

/** @throws PositionError for text that is neither a position nor a time */
export async function positionOf(store: Store, point: PointInTime): Promise<Position> {
  if (isPosition(point)) return point;
  const time = timeOf(point);
  if (time === null) {
    throw new PositionError(point, "it is neither a position nor a time such as 2026-11-27T10:00:00Z");
  }
  return await store.positionAt(time);
}

/**
 * The same for a point at which the image is to be read, so that it must have been there.
 * @throws BeforeBeginningError; PositionError as `positionOf` does
 */
export async function pastPositionOf(store: Store, point: PointInTime): Promise<Position> {
  const position = await positionOf(store, point);
  // What was pruned is told by whoever reads there.
  if (store.history.horizon > position) return position;
  const [first] = await store.log({ limit: 1, images: false });
  if (first === undefined || position >= first.position) return position;
  throw new BeforeBeginningError(point, first.at);
}
