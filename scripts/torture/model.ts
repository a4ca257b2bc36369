/**
 * What one worker's part of the image must hold: a plain model of its objects and memories, and what each operation does
 * to it. Names are unique to the worker, so that objects are found again whatever their oids are. Pure.
 */

export interface ModelObject {
  /** Name of its one parent. */
  readonly parent: string;
  readonly slots: Readonly<Record<string, unknown>>;
  /** Where it was moved to; null when nobody has moved it. */
  readonly place: Place | null;
}

export interface Place {
  readonly x: number;
  readonly y: number;
}

export interface Model {
  readonly objects: ReadonlyMap<string, ModelObject>;
  readonly memories: ReadonlySet<string>;
}

export type Operation =
  | { readonly type: "extend"; readonly source: string; readonly name: string }
  | { readonly type: "clone"; readonly source: string; readonly name: string }
  | { readonly type: "set"; readonly object: string; readonly slot: string; readonly value: unknown }
  | { readonly type: "removeSlot"; readonly object: string; readonly slot: string }
  | { readonly type: "rename"; readonly object: string; readonly name: string }
  | { readonly type: "reparent"; readonly object: string; readonly parent: string }
  /** A native method that writes two slots at once. */
  | { readonly type: "scale"; readonly object: string; readonly factor: number }
  | { readonly type: "delete"; readonly object: string }
  | { readonly type: "move"; readonly object: string; readonly x: number; readonly y: number }
  | { readonly type: "remember"; readonly texts: readonly string[] }
  /** Takes back the worker's last operation, which stands at that position. */
  | { readonly type: "undo"; readonly position: string; readonly before: Model };

/** The model after an operation that was carried out. */
export function applied(model: Model, operation: Operation): Model {
  if (operation.type === "undo") return operation.before;
  if (operation.type === "remember") {
    return { ...model, memories: new Set([...model.memories, ...operation.texts]) };
  }
  const objects = new Map(model.objects);
  change(objects, operation);
  return { ...model, objects };
}

type ObjectOperation = Exclude<Operation, { readonly type: "undo" | "remember" }>;

function change(objects: Map<string, ModelObject>, operation: ObjectOperation): void {
  switch (operation.type) {
    case "extend":
      objects.set(operation.name, { parent: operation.source, slots: {}, place: null });
      return;
    case "clone":
      objects.set(operation.name, { ...objects.get(operation.source)!, place: null });
      return;
    case "set":
      update(
        objects,
        operation.object,
        ({ slots }) => ({ slots: { ...slots, [operation.slot]: operation.value } }),
      );
      return;
    case "removeSlot":
      update(objects, operation.object, ({ slots: { [operation.slot]: _gone, ...slots } }) => ({ slots }));
      return;
    case "rename":
      rename(objects, operation.object, operation.name);
      return;
    case "reparent":
      update(objects, operation.object, () => ({ parent: operation.parent }));
      return;
    case "scale":
      update(objects, operation.object, ({ slots }) => ({ slots: scaled(slots, operation.factor) }));
      return;
    case "delete":
      for (const name of familyOf(objects, operation.object)) objects.delete(name);
      return;
    case "move":
      update(objects, operation.object, () => ({ place: { x: operation.x, y: operation.y } }));
  }
}

function update(
  objects: Map<string, ModelObject>,
  name: string,
  change: (object: ModelObject) => Partial<ModelObject>,
): void {
  const object = objects.get(name)!;
  objects.set(name, { ...object, ...change(object) });
}

function scaled(slots: ModelObject["slots"], factor: number): ModelObject["slots"] {
  const { width, height } = slots;
  return { ...slots, width: (width as number) * factor, height: (height as number) * factor };
}

function rename(objects: Map<string, ModelObject>, from: string, to: string): void {
  for (const [name, object] of objects) {
    if (object.parent === from) objects.set(name, { ...object, parent: to });
  }
  objects.set(to, objects.get(from)!);
  objects.delete(from);
}

/** An object and all that descend from it. */
export function familyOf(objects: ReadonlyMap<string, ModelObject>, name: string): Set<string> {
  const family = new Set([name]);
  for (const member of family) {
    for (const [child, { parent }] of objects) if (parent === member) family.add(child);
  }
  return family;
}

/** How far an object is from the worker's root, which is its own parent's child at depth 0. */
export function depthOf(objects: ReadonlyMap<string, ModelObject>, name: string): number {
  let depth = 0;
  for (let at = objects.get(name); at !== undefined; at = objects.get(at.parent)) depth++;
  return depth;
}

/** What differs between what must be and what is, in words; empty when nothing does. */
export function differences(expected: Model, found: Model): string[] {
  const faults: string[] = [];
  for (const [name, object] of expected.objects) {
    const other = found.objects.get(name);
    if (other === undefined) faults.push(`${name} is missing`);
    else faults.push(...objectDifferences(name, object, other));
  }
  for (const name of found.objects.keys()) {
    if (!expected.objects.has(name)) faults.push(`${name} should not be there`);
  }
  for (const text of expected.memories) {
    if (!found.memories.has(text)) faults.push(`"${text}" is not remembered`);
  }
  for (const text of found.memories) if (!expected.memories.has(text)) faults.push(`"${text}" is remembered`);
  return faults;
}

function objectDifferences(name: string, expected: ModelObject, found: ModelObject): string[] {
  const faults: string[] = [];
  if (expected.parent !== found.parent) {
    faults.push(`${name} has the parent ${found.parent}, not ${expected.parent}`);
  }
  const slots = new Set([...Object.keys(expected.slots), ...Object.keys(found.slots)]);
  for (const slot of slots) {
    if (expected.slots[slot] !== found.slots[slot]) {
      faults.push(`${name} ${slot} is ${shown(found.slots[slot])}, not ${shown(expected.slots[slot])}`);
    }
  }
  // Where a new object was put by itself is not ours to know.
  const { place } = expected;
  if (place !== null && (place.x !== found.place?.x || place.y !== found.place.y)) {
    faults.push(`${name} stands at ${JSON.stringify(found.place)}, not at ${JSON.stringify(place)}`);
  }
  return faults;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "missing";
  return text.length > 40 ? `${text.slice(0, 40)}… (${text.length})` : text;
}
