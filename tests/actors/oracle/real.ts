/** The story told to a real world, and a real world read as the oracle has it. */
import { ImageError, NotUnderstoodError } from "../../../actors/errors.ts";
import { lookup, type ObjectContext, PARENT_SLOT } from "../../../actors/object/mod.ts";
import {
  clone,
  create,
  extend,
  type NativeMethod,
  type NativeTable,
  redo,
  remove,
  removeSlot,
  rename,
  setSlot,
  undo,
  World,
  type WorldTransaction,
} from "../../../actors/world/mod.ts";
import { openStore, type Position, startOfEpoch, type Store } from "../../../kv/mod.ts";
import type { Change, OracleObject, OracleSlot } from "./oracle.ts";
import { PATHS, type Step } from "./script.ts";

/** Small, so that objects are put away and read again all the time. */
const RESIDENTS_MAX = 64;

export interface RealWorld extends AsyncDisposable {
  readonly world: World;
  readonly store: Store;
  /** Where each thought of the story stands, by its number. */
  readonly positions: Position[];
  readonly drifted: readonly string[];
}

export async function openReal(folder: string, crash?: (point: string) => void): Promise<RealWorld> {
  const store = await openStore({ folder, ...(crash === undefined ? {} : { crash }) });
  const drifted: string[] = [];
  const world = new World({
    store,
    natives,
    methods: { run: () => Promise.reject(new Error("this story has no methods written in the image")) },
    residentsMax: RESIDENTS_MAX,
    verifyEvery: 1,
    onDrift: (oid) => drifted.push(oid),
  });
  world.start((error) => {
    throw error;
  });
  const positions: Position[] = [];
  for (let after = startOfEpoch(1);;) {
    const page = await store.log({ after, limit: 1_000 });
    positions.push(...page.map(({ position }) => position));
    if (page.length < 1_000) break;
    after = page.at(-1)!.position;
  }
  return {
    world,
    store,
    positions,
    drifted,
    [Symbol.asyncDispose]: async () => {
      world.stop();
      await store.close();
    },
  };
}

/** Each answers its number and those of the methods behind it, up the chain. */
const paths = Array.from({ length: PATHS }, (_, n): [string, NativeMethod] => [`path.${n}`, {
  doc: "The way up.",
  effect: "read",
  run: (self) => {
    try {
      return [n, ...self.resend("path") as number[]];
    } catch (error) {
      if (error instanceof NotUnderstoodError) return [n];
      throw error;
    }
  },
}]);

const natives: NativeTable = new Map<string, NativeMethod>([
  ...paths,
  ["bump", { doc: "One more.", effect: "write", run: (self) => self.set("n", self.number("n") + 1) }],
]);

/** Carries a step out. @returns null, or the code with which it was refused */
export async function carryOut(real: RealWorld, step: Step): Promise<string | null> {
  try {
    const { position } = await run(real, step);
    real.positions.push(position);
    return null;
  } catch (error) {
    if (error instanceof ImageError) return error.code;
    throw error;
  }
}

async function run({ world, positions }: RealWorld, step: Step): Promise<{ position: Position }> {
  const request = {
    world,
    who: "oracle",
    putBack: () => {
      throw new Error("the story changes objects only");
    },
  };
  if (step.type === "redo") return await redo(request);
  if (step.type === "undo") {
    return await undo(request, step.thought === null ? undefined : positions[step.thought]!);
  }
  const [first] = step.changes;
  if (first?.type === "bump") return await world.deliver(first.oid, "bump", []);
  return await world.thought({ who: "oracle", why: "a step" }, async (tx) => {
    for (const each of step.changes) await change(tx, each);
  });
}

async function change(tx: WorldTransaction, change: Change): Promise<void> {
  const birth = { oid: change.oid, at: 1 };
  switch (change.type) {
    case "create":
      return await create(tx, birth, { name: change.name, parents: change.parents, slots: {} });
    case "extend":
      return await extend(tx, change.source, { ...birth, name: change.name });
    case "clone":
      return await clone(tx, change.source, { ...birth, name: change.name });
    case "set":
      return await setSlot(tx, change.oid, change.slot, wireOf(change.value));
    case "unset":
      return await removeSlot(tx, change.oid, change.slot);
    case "rename":
      return await rename(tx, change.oid, change.name);
    case "parents":
      return await setSlot(tx, change.oid, PARENT_SLOT, change.parents);
    case "delete":
      return void await remove(tx, change.oid, change.cascade);
    case "bump":
      throw new Error("a message is a thought of its own");
  }
}

function wireOf(value: OracleSlot): unknown {
  if ("data" in value) return value.data;
  return "reference" in value ? { $ref: value.reference } : { $native: value.native };
}

/** An object as the oracle has it. */
export function asOracle({ name, parents, slots }: ObjectContext): OracleObject {
  const entries = Object.entries(slots).map(([slot, value]): [string, OracleSlot] => {
    if (value.kind === "data") return [slot, { data: value.value as number }];
    if (value.kind === "reference") return [slot, { reference: value.oid }];
    if (value.kind === "native") return [slot, { native: value.native }];
    throw new Error(`the story makes no slot of kind ${value.kind}`);
  });
  return { name, parents, slots: new Map(entries) };
}

/** Who holds a slot, and what; null when nobody along the chain does. */
export async function findReal({ world }: RealWorld, oid: string, slot: string): Promise<string | null> {
  const found = await world.look((contextOf) => lookup(oid, slot, contextOf));
  return found === null ? null : found.holder;
}
