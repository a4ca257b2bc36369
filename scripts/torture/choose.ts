/** Which operation a worker carries out next, by chance: every kind that its part of the image allows. Pure. */
import { depthOf, familyOf, type Model, type Operation } from "./model.ts";

/** A number in [0, 1). */
export type Random = () => number;

export interface Chooser {
  readonly random: Random;
  /** Names of the worker's objects begin with it, texts of its memories too. */
  readonly prefix: string;
  readonly root: string;
  /** A number that no name of this worker has had. */
  readonly next: () => number;
  /** The worker's last operation that was carried out and is not to be undone twice: where it stands. */
  readonly last: { readonly position: string; readonly before: Model } | null;
}

const OBJECTS_MAX = 40;
const DEPTH_MAX = 12;
const SLOTS = ["a", "b", "c", "d"];
const SUBJECTS = ["lighthouse", "boiler", "bridge", "orchard", "violin", "harbour", "glacier", "lantern"];
/** Characters of a text that is stored in chunks. */
const LARGE_TEXT = { least: 70_000, most: 150_000 };
/** Memories of a thought that does not fit one atomic operation. */
const MANY = 350;

export function choose(model: Model, chooser: Chooser): Operation {
  const { random } = chooser;
  for (;;) {
    const operation = propose(model, chooser, random() * 100);
    if (operation !== null) return operation;
  }
}

/** @param roll 0 to 100, which kind. @returns null for a kind that cannot be now */
function propose(model: Model, chooser: Chooser, roll: number): Operation | null {
  const { objects } = model;
  const { random, root } = chooser;
  const any = pick(random, [...objects.keys()]);
  const other = pick(random, [...objects.keys()].filter((name) => name !== root));
  if (roll < 12) return objects.size < OBJECTS_MAX ? extend(model, chooser, any!) : null;
  if (roll < 18) return other !== undefined && objects.size < OBJECTS_MAX ? clone(chooser, other) : null;
  if (roll < 40) return set(chooser, any!);
  if (roll < 45) return removeSlot(model, chooser, any!);
  if (roll < 50) return other === undefined ? null : { type: "rename", object: other, name: nameOf(chooser) };
  if (roll < 55) return other === undefined ? null : reparent(model, chooser, other);
  if (roll < 62) return { type: "scale", object: root, factor: random() < 0.5 ? 2 : 0.5 };
  if (roll < 68) return other === undefined ? null : { type: "delete", object: other };
  if (roll < 76) return { type: "move", object: any!, ...somewhere(random) };
  if (roll < 90) return { type: "remember", texts: texts(chooser, 1) };
  if (roll < 93) return { type: "remember", texts: texts(chooser, 2 + Math.floor(random() * 30)) };
  if (roll < 94) return { type: "remember", texts: texts(chooser, MANY) };
  return chooser.last === null ? null : { type: "undo", ...chooser.last };
}

function pick<T>(random: Random, list: readonly T[]): T | undefined {
  return list[Math.floor(random() * list.length)];
}

function nameOf({ prefix, next }: Chooser): string {
  return `${prefix} ${next()}`;
}

function extend({ objects }: Model, chooser: Chooser, source: string): Operation | null {
  return depthOf(objects, source) < DEPTH_MAX ? { type: "extend", source, name: nameOf(chooser) } : null;
}

function clone(chooser: Chooser, source: string): Operation {
  return { type: "clone", source, name: nameOf(chooser) };
}

function set(chooser: Chooser, object: string): Operation {
  const { random, next } = chooser;
  const slot = pick(random, SLOTS)!;
  if (random() > 0.08) return { type: "set", object, slot, value: next() };
  const length = LARGE_TEXT.least + Math.floor(random() * (LARGE_TEXT.most - LARGE_TEXT.least));
  return { type: "set", object, slot, value: `${next()} ${"telos ".repeat(length / 6)}` };
}

function removeSlot({ objects }: Model, { random }: Chooser, object: string): Operation | null {
  const slot = pick(random, SLOTS.filter((name) => Object.hasOwn(objects.get(object)!.slots, name)));
  return slot === undefined ? null : { type: "removeSlot", object, slot };
}

function reparent({ objects }: Model, { random }: Chooser, object: string): Operation | null {
  const below = familyOf(objects, object);
  const now = objects.get(object)!.parent;
  const parent = pick(random, [...objects.keys()].filter((name) => !below.has(name) && name !== now));
  if (parent === undefined || depthOf(objects, parent) >= DEPTH_MAX) return null;
  return { type: "reparent", object, parent };
}

function somewhere(random: Random): { x: number; y: number } {
  return { x: Math.floor(random() * 2_000) - 1_000, y: Math.floor(random() * 2_000) - 1_000 };
}

function texts({ prefix, random, next }: Chooser, count: number): string[] {
  return Array.from({ length: count }, () => {
    const number = next();
    return `${prefix} notes ${number}: the ${pick(random, SUBJECTS)} of number ${number * 7919}.`;
  });
}
