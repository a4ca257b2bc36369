/** Exchange with an image behind a server: streams in both directions, so that no size is held in memory here. */
import { z } from "zod";
import { errorBodySchema } from "../protocol.ts";
import {
  type ExchangeDoor,
  type ExchangeOptions,
  type ExportRequest,
  type ImportMessage,
  importMessageSchema,
  type ImportRequest,
  type IngestMemory,
  type IngestReport,
  ingestReportSchema,
} from "./exchange_door.ts";
import { badAnswer, RemoteError, unreachable } from "./remote_error.ts";

export interface RemoteExchangeOptions {
  readonly url: string;
  /** Answers with a response that is `ok`. @throws {RemoteError} */
  readonly request: (path: string, init: RequestInit) => Promise<Response>;
  /** Aborts when the door is closed. */
  readonly closed: AbortSignal;
}

const messageSchema = z.union([errorBodySchema, importMessageSchema]);

export class RemoteExchange implements ExchangeDoor {
  readonly #options: RemoteExchangeOptions;

  constructor(options: RemoteExchangeOptions) {
    this.#options = options;
  }

  async *export(request: ExportRequest = {}, options: ExchangeOptions = {}): AsyncGenerator<Uint8Array> {
    const query = new URLSearchParams();
    for (const name of request.objects ?? []) query.append("object", name);
    if (request.vectors !== undefined) query.set("vectors", String(request.vectors));
    if (request.as !== undefined) query.set("as", request.as);
    const signal = this.#signal(options);
    const response = await this.#options.request(`/api/export?${query}`, { signal });
    yield* this.#body(response, signal);
  }

  async *import(
    archive: AsyncIterable<Uint8Array>,
    request: ImportRequest = {},
    options: ExchangeOptions = {},
  ): AsyncGenerator<ImportMessage> {
    const query = request.onConflict === undefined ? "" : `?onConflict=${request.onConflict}`;
    const signal = this.#signal(options);
    const response = await this.#options.request(`/api/import${query}`, {
      method: "POST",
      body: ReadableStream.from(archive),
      headers: { "content-type": "application/x-ndjson", ...whoIs(options) },
      signal,
    });
    let waiting = "";
    for await (const text of decoded(this.#body(response, signal))) {
      const lines = (waiting + text).split("\n");
      waiting = lines.pop()!;
      for (const line of lines) yield this.#message(line, response.status);
    }
    if (waiting !== "") throw badAnswer(this.#options.url, response.status, "a message without its end");
  }

  async ingest(memories: readonly IngestMemory[], options: ExchangeOptions = {}): Promise<IngestReport> {
    const response = await this.#options.request("/api/ingest", {
      method: "POST",
      body: JSON.stringify({ memories }),
      headers: { "content-type": "application/json", ...whoIs(options) },
      signal: this.#signal(options),
    });
    const parsed = ingestReportSchema.safeParse(await response.json());
    if (!parsed.success) throw badAnswer(this.#options.url, response.status, z.prettifyError(parsed.error));
    return parsed.data;
  }

  #message(line: string, status: number): ImportMessage {
    const parsed = messageSchema.safeParse(JSON.parse(line));
    if (!parsed.success) throw badAnswer(this.#options.url, status, z.prettifyError(parsed.error));
    if ("error" in parsed.data) throw new RemoteError(parsed.data.error, status);
    return parsed.data;
  }

  async *#body(response: Response, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    if (response.body === null) return;
    try {
      // A fetch can forget its signal once its answer has begun; a pipe does not.
      yield* response.body.pipeThrough(new TransformStream<Uint8Array, Uint8Array>(), { signal });
    } catch (cause) {
      throw unreachable(this.#options.url, cause);
    }
  }

  #signal({ signal }: ExchangeOptions): AbortSignal {
    const { closed } = this.#options;
    return signal === undefined ? closed : AbortSignal.any([signal, closed]);
  }
}

function whoIs({ who }: ExchangeOptions): Record<string, string> {
  return who === undefined ? {} : { "telos-who": who };
}

async function* decoded(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true });
  yield decoder.decode();
}
