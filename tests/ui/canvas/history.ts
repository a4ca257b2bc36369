/**
 * A made-up history of an image and the events that tell it, as the server would: an event describes objects as they
 * are when it is sent, which may be later than its own position.
 */
import type { CommittedEvent, ObjectSummary } from "../../../ui/protocol.ts";

export type Step =
  | { readonly kind: "write" | "delete"; readonly object: number }
  | { readonly kind: "move"; readonly object: number; readonly x: number; readonly y: number };

export const positionOf = (n: number) => `000001-${n.toString(16).padStart(20, "0")}-0000`;
export const oidOf = (object: number) => `oid-${object}`;

interface ImageState {
  readonly objects: ReadonlyMap<string, ObjectSummary>;
  readonly places: ReadonlyMap<string, { x: number; y: number }>;
}

export function summary(oid: string, position: string, caption = ""): ObjectSummary {
  return { oid, name: oid, parents: [], look: "morph", caption, position, state: "active" };
}

/** The image after each step; `[0]` is before the first. A step on what is not there makes it. */
export function statesOf(steps: readonly Step[]): ImageState[] {
  const states: ImageState[] = [{ objects: new Map(), places: new Map() }];
  steps.forEach((step, index) => {
    const { objects, places } = states.at(-1)!;
    const oid = oidOf(step.object), position = positionOf(index + 1);
    const nextObjects = new Map(objects), nextPlaces = new Map(places);
    if (step.kind === "delete") {
      nextObjects.delete(oid);
      nextPlaces.delete(oid);
    } else {
      if (step.kind === "write" || !objects.has(oid)) {
        nextObjects.set(oid, summary(oid, position, `as of ${index + 1}`));
      }
      if (step.kind === "move") nextPlaces.set(oid, { x: step.x, y: step.y });
    }
    states.push({ objects: nextObjects, places: nextPlaces });
  });
  return states;
}

/** The event of step `n` (from 1), sent when the image was already at step `seen`. */
export function eventOf(
  steps: readonly Step[],
  states: readonly ImageState[],
  n: number,
  seen: number,
): CommittedEvent {
  const oid = oidOf(steps[n - 1]!.object);
  const now = states[seen]!;
  const object = now.objects.get(oid);
  const place = now.places.get(oid);
  const movedHere = states[n]!.places.get(oid) !== states[n - 1]!.places.get(oid);
  return {
    command: "THOUGHT_COMMITTED",
    position: positionOf(n),
    id: `thought-${n}`,
    who: "test",
    why: `step ${n}`,
    at: n,
    kind: "change",
    objects: object === undefined ? [] : [object],
    deleted: object === undefined ? [oid] : [],
    morphs: place === undefined || !movedHere ? [] : [{ canvas: "main", oid, ...place }],
  };
}
