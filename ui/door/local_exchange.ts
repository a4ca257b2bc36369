/** Exchange with an image that is open in this process. */
import {
  blueprintOf,
  exportArchive,
  importArchive,
  ingestMemories,
  readArchive,
} from "../../actors/exchange/mod.ts";
import type { LivingImage } from "../../actors/system/mod.ts";
import {
  type ExchangeDoor,
  type ExchangeOptions,
  type ExportRequest,
  exportRequestSchema,
  type ImportMessage,
  type ImportRequest,
  importRequestSchema,
  type IngestMemory,
  type IngestReport,
  ingestRequestSchema,
} from "./exchange_door.ts";
import { WrongShapeError } from "./wrong_shape_error.ts";
import type { z } from "zod";

export class LocalExchange implements ExchangeDoor {
  readonly #image: LivingImage;

  constructor(image: LivingImage) {
    this.#image = image;
  }

  async *export(request: ExportRequest = {}, options: ExchangeOptions = {}): AsyncGenerator<Uint8Array> {
    const { objects, vectors, as } = read(exportRequestSchema, request);
    const { world, store } = this.#image;
    const encoder = new TextEncoder();
    const roots = objects === undefined
      ? undefined
      : await Promise.all(objects.map((name) => world.resolve(name)));
    const lines = as === "blueprint" ? blueprintOf(store) : exportArchive(store, { roots, vectors });
    for await (const line of lines) {
      options.signal?.throwIfAborted();
      yield encoder.encode(line);
    }
  }

  async *import(
    archive: AsyncIterable<Uint8Array>,
    request: ImportRequest = {},
    options: ExchangeOptions = {},
  ): AsyncGenerator<ImportMessage> {
    const { onConflict } = read(importRequestSchema, request);
    const whole = await readArchive(archive);
    const total = whole.head.objects;
    yield { progress: { phase: "reading", done: total, total } };
    const gone = new AbortController();
    const signal = options.signal === undefined
      ? gone.signal
      : AbortSignal.any([options.signal, gone.signal]);
    const { world } = this.#image;
    yield* new ReadableStream<ImportMessage>({
      start: (controller) => {
        importArchive({ world, memory: () => this.#image.memory() }, whole, {
          who: options.who ?? "person",
          onConflict,
          signal,
          onProgress: (progress) => signal.aborted || controller.enqueue({ progress }),
        }).then((report) => {
          if (gone.signal.aborted) return;
          controller.enqueue({ report });
          controller.close();
        }).catch((error) => controller.error(error));
      },
      // Nobody waits for it any more: what is not decided yet is given up.
      cancel: (reason) => gone.abort(reason),
    });
  }

  async ingest(memories: readonly IngestMemory[], options: ExchangeOptions = {}): Promise<IngestReport> {
    const { memories: checked } = read(ingestRequestSchema, { memories: [...memories] });
    const ports = { world: this.#image.world, memory: () => this.#image.memory() };
    return await ingestMemories(ports, checked, options.who ?? "person");
  }
}

function read<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value, { reportInput: true });
  if (!parsed.success) throw new WrongShapeError(value, parsed.error);
  return parsed.data;
}
