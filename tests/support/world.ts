/** A world over a real store in a folder of its own, with every live commit compared with its committed bytes. */
import assert from "node:assert/strict";
import { createNatives, incarnate, newImageBlueprint } from "../../actors/genesis/mod.ts";
import type { NotUnderstoodError } from "../../actors/errors.ts";
import { Sandbox } from "../../actors/sandbox/mod.ts";
import { readAsset, sandboxProbe, spawnChild } from "../../actors/system/assets.ts";
import { setSlot, type UndoRequest, World } from "../../actors/world/mod.ts";
import { openStore, type Store } from "../../kv/mod.ts";

export interface TestWorld extends AsyncDisposable {
  readonly folder: string;
  readonly store: Store;
  readonly world: World;
  readonly sandbox: Sandbox;
  readonly notUnderstood: NotUnderstoodError[];
  readonly drifted: string[];
}

export interface TestWorldOptions {
  readonly folder?: string;
  readonly residentsMax?: number;
  /** Leave the image empty. */
  readonly empty?: boolean;
}

let clockNow = 1_700_000_000_000;

export async function openTestWorld(options: TestWorldOptions = {}): Promise<TestWorld> {
  const folder = options.folder ?? await Deno.makeTempDir({ prefix: "telos-world-" });
  const store = await openStore({ folder, clock: () => clockNow++ });
  const sandbox = Sandbox.start({
    spawn: () => spawnChild("sandbox"),
    wasm: () => readAsset("quickjs.wasm"),
    probe: sandboxProbe(),
    poolSize: 1,
  });
  const notUnderstood: NotUnderstoodError[] = [];
  const drifted: string[] = [];
  const world = new World({
    store,
    natives: createNatives(),
    methods: sandbox,
    verifyEvery: 1,
    onNotUnderstood: (error) => notUnderstood.push(error),
    onDrift: (oid) => drifted.push(oid),
    ...(options.residentsMax === undefined ? {} : { residentsMax: options.residentsMax }),
  });
  world.start((error) => {
    throw error;
  });
  if (!options.empty && (await world.find("genesis")) === null) {
    const genesis = { who: "telos", why: "a new image", kind: "genesis" };
    await world.thought(genesis, (tx) => Promise.resolve(incarnate(tx, newImageBlueprint("test"), clockNow)));
  }
  return {
    folder,
    store,
    world,
    sandbox,
    notUnderstood,
    drifted,
    [Symbol.asyncDispose]: async () => {
      world.stop();
      await sandbox.close();
      await store.close();
      if (options.folder === undefined) await Deno.remove(folder, { recursive: true });
    },
  };
}

/** Who thinks in these tests, and why. */
export const info = { who: "test", why: "a test" };

/** What undo and redo are asked with, where thoughts change objects only. */
export function undoRequest(world: World): UndoRequest {
  return { world, who: "test", putBack: () => assert.fail("these thoughts change objects only") };
}

/** Sets one slot as a thought of its own. */
export async function set(world: World, name: string, slot: string, value: unknown) {
  const oid = await world.resolve(name);
  return await world.thought({ ...info, why: `set ${name} ${slot}` }, (tx) => setSlot(tx, oid, slot, value));
}
