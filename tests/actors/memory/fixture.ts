/** A living image whose memory is real: the store, the index in its worker, and an embedder whose model may come and go. */
import assert from "node:assert/strict";
import { Memory } from "../../../actors/memory/mod.ts";
import { spawnChild, workerUrl } from "../../../actors/system/assets.ts";
import type { MemoryContext, MemoryStatus } from "../../../actors/system/mod.ts";
import {
  Embedder,
  type EmbedderOptions,
  ExactIndex,
  LexicalIndex,
  type LexicalIndexOptions,
  type ModelSource,
  modelSource,
  pinnedModels,
} from "../../../vector/mod.ts";
import { openTestImage, type TestImage } from "../../support/image.ts";
import { realModels, testWithModel } from "../../vector/embedding/fixture.ts";
import { kernel, worker } from "../../vector/exact/fixture.ts";

export { realModels, testWithModel };
export const noModel: ModelSource = { find: () => Promise.resolve({ reasons: ["none on purpose"] }) };
export const realModel: ModelSource = modelSource({ folder: realModels, cache: null });

export const modelSpace = pinnedModels[0]!.space;

/** A source whose model can be put there and taken away. */
export class Arriving implements ModelSource {
  there = false;
  find(options: Parameters<ModelSource["find"]>[0]) {
    return (this.there ? realModel : noModel).find(options);
  }
}

export interface MemoryParts {
  readonly models?: ModelSource;
  readonly spawn?: EmbedderOptions["spawn"];
  readonly bounds?: EmbedderOptions["bounds"];
  readonly readyWaitMs?: number;
  readonly worker?: URL;
  readonly startLexical?: (options: Omit<LexicalIndexOptions, "worker">) => Promise<LexicalIndex>;
  readonly onArchiveChild?: (child: Deno.ChildProcess) => void;
}

export interface ImageWithMemory extends TestImage {
  /** The embedder and the index of the memory that was started last. */
  readonly parts: {
    embedder: Embedder | null;
    index: ExactIndex | null;
    memory: Memory | null;
    starts: number;
  };
  recall(query: string, k?: number): Promise<string[]>;
  remember(...texts: string[]): Promise<string[]>;
}

const who = "a test";

/** Opens an image, and waits until its memory has started; what that has to fill or load may still be under way. */
export async function openWithMemory(
  options: MemoryParts & { readonly folder?: string; readonly crash?: (point: string) => void } = {},
): Promise<ImageWithMemory> {
  const parts: ImageWithMemory["parts"] = { embedder: null, index: null, memory: null, starts: 0 };
  const startMemory = async (context: MemoryContext) => {
    parts.starts++;
    return parts.memory = await Memory.start({
      ...context,
      ...(options.crash === undefined ? {} : { crash: options.crash }),
      ...(options.readyWaitMs === undefined ? {} : { readyWaitMs: options.readyWaitMs }),
      startEmbedder: (onStatus) =>
        parts.embedder = Embedder.start({
          spawn: options.spawn ?? (() => spawnChild("embedder")),
          models: options.models ?? noModel,
          onStatus,
          ...(options.bounds === undefined ? {} : { bounds: options.bounds }),
        }),
      archive: {
        spawn: () => {
          const child = spawnChild("archive_builder");
          options.onArchiveChild?.(child);
          return child;
        },
        kernel,
      },
      startIndex: async (dimensions, onFailure) => {
        const index = ExactIndex.start({ dimensions, worker: options.worker ?? worker, kernel, onFailure });
        return parts.index = await index;
      },
      startLexical: options.startLexical ??
        ((options) => LexicalIndex.start({ ...options, worker: workerUrl("lexical") })),
    });
  };
  const { folder, crash } = options;
  const image = await openTestImage({
    startMemory,
    ...(folder === undefined ? {} : { folder }),
    ...(crash === undefined ? {} : { crash }),
  });
  const opened: ImageWithMemory = {
    ...image,
    parts,
    [Symbol.asyncDispose]: image[Symbol.asyncDispose],
    recall: async (query, k = 3) => (await image.image.memories.recall(query, k)).map(({ text }) => text),
    remember: async (...texts) =>
      (await image.image.memories.remember(texts.map((text) => ({ text })), { who })).value,
  };
  await memoryUntil(opened, () => true);
  return opened;
}

/** Waits for a state that comes by itself, bounded. */
export async function memoryUntil(
  image: ImageWithMemory,
  wanted: (status: MemoryStatus) => boolean,
): Promise<MemoryStatus> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const status = image.parts.memory?.status;
    if (status !== undefined && wanted(status)) return status;
    if (performance.now() > deadline) {
      assert.fail(`the memory never became as wanted: ${JSON.stringify(status)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** What is stored under `["vector", space]`, by oid. */
export async function storedRows(image: ImageWithMemory, space: string): Promise<string[]> {
  const oids: string[] = [];
  for await (const { key } of image.image.store.list(["vector", space])) oids.push(String(key.at(-1)));
  return oids.sort();
}

/** Resolves once the model's space serves, whole. */
export function servesModel(image: ImageWithMemory) {
  return memoryUntil(
    image,
    ({ space, index }) =>
      space.id === modelSpace.id && index.state === "ready" && index.progress === undefined,
  );
}

/** Seals when more than so many rows are in working memory. */
export async function threshold({ image }: ImageWithMemory, rows: number): Promise<void> {
  await image.operations.setSlot("archive_manager", "threshold_rows", rows, { who });
}

/** Resolves once so many rows are in the archive, and working memory has let go of what that covers. */
export function isSealed(image: ImageWithMemory, rows: number) {
  return memoryUntil(
    image,
    ({ L1, L2, archive }) => archive.state === "idle" && L2.rows >= rows && L1.rows < rows,
  );
}
