/**
 * Forging: a blueprint becomes an image, and an image becomes a blueprint. A blueprint that was written from an image
 * makes one that is its equal, object for object; memories are embedded again, as a vector is a function of its text.
 */
import { startOfEpoch, type Store } from "../../kv/mod.ts";
import { QuarantinedError } from "../errors.ts";
import { BLUEPRINT_FORMAT, BlueprintError, declareWorld } from "../genesis/mod.ts";
import { type Slot, slotFromWire, slotToWire } from "../object/mod.ts";
import { faultOf } from "./check_world.ts";
import { exactJson, fromJson, toJson } from "./json.ts";
import { type MadeImage, makeNewImage, type NewImage } from "./new_image.ts";
import { type ExchangeRecord, isDamaged } from "./record.ts";
import { Snapshot } from "./snapshot.ts";

export type ForgeOptions = Pick<NewImage, "folder" | "clock" | "onProgress">;

/** @throws {BlueprintError} naming the path; {OccupiedError} where there is an image already */
export async function forgeImage(document: unknown, options: ForgeOptions): Promise<MadeImage> {
  const now = (options.clock ?? Date.now)();
  const { objects, canvases } = declareWorld(document, { now, seed: crypto.randomUUID() });
  const records = objects.map(({ hypervector, ...object }) =>
    hypervector === undefined ? object : { ...object, hypervector: fromJson(hypervector) }
  );
  const fault = faultOf(records.map(({ context }) => context));
  if (fault !== null) {
    const { name, oid } = records[fault.index]!.context;
    throw new BlueprintError(`the object "${name ?? oid}"`, fault.reason);
  }
  const origin = {
    how: "forge",
    imageId: "a blueprint",
    position: startOfEpoch(1),
    epoch: 1,
    at: now,
  } as const;
  return await makeNewImage({ ...options, records, canvases, origin });
}

/** The blueprint of a whole image, as of this moment: JSON, one object a line. @throws {QuarantinedError} */
export async function* blueprintOf(store: Store): AsyncGenerator<string> {
  const snapshot = await Snapshot.take(store, { vectors: false });
  const oids = await snapshot.oids();
  const names = new Map<string, string>();
  for await (const record of snapshot.records(oids)) {
    if (isDamaged(record)) throw new QuarantinedError(record.oid, record.damaged);
    const { oid, name, reason } = record.context;
    if (reason !== null) throw new QuarantinedError(name ?? oid, reason);
    if (name !== null) names.set(oid, name);
  }
  const about = `the image ${snapshot.imageId} at ${snapshot.position}`;
  const head = {
    telos: "blueprint",
    format: BLUEPRINT_FORMAT,
    about,
    base: "nothing",
    canvases: snapshot.canvases,
  };
  yield `${exactJson(head).slice(0, -1)},"objects":[\n`;
  let first = true;
  for await (const record of snapshot.records(oids)) {
    if (isDamaged(record)) continue;
    yield `${first ? "" : ",\n"}${exactJson(declared(record, names))}`;
    first = false;
  }
  yield "\n]}\n";
}

function declared({ context, morphs, hypervector }: ExchangeRecord, names: ReadonlyMap<string, string>) {
  const called = (oid: string) => names.get(oid) ?? oid;
  return {
    ...(context.name === null ? {} : { name: context.name }),
    oid: context.oid,
    created: context.createdAt,
    parents: context.parents.map(called),
    slots: Object.fromEntries(
      Object.entries(context.slots).map(([name, slot]) => [name, wireOf(name, slot, called)]),
    ),
    ...(Object.keys(morphs).length === 0 ? {} : { morphs }),
    ...(hypervector === undefined ? {} : { hypervector: toJson(hypervector) }),
  };
}

/** The wire form where that says all there is, else the stored form as it is. */
function wireOf(name: string, slot: Slot, called: (oid: string) => string): unknown {
  if (slot.kind === "reference") return { $ref: called(slot.oid) };
  if (slot.kind === "data" && !startsWithMark(slot.value)) return slot.value;
  const wire = slotToWire(slot);
  if (slot.kind !== "data" && exactJson(slotFromWire(name, wire)) === exactJson(slot)) return wire;
  return { $slot: slot };
}

function startsWithMark(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).some((key) => key.startsWith("$"));
}
