/**
 * The mind behind a real Ollama server, through the `ollama` package. Every answer of the server is validated;
 * whatever goes wrong is a `MindError`; an abort reaches the server at once by closing the connection.
 */
import { type ChatRequest, Ollama } from "ollama/browser";
import { MindError, mindFailed, mindTimeout, reasonOf } from "./errors.ts";
import { type GuardedCall, guardedFetch } from "./guarded_fetch.ts";
import { type MindTimeouts, mindTimeouts, probeTimeoutMs, unloadPollMs } from "./limits.ts";
import type {
  GenerateRequest,
  LoadedModel,
  Mind,
  MindModel,
  MindProbe,
  MindToken,
  PullProgress,
} from "./mind.ts";
import { checkModelName, sameModel } from "./model_name.ts";
import { heldFormat } from "./held_format.ts";
import { ModelContexts } from "./model_contexts.ts";
import { ollamaHost } from "./ollama_host.ts";
import {
  chatChunkSchema,
  checked,
  psSchema,
  pullProgressSchema,
  showSchema,
  tagsSchema,
} from "./ollama_schemas.ts";
import { systemClock, type WatchdogClock } from "./watchdog.ts";

export interface OllamaMindOptions {
  /** As `OLLAMA_HOST` has it. @throws MindError `mind_host_invalid` when it cannot be an address */
  readonly host?: string | undefined;
  readonly timeouts?: Partial<MindTimeouts>;
  readonly clock?: WatchdogClock;
}

export class OllamaMind implements Mind {
  readonly name = "ollama";
  readonly host: string;
  readonly #timeouts: MindTimeouts;
  readonly #clock: WatchdogClock;
  readonly #contexts = new ModelContexts((model) => this.#contextOf(model));

  constructor(options: OllamaMindOptions = {}) {
    this.host = ollamaHost(options.host);
    this.#timeouts = { ...mindTimeouts, ...options.timeouts };
    this.#clock = options.clock ?? systemClock;
  }

  async probe(signal?: AbortSignal): Promise<MindProbe> {
    try {
      const firstMs = Math.min(probeTimeoutMs, this.#timeouts.connectMs);
      return { available: true, host: this.host, models: await this.#tags({ firstMs, signal }) };
    } catch (cause) {
      return { available: false, host: this.host, reason: reasonOf(cause), models: [] };
    }
  }

  models(signal?: AbortSignal): Promise<MindModel[]> {
    return this.#tags({ firstMs: this.#timeouts.connectMs, signal });
  }

  async loaded(signal?: AbortSignal): Promise<LoadedModel[]> {
    const answer: unknown = await this.#client({ firstMs: this.#timeouts.connectMs, signal }).ps();
    const { models } = checked(psSchema, answer, { host: this.host, what: "/api/ps" });
    return (models ?? []).map((each) => ({
      model: each.name,
      bytes: Math.max(each.size, each.size_vram),
      vramBytes: each.size_vram,
      ...(each.context_length == null ? {} : { contextTokens: each.context_length }),
    }));
  }

  async unload(model: string, signal?: AbortSignal): Promise<void> {
    const untilMs = this.#clock.now() + this.#timeouts.unloadMs;
    await this.#client({ firstMs: this.#timeouts.unloadMs, signal, model }).chat({
      model,
      messages: [],
      keep_alive: 0,
    });
    while ((await this.loaded(signal)).some((each) => sameModel(each.model, model))) {
      if (this.#clock.now() > untilMs) {
        throw mindTimeout(this.host, `unload "${model}"`, "unloadMs", this.#timeouts.unloadMs);
      }
      await new Promise<void>((wake) => this.#clock.setTimeout(wake, unloadPollMs));
      signal?.throwIfAborted();
    }
  }

  async *generate(request: GenerateRequest): AsyncGenerator<MindToken> {
    const leave = new AbortController();
    const client = this.#client({
      firstMs: this.#timeouts.firstTokenMs,
      betweenMs: this.#timeouts.betweenTokensMs,
      model: request.model,
      signal: AbortSignal.any([request.signal, leave.signal]),
    });
    try {
      let finished = false;
      for await (const chunk of await client.chat(chatRequest(request))) {
        const part = checked(chatChunkSchema, chunk, { host: this.host, what: "/api/chat" });
        const token = part.message?.content ?? "";
        if (token !== "") yield { token };
        if (!part.done) continue;
        finished = true;
        yield {
          done: true,
          tokens: part.eval_count ?? 0,
          model: part.model,
          ...(part.prompt_eval_count === undefined ? {} : { promptTokens: part.prompt_eval_count }),
        };
      }
      if (!finished) throw mindFailed(this.host, "its answer ended before it was done");
    } catch (cause) {
      throw this.#typed(cause, request.signal);
    } finally {
      leave.abort();
    }
  }

  async *pull(model: string, signal: AbortSignal): AsyncGenerator<PullProgress> {
    checkModelName(model);
    const leave = new AbortController();
    const client = this.#client({
      firstMs: this.#timeouts.pullSilenceMs,
      betweenMs: this.#timeouts.pullSilenceMs,
      signal: AbortSignal.any([signal, leave.signal]),
    });
    try {
      for await (const report of await client.pull({ model, stream: true })) {
        yield checked(pullProgressSchema, report, { host: this.host, what: "/api/pull" });
      }
    } catch (cause) {
      throw this.#typed(cause, signal);
    } finally {
      leave.abort();
    }
  }

  async #tags(call: Omit<GuardedCall, "host">): Promise<MindModel[]> {
    const answer: unknown = await this.#client(call).list();
    const { models } = checked(tagsSchema, answer, { host: this.host, what: "/api/tags" });
    const installed = (models ?? []).map(({ name, size, digest, details }) => ({
      model: name,
      bytes: size,
      ...(digest === undefined ? {} : { digest }),
      // Models of the BERT families read, and do not speak.
      ...(/bert/i.test(details?.family ?? "") ? { embedsOnly: true as const } : {}),
    }));
    return await this.#contexts.addTo(installed);
  }

  async #contextOf(model: string): Promise<number | null> {
    const firstMs = Math.min(probeTimeoutMs, this.#timeouts.connectMs);
    const answer: unknown = await this.#client({ firstMs, model }).show({ model });
    return checked(showSchema, answer, { host: this.host, what: "/api/show" });
  }

  /** The package binds `fetch` to a client, so each call has a client of its own: an object, no connection. */
  #client(call: Omit<GuardedCall, "host">): Ollama {
    return new Ollama({
      host: this.host,
      fetch: guardedFetch({ ...call, host: this.host, clock: this.#clock }),
    });
  }

  #typed(cause: unknown, signal: AbortSignal): unknown {
    if (cause instanceof MindError || signal.aborted) return cause;
    return mindFailed(this.host, `its answer ended before it was done (${reasonOf(cause)})`, { cause });
  }
}

function chatRequest(request: GenerateRequest): ChatRequest & { stream: true } {
  return {
    model: request.model,
    messages: request.messages.map(({ role, content }) => ({ role, content })),
    stream: true,
    ...(request.options === undefined ? {} : { options: request.options }),
    ...(request.format === undefined ? {} : { format: heldFormat(request.format) as string | object }),
    ...(request.keepAlive === undefined ? {} : { keep_alive: keepAlive(request.keepAlive) }),
  };
}

/** Ollama takes a number of seconds or a duration with a unit; a person may well write "-1" or "0". */
function keepAlive(value: string | number): string | number {
  return typeof value === "string" && /^-?\d+$/.test(value.trim()) ? Number(value) : value;
}
