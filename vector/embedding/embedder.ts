/**
 * The host of the embedding model: finds the model, keeps a child process that runs it, and starts another when it ends,
 * hangs or grows too big. Texts in flight then go to the next child; nobody who waits notices. With no model, or none that
 * this machine can run, the lexical hashing space serves and the status says why; the model is looked for again.
 */
import * as limits from "../limits.ts";
import { ChildEndedError, EmbedderChild } from "./child_process.ts";
import { EmbeddingError } from "./errors.ts";
import { embedByHashing, hashSpace } from "./hashing.ts";
import type { FoundModel, ModelSource } from "./model_source.ts";
import { MODEL_NAME, wheelModel } from "./pinned_models.ts";
import type { EmbeddingSpace } from "./space.ts";
import { TextQueue } from "./text_queue.ts";
import { embedThreads } from "./threads.ts";

export interface EmbedderStatus {
  /** `degraded`: hashing serves. `failed`: the model was there and its process fails; it is tried again. */
  readonly state: "starting" | "ready" | "degraded" | "failed";
  /** 0 to 1 while something is fetched. */
  readonly progress?: number;
  /** What is under way or what is wrong, for a person. */
  readonly detail?: string;
  /** Children that were started beyond the first. */
  readonly restarts: number;
}

export interface EmbedderBounds {
  readonly loadMs: number;
  readonly batchMs: number;
  readonly restartMs: number;
  readonly restartMaxMs: number;
  readonly failuresMax: number;
  readonly rssBytesMax: number;
  readonly modelRetryMs: number;
}

export interface EmbedderOptions {
  /** Starts `vector/embedding/child.ts` with standard input, output and error piped. */
  readonly spawn: () => Deno.ChildProcess;
  readonly models: ModelSource;
  readonly onStatus: (status: EmbedderStatus) => void;
  /** Threads of one run of the model. Default: see `embedThreads`. */
  readonly threads?: number;
  readonly bounds?: Partial<EmbedderBounds>;
}

export class Embedder {
  readonly #options: EmbedderOptions;
  readonly #bounds: EmbedderBounds;
  readonly #queue = new TextQueue();
  readonly #closing = new AbortController();
  readonly #running: Promise<void>;
  #wake = Promise.withResolvers<void>();
  /** Ends the wait for the next try. */
  #retry = Promise.withResolvers<void>();
  #status: EmbedderStatus = { state: "starting", detail: "looking for the model", restarts: 0 };
  #space: EmbeddingSpace = wheelModel.space;
  #starts = 0;
  #batches = 0;
  #failures = 0;
  /** A child has loaded the model on this machine: what fails now is not for want of it. */
  #loadedOnce = false;

  private constructor(options: EmbedderOptions) {
    this.#options = options;
    this.#bounds = {
      loadMs: limits.embedLoadMs,
      batchMs: limits.embedBatchMs,
      restartMs: limits.embedRestartMs,
      restartMaxMs: limits.embedRestartMaxMs,
      failuresMax: limits.embedFailuresMax,
      rssBytesMax: limits.embedRssBytesMax,
      modelRetryMs: limits.modelRetryMs,
      ...options.bounds,
    };
    this.#running = this.#run();
  }

  /** Begins at once, and takes texts at once; they wait for the model. */
  static start(options: EmbedderOptions): Embedder {
    return new Embedder(options);
  }

  get status(): EmbedderStatus {
    return this.#status;
  }

  /** The space in which `embed` makes vectors; while it is starting, the one that is hoped for. */
  get space(): EmbeddingSpace {
    return this.#space;
  }

  /**
   * One vector for each text, in the space that `space` names now.
   * @throws {EmbeddingError} `invalid_texts`; retryable: `embedder_busy`, `embedder_failed`, `embedder_closed`,
   * `space_changed`; `embedding_failed` when these very texts bring the model down. The signal's reason when it aborts
   */
  async embed(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]> {
    signal?.throwIfAborted();
    if (this.#closing.signal.aborted) throw closed();
    if (texts.length > limits.embedTextsMax || texts.some((text) => typeof text !== "string")) {
      const message =
        `Cannot embed as there must be at most ${limits.embedTextsMax} texts: there are ${texts.length}`;
      throw new EmbeddingError("invalid_texts", message, { hint: "Bring fewer at a time." });
    }
    if (texts.length === 0) return [];
    if (this.#status.state === "failed") throw this.#failedError();
    if (this.#space.id === hashSpace.id) return await hashAll(texts, signal);
    const vectors = this.#queue.add(texts.map((text) => text.slice(0, limits.textCharactersMax)), signal);
    this.#notify();
    return await vectors;
  }

  /** Looks for a missing model, or starts a failing one, now rather than later. */
  retry(): void {
    this.#failures = 0;
    this.#retry.resolve();
  }

  /** Refuses what waits and ends the child. */
  async close(): Promise<void> {
    this.#closing.abort(closed());
    this.#queue.refuseAll(closed());
    this.#notify();
    this.#retry.resolve();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      const model = await this.#find();
      while (model !== null && !signal.aborted && await this.#runChild(model));
    }
  }

  /** Null after a wait, when there is none. */
  async #find(): Promise<FoundModel | null> {
    const { signal } = this.#closing;
    if (this.#status.state === "starting") this.#tell("starting", "looking for the model");
    try {
      const found = await this.#unlessClosed(this.#options.models.find({
        signal,
        onProgress: ({ detail, progress }) => {
          if (this.#status.state === "starting") this.#tell("starting", detail, progress);
        },
      }));
      if ("space" in found) return found;
      await this.#serveByHashing(found.reasons.join("; ") || "no place to look for it was given");
    } catch (error) {
      if (!signal.aborted) await this.#serveByHashing(error instanceof Error ? error.message : String(error));
    }
    return null;
  }

  /** Whoever closes does not wait for a source that does not listen. */
  async #unlessClosed<T>(promise: Promise<T>): Promise<T> {
    const { signal } = this.#closing;
    const over = Promise.withResolvers<never>();
    const abort = () => over.reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    try {
      return await Promise.race([promise, over.promise]);
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  async #serveByHashing(reason: string): Promise<void> {
    this.#space = hashSpace;
    this.#tell("degraded", `no embedding model: ${reason}`);
    this.#queue.refuseAll(spaceChanged());
    await this.#sleep(this.#bounds.modelRetryMs);
  }

  /** One child from start to end. @returns whether another is to be started with the same model */
  async #runChild(model: FoundModel): Promise<boolean> {
    const { spawn, threads = embedThreads(navigator.hardwareConcurrency) } = this.#options;
    const { modelsFolder } = model;
    this.#starts++;
    let child: EmbedderChild | null = null;
    try {
      if (this.#status.state === "starting") this.#tell("starting", `loading ${MODEL_NAME}`);
      child = new EmbedderChild(spawn());
      await child.load({ modelsFolder, model: MODEL_NAME, threads }, this.#bounds.loadMs);
      this.#loadedOnce = true;
      if (this.#space.id !== model.space.id) this.#queue.refuseAll(spaceChanged());
      this.#space = model.space;
      this.#tell("ready");
      await this.#serve(child, model.space);
      return true;
    } catch (error) {
      return await this.#recover(error instanceof Error ? error : new Error(String(error)));
    } finally {
      await child?.close();
    }
  }

  /** Until the embedder closes or the child has grown too big. @throws when the child ends */
  async #serve(child: EmbedderChild, space: EmbeddingSpace): Promise<void> {
    while (!this.#closing.signal.aborted) {
      if (child.hasEnded) throw await child.ended;
      const batch = this.#queue.take();
      if (batch === null) {
        await Promise.race([this.#wake.promise, child.ended]);
        continue;
      }
      try {
        const request = { id: ++this.#batches, texts: batch.texts, dimensions: space.dimensions };
        const { vectors, rss } = await child.embed(request, this.#bounds.batchMs);
        batch.done(vectors);
        this.#failures = 0;
        if (rss > this.#bounds.rssBytesMax) return;
      } catch (error) {
        batch.failed(error as Error);
        if (error instanceof ChildEndedError) throw error;
      }
    }
  }

  /** Says what went wrong and waits. @returns whether to go on with the same model */
  async #recover(error: Error): Promise<boolean> {
    if (this.#closing.signal.aborted) return false;
    const failures = ++this.#failures;
    const times = failures === 1 ? "" : ` ${failures} times in a row`;
    const reason = `its process failed${times}: ${error.message}`;
    if (failures >= this.#bounds.failuresMax && !this.#loadedOnce) {
      await this.#serveByHashing(`the model cannot be run here: ${reason}`);
      return false;
    }
    if (failures < this.#bounds.failuresMax) this.#tell("starting", `${reason}; it is started again`);
    else {
      this.#tell("failed", reason);
      this.#queue.refuseAll(this.#failedError());
    }
    await this.#sleep(Math.min(this.#bounds.restartMaxMs, this.#bounds.restartMs * 2 ** (failures - 1)));
    return true;
  }

  /** Until the time is up, the embedder closes, or somebody calls `retry`. */
  async #sleep(ms: number): Promise<void> {
    const retry = this.#retry = Promise.withResolvers<void>();
    const timer = setTimeout(retry.resolve, ms);
    await retry.promise;
    clearTimeout(timer);
  }

  #notify(): void {
    const { resolve } = this.#wake;
    this.#wake = Promise.withResolvers<void>();
    resolve();
  }

  #tell(state: EmbedderStatus["state"], detail?: string, progress?: number): void {
    this.#status = {
      state,
      ...(detail === undefined ? {} : { detail }),
      ...(progress === undefined ? {} : { progress }),
      restarts: Math.max(0, this.#starts - 1),
    };
    if (!this.#closing.signal.aborted) this.#options.onStatus(this.#status);
  }

  #failedError(): EmbeddingError {
    return new EmbeddingError("embedder_failed", `The embedding model does not run: ${this.#status.detail}`, {
      hint: "It is started again by itself; try again in a moment.",
      retryable: true,
      details: { reason: this.#status.detail, restarts: this.#status.restarts },
    });
  }
}

/** In slices, so that many texts do not hold up everything else. */
async function hashAll(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]> {
  const vectors: Float32Array[] = [];
  for (const text of texts) {
    if (vectors.length % 64 === 63) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      signal?.throwIfAborted();
    }
    vectors.push(embedByHashing(text));
  }
  return vectors;
}

function closed(): EmbeddingError {
  return new EmbeddingError("embedder_closed", "The embedder is closed", {
    hint: "Start it again.",
    retryable: true,
  });
}

function spaceChanged(): EmbeddingError {
  return new EmbeddingError("space_changed", "The embedding space changed while the texts waited", {
    hint: "Try again: they are then embedded in the space that serves now.",
    retryable: true,
  });
}
