/** A point in the past, as a caller writes it, brought to the position that it means. */
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
