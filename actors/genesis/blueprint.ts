/**
 * How a world is declared: objects by name, with their parents and slots. Names stand for the oids that the objects
 * get; a slot is written in its wire form, so that a blueprint is plain data. A new image is declared so too.
 */
import { v7 as uuidv7 } from "uuid";
import { ImageError } from "../errors.ts";
import {
  checkSlotName,
  type ContextOf,
  findChainFault,
  type Json,
  type ObjectContext,
  type Slot,
  slotFromWire,
  slotSchema,
} from "../object/mod.ts";
import { checkStoredSlot, givenName, isOid, type WorldTransaction } from "../world/mod.ts";
import { BlueprintError } from "./blueprint_error.ts";

export interface BlueprintObject {
  readonly name: string;
  /** Names or oids of objects of the same blueprint. */
  readonly parents: readonly string[];
  /** Wire values: JSON, `{"$ref": name}`, `{"$method": source}`, `{"$native": name}`; `{"$slot": …}` is a stored form. */
  readonly slots: Readonly<Record<string, unknown>>;
}

/** As a document declares it: more may be said, and a name may be missing. */
export interface DeclaredObject extends Omit<BlueprintObject, "name"> {
  /** Null for one that is called nothing, such as a memory. */
  readonly name: string | null;
  /** Default: a new one. */
  readonly oid?: string | undefined;
  /** Milliseconds since 1970. Default: when the world is made. */
  readonly created?: number | undefined;
  /** Where it stands in the document, for errors. */
  readonly path?: string | undefined;
}

/** The objects that a blueprint declares, in its order. @throws {BlueprintError} naming the path */
export function declareObjects(blueprint: readonly DeclaredObject[], now: number): ObjectContext[] {
  const oids = new Map<string, string>();
  const paths = blueprint.map(({ path }, index) => path ?? `objects[${index}]`);
  const own = blueprint.map(({ name, oid, created }, index) => {
    const at = (part: string) => `${paths[index]}.${part}`;
    // One id each millisecond keeps the oids in the blueprint's own order.
    const id = oid ?? uuidv7({ msecs: now + index });
    if (!isOid(id)) throw new BlueprintError(at("oid"), `must be a UUID in small letters: it is "${id}"`);
    const called = name === null ? null : inPath(at("name"), () => givenName(name));
    for (const key of called === null ? [id] : [id, called]) {
      if (oids.has(key)) {
        throw new BlueprintError(at(key === id ? "oid" : "name"), `"${key}" stands there twice`);
      }
      oids.set(key, id);
    }
    return { oid: id, name: called, createdAt: created ?? now };
  });
  const contexts = blueprint.map(({ parents, slots }, index): ObjectContext => ({
    ...own[index]!,
    parents: parents.map((parent, n) => known(oids, parent, `${paths[index]}.parents[${n}]`)),
    slots: Object.fromEntries(
      Object.entries(slots).map(([slot, value]) =>
        [slot, slotOf(slot, value, { oids, path: `${paths[index]}.slots.${slot}` })] as const
      ),
    ),
    reason: null,
  }));
  refuseChainFaults(contexts, paths);
  return contexts;
}

/** Makes every object of a blueprint inside one thought. @returns the oid of each name */
export function incarnate(
  tx: WorldTransaction,
  blueprint: readonly BlueprintObject[],
  now: number,
): Map<string, string> {
  const contexts = declareObjects(blueprint, now);
  for (const context of contexts) tx.create(context);
  return new Map(contexts.flatMap(({ name, oid }) => name === null ? [] : [[name, oid]]));
}

function refuseChainFaults(contexts: readonly ObjectContext[], paths: readonly string[]): void {
  const byOid = new Map(contexts.map((context) => [context.oid, context]));
  const contextOf: ContextOf = (oid) => byOid.get(oid) ?? null;
  for (const [index, { oid, parents }] of contexts.entries()) {
    const fault = findChainFault(oid, parents, contextOf, 0);
    if (fault === null) continue;
    const chain = fault.chain.map((each) => byOid.get(each)?.name ?? each).join(" → ");
    const what = fault.fault === "cycle" ? "comes back to itself" : "goes too deep";
    throw new BlueprintError(`${paths[index]}.parents`, `${what}: ${chain}`);
  }
}

function slotOf(
  slot: string,
  value: unknown,
  { oids, path }: { readonly oids: ReadonlyMap<string, string>; readonly path: string },
): Slot {
  inPath(path, () => checkSlotName(slot));
  if (isStoredForm(value)) {
    const parsed = slotSchema.safeParse(value.$slot);
    if (!parsed.success) throw new BlueprintError(`${path}.$slot`, "is not the stored form of a slot");
    inPath(`${path}.$slot`, () => checkStoredSlot(slot, parsed.data));
    return parsed.data;
  }
  const read = inPath(path, () => slotFromWire(slot, value));
  if (read.kind !== "reference") return read;
  // An oid may lead to nothing, as a reference to an object that was deleted does.
  if (isOid(read.oid)) return read;
  return { ...read, oid: known(oids, read.oid, `${path}.$ref`) };
}

function isStoredForm(value: unknown): value is { readonly $slot: Json } {
  return typeof value === "object" && value !== null && "$slot" in value && Object.keys(value).length === 1;
}

function known(oids: ReadonlyMap<string, string>, name: string, path: string): string {
  const oid = oids.get(name) ?? oids.get(name.normalize("NFC").trim());
  if (oid === undefined) throw new BlueprintError(path, `names "${name}", which the blueprint does not make`);
  return oid;
}

/** What an error of the object model says, with where in the blueprint it is. */
function inPath<T>(path: string, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    if (cause instanceof ImageError) throw new BlueprintError(path, `is refused: ${cause.message}`, cause);
    throw cause;
  }
}
