/**
 * The mind in a process of this program: a small language model from local files, for when no server of models is there.
 * It is started when it is first asked, proves its files then, ends when nobody has asked for a while, and is killed when
 * it is deaf or too big.
 */
import { MindError, reasonOf } from "../errors.ts";
import { type LocalBounds, localBounds } from "../limits.ts";
import type { GenerateRequest, LoadedModel, Mind, MindModel, MindProbe, MindToken } from "../mind.ts";
import { sameModel } from "../model_name.ts";
import { faultOf, findLocalModel, type LocalModel } from "./local_models.ts";
import { LocalProcess } from "./local_process.ts";

export interface LocalMindOptions {
  /** Starts `actors/minds/local/child.ts` with standard input, output and error piped. */
  readonly spawn: () => Deno.ChildProcess;
  /** Models folders, in the order in which they are looked into. */
  readonly folders: readonly string[];
  readonly bounds?: Partial<LocalBounds>;
}

export class LocalMind implements Mind {
  readonly name = "local";
  readonly cannotFormat = true;
  readonly #options: LocalMindOptions;
  readonly #bounds: LocalBounds;
  #process: LocalProcess | null = null;
  /** One answer at a time: what the next one waits for. */
  #last: Promise<unknown> = Promise.resolve();
  #idle: ReturnType<typeof setTimeout> | undefined;
  #answers = 0;

  constructor(options: LocalMindOptions) {
    this.#options = options;
    this.#bounds = { ...localBounds, ...options.bounds };
  }

  async probe(): Promise<MindProbe> {
    const look = await findLocalModel(this.#options.folders);
    if ("fault" in look) return { available: false, host: null, reason: look.fault, models: [] };
    return { available: true, host: null, models: [mindModel(look.model)] };
  }

  /** @throws MindError `mind_unavailable` */
  async models(): Promise<MindModel[]> {
    return [mindModel(await this.#find())];
  }

  loaded(): Promise<LoadedModel[]> {
    const process = this.#process;
    // Of one that is being loaded nobody knows yet what it takes.
    if (process === null || process.hasEnded || process.rss === 0) return Promise.resolve([]);
    return Promise.resolve([{ model: process.model, bytes: process.rss, vramBytes: 0 }]);
  }

  async unload(): Promise<void> {
    clearTimeout(this.#idle);
    const process = this.#process;
    this.#process = null;
    await process?.end();
  }

  async close(): Promise<void> {
    await this.unload();
  }

  /** @throws MindError, or the signal's reason when it aborts */
  async *generate(request: GenerateRequest): AsyncGenerator<MindToken> {
    const before = this.#last;
    const turn = Promise.withResolvers<void>();
    this.#last = before.then(() => turn.promise);
    try {
      await before;
      request.signal.throwIfAborted();
      clearTimeout(this.#idle);
      const process = await this.#ready();
      request.signal.throwIfAborted();
      const { messages, options = {}, signal } = request;
      yield* process.answer({
        id: ++this.#answers,
        messages: messages.map(({ role, content }) => ({ role, content })),
        tokensMax: positive(options.num_predict) ?? this.#bounds.tokensMax,
        temperature: typeof options.temperature === "number" ? Math.max(0, options.temperature) : 0,
      }, signal);
    } finally {
      clearTimeout(this.#idle);
      this.#idle = setTimeout(() => void this.unload(), this.#bounds.idleMs);
      Deno.unrefTimer(this.#idle as unknown as number);
      turn.resolve();
    }
  }

  // deno-lint-ignore require-yield
  async *pull(model: string): AsyncGenerator<never> {
    throw new MindError("mind_unavailable", `Cannot pull "${model}" as no server of models is there`, {
      hint: "Start Ollama (`ollama serve`), or set OLLAMA_HOST to where it runs.",
      retryable: true,
      details: { model },
    });
  }

  /** A process with the model loaded. @throws MindError */
  async #ready(): Promise<LocalProcess> {
    const model = await this.#find();
    if (this.#process !== null && !this.#process.hasEnded && sameModel(this.#process.model, model.name)) {
      return this.#process;
    }
    await this.unload();
    const fault = await faultOf(model);
    if (fault !== null) throw damaged(fault);
    // Known from its start, so that closing ends it while it loads too.
    const process = this.#process = new LocalProcess(this.#options.spawn(), model.name, this.#bounds);
    try {
      await process.load(model);
    } catch (cause) {
      if (this.#process === process) await this.unload();
      throw cause;
    }
    return process;
  }

  async #find(): Promise<LocalModel> {
    const look = await findLocalModel(this.#options.folders);
    if ("model" in look) return look.model;
    throw new MindError("mind_unavailable", reasonOf(new Error(look.fault)), {
      hint: "Put a model in the models folder, with the sums of its files in SHA256SUMS, or start Ollama.",
      retryable: true,
      details: { folders: [...this.#options.folders] },
    });
  }
}

function mindModel({ name, bytes, digest }: LocalModel): MindModel {
  return { model: name, bytes, digest };
}

function damaged(fault: string): MindError {
  return new MindError("mind_failed", `The local mind is not started: ${fault}`, {
    hint: "Fetch the model's files again, or correct SHA256SUMS if you trust them.",
    details: { fault },
  });
}

function positive(value: unknown): number | null {
  return typeof value === "number" && Number.isInteger(value) && value > 0 ? value : null;
}
