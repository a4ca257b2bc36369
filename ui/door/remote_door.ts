/**
 * The door to an image that is open behind a server: commands and questions over HTTP, the stream over server-sent
 * events. Everything that comes back is checked against the contract. The stream is joined again after every cut,
 * from the last position that was seen, so that nothing is missing and nothing comes twice.
 */
import { z } from "zod";
import {
  backupsViewSchema,
  canvasViewSchema,
  childrenViewSchema,
  type CommandInput,
  type CommandResult,
  commandResultSchema,
  conversationViewSchema,
  curationViewSchema,
  diffViewSchema,
  errorBodySchema,
  type ExportFormat,
  healthSchema,
  historyViewSchema,
  ingestViewSchema,
  logViewSchema,
  memoryCheckSchema,
  modelsViewSchema,
  objectViewSchema,
  promptsViewSchema,
  proposalsViewSchema,
  questionAnswerSchema,
  type QuestionQuery,
  recallHitSchema,
  threadsViewSchema,
  usageViewSchema,
} from "../protocol.ts";
import type {
  CommandOptions,
  DiffQuery,
  Door,
  EventsOptions,
  LogQuery,
  ObjectsQuery,
  RecallQuestion,
  StreamMessage,
  VerifyQuery,
} from "./door.ts";
import type { ExchangeDoor } from "./exchange_door.ts";
import { HEALTH_MS_MAX, LONG_COMMAND_MS_MAX, REQUEST_MS_MAX } from "./limits.ts";
import { inPath, requireName } from "./name_in_path.ts";
import { badAnswer, otherVersion, RemoteError, unreachable } from "./remote_error.ts";
import { RemoteExchange } from "./remote_exchange.ts";
import { readVerifyLines } from "./remote_verify.ts";
import { followStream, type StreamTiming } from "./remote_stream.ts";

export interface RemoteDoorOptions {
  /** Where the server listens, as `server.json` says: `http://127.0.0.1:4680`. */
  readonly url: string;
  readonly token?: string;
  readonly fetch?: typeof fetch;
  readonly timing?: Partial<StreamTiming>;
}

/** What takes as long as the image is large. */
const LONG_COMMANDS: ReadonlySet<string> = new Set(["FORK", "MERGE", "PRUNE", "SEND"]);

interface Asked extends RequestInit {
  /** When it is given up, in ms. */
  readonly msMax?: number;
}

export class RemoteDoor implements Door {
  readonly url: string;
  readonly exchange: ExchangeDoor;
  readonly #token: string | undefined;
  readonly #fetch: typeof fetch;
  readonly #timing: Partial<StreamTiming>;
  readonly #closed = new AbortController();

  constructor(options: RemoteDoorOptions) {
    this.url = options.url.replace(/\/+$/, "");
    this.#token = options.token;
    this.#fetch = options.fetch ?? fetch;
    this.#timing = options.timing ?? {};
    this.exchange = new RemoteExchange({
      url: this.url,
      closed: this.#closed.signal,
      request: async (path, init) => {
        const response = await this.#request(path, init);
        if (!response.ok) throw await this.#refusal(response);
        return response;
      },
    });
  }

  async command(command: CommandInput, options: CommandOptions = {}): Promise<CommandResult> {
    const msMax = LONG_COMMANDS.has(command.command) ? LONG_COMMAND_MS_MAX : REQUEST_MS_MAX;
    return await this.#ask("/api/commands", commandResultSchema, {
      msMax,
      method: "POST",
      body: JSON.stringify(command),
      headers: {
        "content-type": "application/json",
        ...(options.who === undefined ? {} : { "telos-who": options.who }),
        ...(options.idempotencyKey === undefined ? {} : { "idempotency-key": options.idempotencyKey }),
      },
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    }) as CommandResult;
  }

  async object(name: string, options: { readonly asOf?: string } = {}) {
    return await this.#ask(`/api/objects/${inPath(name)}${query({ ...options })}`, objectViewSchema);
  }

  objects(question: ObjectsQuery = {}) {
    return this.#ask(`/api/objects${query({ ...question })}`, childrenViewSchema);
  }

  async children(name: string, options: { readonly after?: string; readonly limit?: number } = {}) {
    return await this.#ask(`/api/children/${inPath(name)}${query({ ...options })}`, childrenViewSchema);
  }

  async verify(options: VerifyQuery = {}) {
    const { repair = false, onProgress = () => {}, signal } = options;
    const ended = AbortSignal.any([this.#closed.signal, ...(signal === undefined ? [] : [signal])]);
    const response = await this.#request("/api/verify", { method: repair ? "POST" : "GET", signal: ended });
    if (!response.ok || response.body === null) throw await this.#refusal(response);
    const body = response.body.pipeThrough(new TransformStream(), { signal: ended });
    return await readVerifyLines(this.url, body, onProgress);
  }

  async canvas(name: string, options: { readonly asOf?: string } = {}) {
    return await this.#ask(`/api/canvas/${inPath(name)}${query({ ...options })}`, canvasViewSchema);
  }

  conversation(thread: string, options: { readonly limit?: number } = {}) {
    return this.#ask(`/api/conversation${query({ thread, ...options })}`, conversationViewSchema);
  }

  threads() {
    return this.#ask("/api/threads", threadsViewSchema);
  }

  usage() {
    return this.#ask("/api/usage", usageViewSchema);
  }

  async exportThread(thread: string, format: ExportFormat) {
    const signal = AbortSignal.any([AbortSignal.timeout(REQUEST_MS_MAX), this.#closed.signal]);
    const response = await this.#request(`/api/conversation/export${query({ thread, format })}`, { signal });
    if (!response.ok) throw await this.#refusal(response);
    return await this.#text(response);
  }

  async prompts(exchange: string) {
    return await this.#ask(`/api/prompts/${inPath(exchange)}`, promptsViewSchema);
  }

  recall({ filter: { slots, ...filter } = {}, ...question }: RecallQuestion) {
    const chosen = { ...filter, ...(slots === undefined ? {} : { slots: JSON.stringify(slots) }) };
    return this.#ask(`/api/recall${query({ ...question, ...chosen })}`, z.array(recallHitSchema));
  }

  question(asked: QuestionQuery) {
    const given = "q" in asked ? asked : { structured: JSON.stringify(asked.structured) };
    return this.#ask(`/api/question${query(given)}`, questionAnswerSchema);
  }

  checkMemory() {
    return this.#ask("/api/memory/check", memoryCheckSchema);
  }

  async log(question: LogQuery = {}) {
    if (question.object !== undefined) requireName(question.object);
    return (await this.#ask(`/api/log${query({ ...question })}`, logViewSchema)).thoughts;
  }

  async diff(question: DiffQuery) {
    if (question.object !== undefined) requireName(question.object);
    return await this.#ask(`/api/diff${query({ ...question })}`, diffViewSchema);
  }

  history() {
    return this.#ask("/api/history", historyViewSchema);
  }

  async proposals() {
    return (await this.#ask("/api/proposals", proposalsViewSchema)).proposals;
  }

  models() {
    return this.#ask("/api/models", modelsViewSchema);
  }

  ingest() {
    return this.#ask("/api/ingest", ingestViewSchema);
  }

  backups() {
    return this.#ask("/api/backups", backupsViewSchema);
  }

  curation() {
    return this.#ask("/api/curation", curationViewSchema);
  }

  health() {
    return this.#ask("/health", healthSchema, { signal: AbortSignal.timeout(HEALTH_MS_MAX) });
  }

  events(options: EventsOptions): AsyncIterable<StreamMessage> {
    return followStream({
      ...options,
      signal: AbortSignal.any([options.signal, this.#closed.signal]),
      timing: this.#timing,
      connect: async (after, signal) => {
        const response = await this.#request(`/events${query({ after })}`, { signal });
        if (response.ok && response.body !== null) {
          // Deno 2.9 forgets to end the body of a fetch once the garbage collector has been by; a pipe holds its signal.
          return response.body.pipeThrough(new TransformStream(), { signal });
        }
        throw await this.#refusal(response);
      },
    });
  }

  close(): Promise<void> {
    this.#closed.abort();
    return Promise.resolve();
  }

  async #ask<T>(path: string, schema: z.ZodType<T>, asked: Asked = {}): Promise<T> {
    const { msMax = REQUEST_MS_MAX, ...init } = asked;
    const signals = [AbortSignal.timeout(msMax), this.#closed.signal];
    if (init.signal) signals.push(init.signal);
    const response = await this.#request(path, { ...init, signal: AbortSignal.any(signals) });
    if (!response.ok) throw await this.#refusal(response);
    const parsed = schema.safeParse(await this.#json(response));
    if (!parsed.success) throw badAnswer(this.url, response.status, z.prettifyError(parsed.error));
    return parsed.data;
  }

  async #request(path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.#token !== undefined) headers.set("authorization", `Bearer ${this.#token}`);
    try {
      return await this.#fetch(this.url + path, { ...init, headers, redirect: "error" });
    } catch (cause) {
      throw unreachable(this.url, cause);
    }
  }

  async #text(response: Response): Promise<string> {
    try {
      return await response.text();
    } catch (cause) {
      throw unreachable(this.url, cause);
    }
  }

  async #json(response: Response): Promise<unknown> {
    const text = await this.#text(response);
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw badAnswer(this.url, response.status, cause instanceof Error ? cause.message : String(cause));
    }
  }

  async #refusal(response: Response): Promise<RemoteError> {
    const parsed = errorBodySchema.safeParse(await this.#json(response));
    if (!parsed.success) return badAnswer(this.url, response.status, "an error without its shape");
    const { error } = parsed.data;
    return error.code === "no_such_route"
      ? otherVersion(this.url, response.status, error)
      : new RemoteError(error, response.status);
  }
}

function query(values: Record<string, string | number | boolean | undefined>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  return parameters.size === 0 ? "" : `?${parameters}`;
}
