/**
 * What differs between two points of the image: the thoughts between them say which objects may differ, and those are
 * compared as they were at either end. It costs what changed between, not what the image holds.
 */
import { isPosition, keys, type Position, PositionError, type Store } from "../../kv/mod.ts";
import { readCanvases } from "./canvases.ts";
import { contextOf } from "./fork_reader.ts";
import { DIFF_OBJECTS_MAX, LOG_PAGE } from "./limits.ts";
import { diffObject, type ObjectDiff } from "./object_diff.ts";

export interface PlaceDiff {
  readonly canvas: string;
  readonly oid: string;
  /** As it is stored; null when the object stood nowhere on that canvas. */
  readonly before: unknown | null;
  readonly after: unknown | null;
}

export interface ImageDiff {
  readonly from: Position;
  readonly to: Position;
  /** Thoughts between the two. */
  readonly thoughts: number;
  readonly objects: readonly ObjectDiff[];
  readonly places: readonly PlaceDiff[];
  /** Names of objects that the differences refer to. */
  readonly names: Readonly<Record<string, string>>;
  /** Changed objects and places beyond those that are described. */
  readonly more: number;
}

export interface DiffRequest {
  readonly from: Position;
  /** May be before `from`: then it is what going back would do. */
  readonly to: Position;
  /** Only this object. */
  readonly oid?: string | undefined;
}

/** @throws PositionError, HorizonError, QuarantinedError for an object whose stored form does not validate */
export async function diffImage(store: Store, { from, to, oid }: DiffRequest): Promise<ImageDiff> {
  for (const point of [from, to]) if (!isPosition(point)) throw new PositionError(point, "it is none");
  const [before, after] = [store.asOf(from), store.asOf(to)];
  const range: Range = from < to ? [from, to] : [to, from];
  const changed = oid === undefined ? await changedBetween(store, range) : await changesOf(store, range, oid);
  const objects: ObjectDiff[] = [];
  const places: PlaceDiff[] = [];
  const seen = new Map<string, string>();
  for (const each of [...changed.objects].slice(0, DIFF_OBJECTS_MAX)) {
    const key = keys.object(each);
    const [was, is] = [contextOf(each, await before.get(key)), contextOf(each, await after.get(key))];
    const diff = diffObject(was, is);
    if (diff === null) continue;
    objects.push(diff);
    if (diff.name !== null) seen.set(each, diff.name);
  }
  for (const { canvas, oid } of [...changed.places.values()].slice(0, DIFF_OBJECTS_MAX)) {
    const key = keys.morph(canvas, oid);
    const [was, is] = [await before.get(key), await after.get(key)];
    if (JSON.stringify(was) !== JSON.stringify(is)) places.push({ canvas, oid, before: was, after: is });
  }
  const nameOf = async (each: string): Promise<string | null> =>
    contextOf(each, await after.get(keys.object(each)) ?? await before.get(keys.object(each)))?.name ?? null;
  const more = Math.max(0, changed.objects.size - DIFF_OBJECTS_MAX) +
    Math.max(0, changed.places.size - DIFF_OBJECTS_MAX);
  return {
    from,
    to,
    thoughts: changed.thoughts,
    objects,
    places,
    names: await namesIn(objects, places, seen, nameOf),
    more,
  };
}

interface Changed {
  readonly thoughts: number;
  readonly objects: ReadonlySet<string>;
  readonly places: ReadonlyMap<string, { readonly canvas: string; readonly oid: string }>;
}

/** After the first, up to the second. */
type Range = readonly [Position, Position];

async function changedBetween(store: Store, range: Range): Promise<Changed> {
  const objects = new Set<string>();
  const places = new Map<string, { canvas: string; oid: string }>();
  let thoughts = 0;
  for await (const { changes } of thoughtsBetween(store, range)) {
    for (const { key } of changes) {
      const oid = key.at(-1) as string;
      if (key[0] === "object") objects.add(oid);
      else if (key[0] === "morph") places.set(key.join("/"), { canvas: key[1] as string, oid });
    }
    thoughts++;
  }
  return { thoughts, objects, places };
}

/** One object's changes are looked up by themselves, whatever else happened meanwhile. */
async function changesOf(store: Store, [after, last]: Range, oid: string): Promise<Changed> {
  const canvases = await readCanvases(async (key) => (await store.get(key))?.value ?? null);
  const places = new Map(canvases.map((canvas) => [canvas, { canvas, oid }]));
  const thoughts = new Set<Position>();
  for (const key of [keys.object(oid), ...canvases.map((canvas) => keys.morph(canvas, oid))]) {
    for (let from = after; from < last;) {
      const page = await store.changesOf(key, { after: from, limit: LOG_PAGE });
      for (const position of page) if (position <= last) thoughts.add(position);
      if (page.length < LOG_PAGE) break;
      from = page.at(-1)!;
    }
  }
  return { thoughts: thoughts.size, objects: new Set([oid]), places };
}

async function* thoughtsBetween(store: Store, [after, last]: Range) {
  for (let from = after; from < last;) {
    const page = await store.log({ after: from, limit: LOG_PAGE, images: false });
    for (const entry of page) if (entry.position <= last) yield entry;
    if (page.length < LOG_PAGE) return;
    from = page.at(-1)!.position;
  }
}

/** Names of parents, references and owners of places, so that the differences can be told in words. */
async function namesIn(
  objects: readonly ObjectDiff[],
  places: readonly PlaceDiff[],
  known: ReadonlyMap<string, string>,
  nameOf: (oid: string) => Promise<string | null>,
): Promise<Record<string, string>> {
  const wanted = new Set(places.map(({ oid }) => oid));
  for (const { parents, slots } of objects) {
    for (const each of [...parents?.before ?? [], ...parents?.after ?? []]) wanted.add(each);
    for (const { before, after } of slots) {
      for (const value of [before, after]) if (isReference(value)) wanted.add(value.$ref);
    }
  }
  const names: Record<string, string> = {};
  for (const oid of wanted) {
    const name = known.get(oid) ?? await nameOf(oid);
    if (name !== null) names[oid] = name;
  }
  return names;
}

function isReference(value: unknown): value is { $ref: string } {
  return typeof value === "object" && value !== null && "$ref" in value && typeof value.$ref === "string";
}
