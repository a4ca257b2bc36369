/** A fresh image in a temporary folder for one evaluation: the real store, world, sandbox and kernel; memory by words. */
import { Memory } from "../../actors/memory/mod.ts";
import type { Mind } from "../../actors/minds/mod.ts";
import { Sandbox } from "../../actors/sandbox/mod.ts";
import { readAsset, sandboxParts, spawnChild, workerUrl } from "../../actors/system/assets.ts";
import { LivingImage, type MemoryContext } from "../../actors/system/mod.ts";
import { LocalDoor } from "../../ui/door/mod.ts";
import { Embedder, ExactIndex, LexicalIndex } from "../../vector/mod.ts";

export interface EvalImage extends AsyncDisposable {
  readonly door: LocalDoor;
}

export async function openEvalImage(minds: readonly [Mind, ...Mind[]]): Promise<EvalImage> {
  const folder = await Deno.makeTempDir({ prefix: "telos-eval-" });
  const image = await LivingImage.open({
    folder,
    version: "eval",
    startSandbox: () => Sandbox.start(sandboxParts()),
    startMemory,
    minds,
  });
  const door = new LocalDoor(image);
  return {
    door,
    [Symbol.asyncDispose]: async () => {
      await door.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

async function startMemory(context: MemoryContext): Promise<Memory> {
  const kernel = await readAsset("exact.wasm");
  const models = {
    find: () => Promise.resolve({ reasons: ["methods are written without a model of vectors"] }),
  };
  return await Memory.start({
    ...context,
    archive: { spawn: () => spawnChild("archive_builder"), kernel },
    startEmbedder: (onStatus) => Embedder.start({ spawn: () => spawnChild("embedder"), models, onStatus }),
    startIndex: (dimensions, onFailure) =>
      ExactIndex.start({ dimensions, worker: workerUrl("exact"), kernel, onFailure }),
    startLexical: (options) => LexicalIndex.start({ ...options, worker: workerUrl("lexical") }),
  });
}
