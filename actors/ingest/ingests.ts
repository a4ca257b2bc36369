/**
 * Ingest as the image has it: one at a time, in the background, to be paused, resumed and cancelled. One that was under
 * way when the program ended goes on when the image is opened. What stands in its way for a while is tried again; what
 * does not go away pauses it, with the reason.
 */
import { isAbsolute } from "node:path";
import { EmbeddingError } from "../../vector/mod.ts";
import { ImageError } from "../errors.ts";
import type { MemoryPort } from "../system/mod.ts";
import type { World } from "../world/mod.ts";
import { IngestError } from "./errors.ts";
import { IngestRun } from "./ingest_run.ts";
import { type Job, newJob, readJob, writeJob } from "./job.ts";
import { PATH_CHARACTERS_MAX, PROGRESS_MS, RETRY_MS, RETRY_MS_MAX, TRIES_MAX } from "./limits.ts";
import { Rate } from "./rate.ts";
import type { SourceTotals } from "./read_source.ts";
import { SourceReader } from "./source_reader.ts";
import { type IngestView, viewOf } from "./view.ts";
import { messageOf } from "./walk_files.ts";

export interface IngestsOptions {
  readonly world: World;
  readonly memory: () => Promise<MemoryPort>;
  readonly clock: () => number;
  /** The module of the reader's worker. */
  readonly worker: () => URL;
  /** Told at most twice a second while something is under way, and at its end. */
  readonly onProgress: (view: IngestView) => void;
  readonly onError: (error: unknown) => void;
}

/** Why a run is to stop. */
class Stopped extends Error {
  constructor(readonly to: "paused" | "cancelled" | "closed") {
    super(to);
  }
}

export type IngestAction = "pause" | "resume" | "cancel";

export class Ingests {
  readonly #options: IngestsOptions;
  readonly #rate = new Rate();
  #job: Job | null = null;
  #totals: SourceTotals | null = null;
  /** What a run that is under way waits for; null while it goes on. */
  #waiting: string | null = null;
  #running: { readonly stop: AbortController; readonly over: Promise<void> } | null = null;
  #known: Promise<void> | null = null;
  /** One request after the other. */
  #requests: Promise<unknown> = Promise.resolve();
  #toldAt = 0;
  #closed = false;

  constructor(options: IngestsOptions) {
    this.#options = options;
  }

  /** What is under way, or was last; null before the first. */
  get view(): IngestView | null {
    if (this.#job === null) return null;
    const isRunning = this.#running !== null;
    return viewOf(this.#job, {
      totals: this.#totals,
      waiting: this.#waiting,
      rate: isRunning ? this.#rate.at(this.#options.clock()) : null,
    });
  }

  /** The same, once what is stored of it was read. */
  async current(): Promise<IngestView | null> {
    await this.#known;
    return this.view;
  }

  /** Goes on with what the end of the program interrupted. */
  open(): void {
    this.#known = this.#load();
    this.#known.catch((error) => this.#options.onError(error));
  }

  /**
   * Begins to take in a file or a folder of this machine. @param path absolute
   * @throws {IngestError} `ingest_path` for what cannot be read, `ingest_busy` while another is not ended
   */
  async start(path: string, who: string): Promise<IngestView> {
    return await this.#request(async () => {
      await checkPath(path);
      const job = this.#job;
      if (job !== null && (job.state === "running" || job.state === "paused")) throw busy(job);
      await this.#write(newJob({ path, who, at: this.#options.clock() }), `ingest ${path}`);
      this.#run();
      return this.view!;
    });
  }

  /** @throws {IngestError} `ingest_none` when there is nothing to which it could be done */
  async control(action: IngestAction, who: string): Promise<IngestView> {
    return await this.#request(async () => {
      const job = this.#job;
      const fits = job?.state === "running" || (job?.state === "paused" && action !== "pause");
      if (job === null || !fits) throw none(action, job);
      if (action === "resume") {
        if (this.#running === null) {
          await this.#write({ ...job, state: "running", reason: null, who }, "resume the ingest");
          this.#run();
        }
      } else {
        await this.#stop(action === "pause" ? "paused" : "cancelled");
        // It may have come to its end by itself meanwhile.
        if (this.#job!.state === "running" || this.#job!.state === "paused") {
          await this.#write(
            action === "pause"
              ? { ...this.#job!, state: "paused", reason: null }
              : { ...this.#job!, state: "cancelled", reason: null, ended: this.#options.clock() },
            `${action} the ingest`,
          );
        }
      }
      this.#tell(true);
      return this.view!;
    });
  }

  /** Stops at once; what was under way goes on when the image is opened again. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#stop("closed");
    await this.#requests;
  }

  async #load(): Promise<void> {
    const job = await readJob(this.#options.world.store);
    this.#job ??= job;
    if (this.#job?.state === "running") this.#run();
  }

  #request<T>(run: () => Promise<T>): Promise<T> {
    const outcome = this.#requests.then(async () => {
      await this.#known;
      return await run();
    });
    // Whoever asked hears of it; the next request does not.
    this.#requests = outcome.catch(() => undefined);
    return outcome;
  }

  async #write(job: Job, why: string): Promise<void> {
    const info = { who: job.who, why, kind: "maintenance" };
    await this.#options.world.thought(info, (tx) => Promise.resolve(writeJob(tx.thought, job)));
    this.#job = job;
  }

  #run(): void {
    if (this.#closed || this.#running !== null) return;
    const stop = new AbortController();
    this.#rate.clear();
    const over = this.#runTo(stop.signal).catch((error) => this.#options.onError(error)).finally(() => {
      this.#running = null;
      this.#waiting = null;
      this.#tell(true);
    });
    this.#running = { stop, over };
    this.#tell(true);
  }

  async #stop(to: Stopped["to"]): Promise<void> {
    const running = this.#running;
    running?.stop.abort(new Stopped(to));
    await running?.over;
  }

  /** Until all is taken in, it is stopped, or what stands in the way does not go away. */
  async #runTo(signal: AbortSignal): Promise<void> {
    for (let tries = 1;;) {
      const before = this.#job!.after;
      try {
        const job = await this.#runOnce(signal);
        const ended = { ...job, state: "done" as const, ended: this.#options.clock() };
        return await this.#write(ended, `ingested ${job.path}: ${job.made} memories made`);
      } catch (error) {
        if (signal.aborted) return;
        // What has come on is no try in a row.
        if (this.#job!.after !== before) tries = 1;
        if (!isRetryable(error) || tries >= TRIES_MAX) return await this.#giveUp(error);
        this.#waiting = messageOf(error);
        this.#tell(true);
        await pause(Math.min(RETRY_MS_MAX, RETRY_MS * 2 ** (tries - 1)), signal);
        if (signal.aborted) return;
        tries++;
      }
    }
  }

  async #runOnce(signal: AbortSignal): Promise<Job> {
    const { world, memory, clock, worker } = this.#options;
    const reader = new SourceReader(worker());
    const close = () => reader.close();
    signal.addEventListener("abort", close, { once: true });
    try {
      this.#totals = await reader.open(this.#job!.path, this.#job!.after);
      const onJob = (job: Job) => {
        this.#rate.note(clock(), job.made + job.known - this.#job!.made - this.#job!.known);
        this.#waiting = null;
        this.#job = job;
        this.#tell();
      };
      return await new IngestRun({ world, memory, clock, reader, onJob }, this.#job!, signal).run();
    } finally {
      signal.removeEventListener("abort", close);
      reader.close();
    }
  }

  async #giveUp(error: unknown): Promise<void> {
    if (!(error instanceof ImageError)) this.#options.onError(error);
    await this.#write({ ...this.#job!, state: "paused", reason: messageOf(error) }, "the ingest pauses");
  }

  /** A change of its state at once, how far it is after a while. */
  #tell(atOnce = false): void {
    const now = this.#options.clock();
    if (!atOnce && Math.abs(now - this.#toldAt) < PROGRESS_MS) return;
    this.#toldAt = now;
    if (this.view !== null && !this.#closed) this.#options.onProgress(this.view);
  }
}

async function checkPath(path: string): Promise<void> {
  const refuse = (reason: string, cause?: unknown) =>
    new IngestError("ingest_path", `Cannot take in "${path.slice(0, 200)}" as ${reason}`, {
      hint: "Name a file or a folder of the machine on which the image is open, by its whole path.",
      details: { path: path.slice(0, PATH_CHARACTERS_MAX) },
      cause,
    });
  if (path.length > PATH_CHARACTERS_MAX) throw refuse(`a path has at most ${PATH_CHARACTERS_MAX} characters`);
  if (!isAbsolute(path)) throw refuse("it is no whole path");
  let info: Deno.FileInfo;
  try {
    info = await Deno.stat(path);
  } catch (error) {
    throw refuse(error instanceof Deno.errors.NotFound ? "it is not there" : messageOf(error), error);
  }
  if (!info.isFile && !info.isDirectory) throw refuse("it is neither a file nor a folder");
}

function busy({ path, state }: Job): IngestError {
  return new IngestError("ingest_busy", `Cannot begin another ingest as that of ${path} is ${state}`, {
    hint:
      "Wait for its end, go on with it (`telos ingest --resume`), or cancel it (`--cancel`): what it took in stays.",
    details: { path, state },
  });
}

function none(action: IngestAction, job: Job | null): IngestError {
  const state = job === null ? "there is none" : `that of ${job.path} is ${job.state}`;
  return new IngestError("ingest_none", `Cannot ${action} an ingest as ${state}`, {
    hint: "Begin one with `telos ingest PATH`, or on the canvas under Memory.",
    details: { action, state: job?.state ?? null },
  });
}

function isRetryable(error: unknown): boolean {
  return (error instanceof ImageError || error instanceof EmbeddingError) && error.retryable;
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done, { once: true });
    if (signal.aborted) done();
  });
}
