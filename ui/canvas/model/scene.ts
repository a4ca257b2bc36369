/**
 * What the canvas knows of the image: objects and places, each with the position at which it was last told. Events
 * are applied by "the newer wins", so that any order and any repetition ends in the same scene. Pure.
 */
import type { CanvasView, CommittedEvent, MorphPlace, ObjectSummary } from "../../protocol.ts";
import { OBJECTS_KEPT_MAX } from "../limits.ts";

/** A value and the position at which it was told; null is "is not there". */
export interface Told<T> {
  readonly value: T | null;
  readonly at: string;
}
export type Place = Omit<MorphPlace, "canvas">;
export interface Scene {
  readonly canvas: string;
  /** The newest position told of. */
  readonly position: string;
  readonly objects: ReadonlyMap<string, Told<ObjectSummary>>;
  readonly places: ReadonlyMap<string, Told<Place>>;
}

export type Persona = CanvasView["personas"][number];

export function emptyScene(canvas: string): Scene {
  return { canvas, position: "", objects: new Map(), places: new Map() };
}

/** The scene as the server gives it; it is the truth as of its position. */
export function loadScene(view: CanvasView): Scene {
  const at = view.position;
  const objects = new Map<string, Told<ObjectSummary>>();
  const places = new Map<string, Told<Place>>();
  for (const persona of view.personas) objects.set(persona.oid, { value: summaryOf(persona), at });
  for (const { object, oid, x, y, width, height } of view.morphs) {
    objects.set(oid, { value: object, at });
    places.set(oid, { value: place(oid, x, y, width, height), at });
  }
  return { canvas: view.canvas, position: at, objects, places };
}

function summaryOf({ oid, name, parents, look, caption, position, state }: Persona): ObjectSummary {
  return { oid, name, parents, look, caption, position, state };
}

function place(oid: string, x: number, y: number, width?: number, height?: number): Place {
  return {
    oid,
    x,
    y,
    ...(width === undefined ? {} : { width }),
    ...(height === undefined ? {} : { height }),
  };
}

const newest = (a: string, b: string | null) => b !== null && b > a ? b : a;

/** Applies one committed event. The same scene when it tells nothing new. */
export function applyCommitted(scene: Scene, event: CommittedEvent): Scene {
  const objects = new Map(scene.objects);
  const places = new Map(scene.places);
  let changed = false;
  const tell = <T>(into: Map<string, Told<T>>, oid: string, value: T | null, at: string) => {
    const known = into.get(oid);
    if (known !== undefined && known.at >= at) return;
    into.set(oid, { value, at });
    changed = true;
  };
  for (const object of event.objects) {
    tell(objects, object.oid, object, newest(event.position, object.position));
  }
  for (const oid of event.deleted) {
    tell(objects, oid, null, event.position);
    tell(places, oid, null, event.position);
  }
  for (const { canvas, oid, x, y, width, height } of event.morphs) {
    if (canvas !== scene.canvas) continue;
    tell(places, oid, place(oid, x, y, width, height), event.position);
  }
  for (const { canvas, oid } of event.unplaced ?? []) {
    if (canvas === scene.canvas) tell(places, oid, null, event.position);
  }
  const position = newest(scene.position, event.position);
  if (!changed && position === scene.position) return scene;
  return prune({ canvas: scene.canvas, position, objects, places });
}

/** Puts a place that the server has acknowledged, so that the morph does not jump before its event comes. */
export function applyPlace(scene: Scene, moved: Place, at: string): Scene {
  const known = scene.places.get(moved.oid);
  if (known !== undefined && known.at >= at) return scene;
  return { ...scene, places: new Map(scene.places).set(moved.oid, { value: moved, at }) };
}

/** Lets the oldest objects go that have no place, once there are too many. */
function prune(scene: Scene): Scene {
  if (scene.objects.size <= OBJECTS_KEPT_MAX) return scene;
  const objects = new Map(scene.objects);
  for (const oid of scene.objects.keys()) {
    if (objects.size <= OBJECTS_KEPT_MAX * 0.9) break;
    if ((scene.places.get(oid)?.value ?? null) === null) objects.delete(oid);
  }
  return { ...scene, objects };
}

/** The object, unless it is unknown or gone. */
export function objectOf(scene: Scene, oid: string): ObjectSummary | null {
  return scene.objects.get(oid)?.value ?? null;
}

/** What stands on the canvas: objects that are there and have a place. */
export function* standing(scene: Scene): Iterable<{ object: ObjectSummary; place: Place }> {
  for (const [oid, { value }] of scene.places) {
    const object = objectOf(scene, oid);
    if (value !== null && object !== null) yield { object, place: value };
  }
}
