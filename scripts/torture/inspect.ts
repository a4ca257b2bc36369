/**
 * An image that nobody has open, looked at through the store alone: what each worker has in it, what does not fit
 * together, and whether everything acknowledged stands in the log. Opening it finishes what a crash has left.
 */
import { type ObjectContext, restore } from "../../actors/object/mod.ts";
import { imageForms, MAIN_CANVAS } from "../../actors/system/mod.ts";
import { keys, openStore, type Position, startOfEpoch, type Store } from "../../kv/mod.ts";
import { checkImage } from "./check_image.ts";
import { applied, differences, type Model, type ModelObject } from "./model.ts";
import type { Acknowledged, Worker } from "./worker.ts";

/** Acknowledged changes of which the past is read, in each check. */
const PAST_READ = 8;

/** @returns what is wrong, in words; empty when all is well. Each worker then knows what became of its last operation. */
export async function inspect(folder: string, workers: readonly Worker[]): Promise<string[]> {
  const store = await openStore({ folder });
  try {
    const faults = await checkImage(store);
    const { problems } = await store.verify({ forms: imageForms() });
    for (const { kind, key, message } of problems) {
      faults.push(`verify: ${kind} ${key.join("/")}: ${message}`);
    }
    const found = await read(store, workers);
    for (const worker of workers) faults.push(...settle(worker, found.models.get(worker.prefix)!));
    faults.push(...vectorFaults(found));
    const positions = await positionsIn(store);
    for (const { acknowledged } of workers) {
      for (const { position, operation } of acknowledged) {
        if (!positions.has(position)) {
          faults.push(`${operation.type} was acknowledged at ${position}, which is not logged`);
        }
      }
      faults.push(...await pastFaults(store, acknowledged.slice(-PAST_READ), found));
    }
    return faults;
  } finally {
    await store.close();
  }
}

interface Found {
  readonly models: ReadonlyMap<string, Model>;
  /** Oids of memories, and those that have a vector. */
  readonly memories: ReadonlyMap<string, string>;
  readonly vectors: ReadonlySet<string>;
  readonly oids: ReadonlyMap<string, string>;
}

async function read(store: Store, workers: readonly Worker[]): Promise<Found> {
  const contexts = new Map<string, ObjectContext>();
  for await (const { key, value } of store.list<unknown>(keys.objects())) {
    const restored = restore(key[1] as string, value);
    // One that does not read is a fault that the check of the image names.
    if (restored.ok) contexts.set(key[1] as string, restored.snapshot.context);
  }
  const places = new Map<string, { x: number; y: number }>();
  for await (const { key, value } of store.list<{ x: number; y: number }>(keys.morphs(MAIN_CANVAS))) {
    places.set(key.at(-1) as string, { x: value.x, y: value.y });
  }
  const vectors = new Set<string>();
  for await (const { key } of store.list<unknown>(["vector"])) vectors.add(key.at(-1) as string);
  const models = new Map<string, { objects: Map<string, ModelObject>; memories: Set<string> }>();
  for (const { prefix } of workers) models.set(prefix, { objects: new Map(), memories: new Set() });
  const memories = new Map<string, string>();
  const oids = new Map<string, string>();
  for (const [oid, context] of contexts) {
    const text = dataOf(context.slots.text_chunk);
    const label = context.name ?? (typeof text === "string" ? text : "");
    const model = models.get(label.split(" ")[0]!);
    if (model === undefined) continue;
    if (context.name === null) {
      model.memories.add(label);
      memories.set(label, oid);
    } else {
      model.objects.set(label, objectOf(context, contexts, places.get(oid) ?? null));
      oids.set(label, oid);
    }
  }
  return { models, memories, vectors, oids };
}

function objectOf(
  context: ObjectContext,
  contexts: ReadonlyMap<string, ObjectContext>,
  place: ModelObject["place"],
): ModelObject {
  const parents = context.parents.map((oid) => contexts.get(oid)?.name ?? oid);
  const slots = Object.fromEntries(Object.entries(context.slots).map(([name, slot]) => [name, dataOf(slot)]));
  return { parent: parents.join(", "), slots, place };
}

function dataOf(slot: ObjectContext["slots"][string] | undefined): unknown {
  return slot?.kind === "data" ? slot.value : undefined;
}

/** What was in doubt was carried out as a whole or not at all: the worker's part is as before it or as after it. */
function settle(worker: Worker, found: Model): string[] {
  const { model, inDoubt } = worker;
  const asBefore = differences(model, found);
  if (asBefore.length === 0 || inDoubt === null) {
    worker.settle(false);
    return asBefore.map((fault) => `${worker.prefix}: ${fault}`);
  }
  const asAfter = differences(applied(model, inDoubt.operation), found);
  worker.settle(asAfter.length === 0);
  if (asAfter.length === 0) return [];
  const what = `${worker.prefix}: neither as before nor as after ${inDoubt.operation.type}`;
  return [`${what}: before: ${asBefore.slice(0, 3).join("; ")}: after: ${asAfter.slice(0, 3).join("; ")}`];
}

function vectorFaults({ memories, vectors }: Found): string[] {
  return [...memories].flatMap(([text, oid]) => vectors.has(oid) ? [] : [`"${text}" has no vector`]);
}

async function positionsIn(store: Store): Promise<Set<Position>> {
  const positions = new Set<Position>();
  for (let after = startOfEpoch(1);;) {
    const page = await store.log({ limit: 1_000, after });
    for (const { position } of page) positions.add(position);
    if (page.length < 1_000) return positions;
    after = page.at(-1)!.position;
  }
}

/** As of its own position, a slot holds what was set. */
async function pastFaults(
  store: Store,
  acknowledged: readonly Acknowledged[],
  { oids }: Found,
): Promise<string[]> {
  const faults: string[] = [];
  for (const { position, operation } of acknowledged) {
    const oid = operation.type === "set" ? oids.get(operation.object) : undefined;
    if (operation.type !== "set" || oid === undefined || position < store.history.horizon) continue;
    const restored = restore(oid, await store.asOf(position).get(keys.object(oid)));
    const value = restored.ok ? dataOf(restored.snapshot.context.slots[operation.slot]) : restored.reason;
    if (value !== operation.value) {
      faults.push(`${operation.object} ${operation.slot} as of ${position} is another`);
    }
  }
  return faults;
}
