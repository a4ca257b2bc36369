/** A living image in this process, put together as `main.ts` does, with the embedding model of `TELOS_SHARED`. */
import { join } from "node:path";
import { Memory } from "../../actors/memory/mod.ts";
import { RecallMind } from "../../actors/minds/mod.ts";
import { Sandbox } from "../../actors/sandbox/mod.ts";
import { readAsset, sandboxParts, spawnChild, workerUrl } from "../../actors/system/assets.ts";
import { LivingImage, type MemoryContext } from "../../actors/system/mod.ts";
import { Embedder, ExactIndex, LexicalIndex, type ModelSource, modelSource } from "../../vector/mod.ts";
import { sharedFolder } from "./python.ts";

export interface BenchImage extends AsyncDisposable {
  readonly image: LivingImage;
  /** The embedder alone, as the memory uses it. */
  readonly embedder: () => Embedder;
  /** @throws {Error} before it has started */
  readonly memory: () => Memory;
}

/** Where the embedding model is that the bench measures with. */
export function modelsFolder(): string {
  return Deno.env.get("TELOS_MODELS") ?? join(sharedFolder(), "models");
}

export interface BenchImageOptions {
  /** Called at each crash point. */
  readonly crash?: (point: string) => void;
  /** Where the embedding model comes from; default: the folder of `TELOS_SHARED`. */
  readonly models?: ModelSource;
}

export async function openBenchImage(folder: string, options: BenchImageOptions = {}): Promise<BenchImage> {
  const { crash, models = modelSource({ folder: modelsFolder(), cache: null }) } = options;
  const crashes = crash === undefined ? {} : { crash };
  let embedder: Embedder | undefined;
  let memory: Memory | undefined;
  const startMemory = async (context: MemoryContext) => {
    const kernel = await readAsset("exact.wasm");
    return memory = await Memory.start({
      ...context,
      ...crashes,
      archive: { spawn: () => spawnChild("archive_builder"), kernel },
      startEmbedder: (onStatus) =>
        embedder = Embedder.start({ spawn: () => spawnChild("embedder"), models, onStatus }),
      startIndex: (dimensions, onFailure) =>
        ExactIndex.start({ dimensions, worker: workerUrl("exact"), kernel, onFailure }),
      startLexical: (options) => LexicalIndex.start({ ...options, worker: workerUrl("lexical") }),
    });
  };
  const image = await LivingImage.open({
    folder,
    version: "bench",
    ...crashes,
    startSandbox: () => Sandbox.start(sandboxParts()),
    startMemory,
    minds: [new RecallMind()],
  });
  return {
    image,
    embedder: () => {
      if (embedder === undefined) throw new Error("The embedder was not started");
      return embedder;
    },
    memory: () => {
      if (memory === undefined) throw new Error("The memory was not started");
      return memory;
    },
    [Symbol.asyncDispose]: () => image.close(),
  };
}

/** No model: memory finds by words, and no process is started for it. */
export const wordsOnly: ModelSource = {
  find: () => Promise.resolve({ reasons: ["none is asked for here"] }),
};

/** Waits until the memory has the real model. @throws {Error} when it does not come up within a minute */
export async function untilEmbedding(bench: BenchImage): Promise<void> {
  await untilReady(bench, 60_000, ({ embedder, index }) => embedder === "ready" && index === "ready");
}

/** Waits until every row is found, with a model or without. @throws {Error} when that takes more than twenty minutes */
export async function untilIndexed(bench: BenchImage): Promise<void> {
  await untilReady(bench, 1_200_000, ({ embedder, index }) => embedder !== "starting" && index === "ready");
}

/** Waits until every word is found. @throws {Error} when that takes more than twenty minutes */
export async function untilWords(bench: BenchImage): Promise<void> {
  await untilReady(bench, 1_200_000, ({ lexical }) => lexical === "ready");
}

async function untilReady(
  { image }: BenchImage,
  withinMs: number,
  isReady: (states: Readonly<Record<"embedder" | "index" | "lexical", string>>) => boolean,
): Promise<void> {
  const until = performance.now() + withinMs;
  for (;;) {
    const { ready } = image.health;
    const states = {
      embedder: ready.embedder.state,
      index: ready.index.state,
      lexical: ready.lexical.state,
    };
    if (isReady(states)) return;
    if (performance.now() > until) throw new Error(`The memory is not ready: ${JSON.stringify(ready)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
