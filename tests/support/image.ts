/**
 * A living image in a folder of its own: the real store, the real sandbox, the real memory over lexical hashing, and
 * the mind that quotes memory, unless a test gives others. Every live commit is compared with its committed bytes.
 */
import assert from "node:assert/strict";
import { Memory } from "../../actors/memory/mod.ts";
import { type Mind, RecallMind } from "../../actors/minds/mod.ts";
import { Sandbox } from "../../actors/sandbox/mod.ts";
import { readAsset, sandboxProbe, spawnChild, workerUrl } from "../../actors/system/assets.ts";
import { LivingImage, type LivingImageOptions, type MemoryContext } from "../../actors/system/mod.ts";
import { LocalDoor } from "../../ui/door/mod.ts";
import { Embedder, ExactIndex, LexicalIndex, type ModelSource } from "../../vector/mod.ts";
import { buildKernel } from "../../vector/exact/build_kernel.ts";
import type { Health, StreamEvent } from "../../ui/protocol.ts";

export interface TestImage extends AsyncDisposable {
  readonly folder: string;
  readonly image: LivingImage;
  readonly door: LocalDoor;
  /** What went wrong where nobody waited for an answer. */
  readonly errors: unknown[];
}

export type TestImageOptions =
  & { readonly folder?: string; readonly minds?: readonly [Mind, ...Mind[]] }
  & Partial<Pick<LivingImageOptions, "startMemory" | "startSandbox" | "residentsMax" | "crash" | "clock">>;

/** Everything that `LivingImage.open` takes, with real parts wherever a test gives none. */
export function imageOptions(folder: string, options: TestImageOptions = {}): LivingImageOptions {
  return {
    version: "0.0.0-test",
    verifyEvery: 1,
    startSandbox,
    startMemory,
    ...options,
    folder,
    minds: options.minds ?? [new RecallMind()],
  };
}

export function startSandbox(): Sandbox {
  return Sandbox.start({
    spawn: () => spawnChild("sandbox"),
    wasm: () => readAsset("quickjs.wasm"),
    probe: sandboxProbe(),
    poolSize: 1,
  });
}

/** The memory as it serves where no embedding model is: by words. */
export async function startMemory(context: MemoryContext): Promise<Memory> {
  const kernel = await buildKernel();
  const models: ModelSource = { find: () => Promise.resolve({ reasons: ["this test has no model"] }) };
  return await Memory.start({
    ...context,
    archive: { spawn: () => spawnChild("archive_builder"), kernel },
    startEmbedder: (onStatus) => Embedder.start({ spawn: () => spawnChild("embedder"), models, onStatus }),
    startIndex: (dimensions, onFailure) =>
      ExactIndex.start({ dimensions, worker: workerUrl("exact"), kernel, onFailure }),
    startLexical: (options) => LexicalIndex.start({ ...options, worker: workerUrl("lexical") }),
  });
}

/** Opens an image; closing it removes its folder unless the test gave one, and fails when errors were left behind. */
export async function openTestImage(options: TestImageOptions = {}): Promise<TestImage> {
  const folder = options.folder ?? await Deno.makeTempDir({ prefix: "telos-image-" });
  const errors: unknown[] = [];
  const image = await LivingImage.open({
    ...imageOptions(folder, options),
    onError: (error) => errors.push(error),
  });
  const door = new LocalDoor(image);
  // The memory chooses its space in a thought of its own, which no test should find in the middle of its own.
  if (options.startMemory === undefined) {
    await healthUntil(
      door,
      ({ ready }) => ready.index.state === "ready" && ready.embedder.state === "degraded",
    );
  }
  return {
    folder,
    image,
    door,
    errors,
    [Symbol.asyncDispose]: async () => {
      await door.close();
      if (options.folder === undefined) await Deno.remove(folder, { recursive: true });
      assert.deepEqual(errors, []);
    },
  };
}

/** Resolves with the first event of the stream that `wanted` is content with; it must be joined before it happens. */
export async function nextEvent<Event extends StreamEvent>(
  door: LocalDoor,
  wanted: (event: StreamEvent) => event is Event,
  onOpen: () => void,
): Promise<Event> {
  const controller = new AbortController();
  try {
    for await (const { event } of door.events({ signal: controller.signal, onOpen })) {
      if (wanted(event)) return event;
    }
    throw new Error("the stream ended without it");
  } finally {
    controller.abort();
  }
}

/** Looks at health until it is as wanted; for what happens by itself, bounded. */
export async function healthUntil(door: LocalDoor, wanted: (health: Health) => boolean): Promise<Health> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    const health = await door.health();
    if (wanted(health)) return health;
    if (performance.now() > deadline) {
      throw new Error(`health never became as wanted: ${JSON.stringify(health.actors)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
