/** A diff as it is asked for at a door: by points in time, and by the name that the object had. */
import { diffImage } from "../../actors/history/mod.ts";
import { NotFoundError } from "../../actors/errors.ts";
import { resolveAsOf, type World } from "../../actors/world/mod.ts";
import type { Position } from "../../kv/mod.ts";
import type { DiffView } from "../protocol.ts";
import type { DiffQuery } from "./door.ts";
import { positionOf } from "./point_in_time.ts";

/** @throws what the points and the name are refused with */
export async function diffBetween(world: World, query: DiffQuery): Promise<DiffView> {
  const { store } = world;
  const from = await positionOf(store, query.from);
  const to = query.to === undefined ? store.position : await positionOf(store, query.to);
  const { object } = query;
  const oid = object === undefined ? undefined : await oidOf(world, object, [to, from]);
  // The places are stored by this program, in the form of the contract.
  return await diffImage(store, { from, to, oid }) as unknown as DiffView;
}

/** Whose the name was at the first of the points at which it was somebody's. */
async function oidOf(world: World, name: string, points: readonly Position[]): Promise<string> {
  for (const point of points) {
    try {
      return await resolveAsOf(world, name, point);
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
    }
  }
  throw new NotFoundError(name, "object", points.join(" or "));
}
