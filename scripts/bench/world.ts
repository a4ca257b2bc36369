/** A world over a real store in this process, with nothing else behind it: no memory, no sandbox, no server. */
import { createNatives } from "../../actors/genesis/mod.ts";
import { World } from "../../actors/world/mod.ts";
import { openStore, type Store } from "../../kv/mod.ts";

export interface BenchWorld extends AsyncDisposable {
  readonly store: Store;
  readonly world: World;
}

export async function openBenchWorld(folder: string): Promise<BenchWorld> {
  const store = await openStore({ folder });
  const world = new World({
    store,
    natives: createNatives(),
    methods: { run: () => Promise.reject(new Error("No method of the image takes part in this row")) },
  });
  world.start((error) => {
    throw error;
  });
  return {
    store,
    world,
    [Symbol.asyncDispose]: async () => {
      world.stop();
      await store.close();
    },
  };
}
