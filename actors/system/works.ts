/**
 * Long work that somebody asked for and may stop: forks, merges, prunings, verifications. How far each is stands in
 * health, and so on the stream.
 */
import { ArgumentError, StoppedError, UnavailableError } from "../errors.ts";
import type { Job } from "../history/mod.ts";
import { WORK_TELL_MS, WORKS_MAX } from "./limits.ts";

export type WorkKind = "fork" | "merge" | "prune" | "verify";

/** In what each kind counts. */
const UNITS = { fork: "entries", merge: "objects", prune: "thoughts", verify: "entries" } as const;

export interface WorkStatus {
  readonly work: string;
  /** `erase` is nobody's to stop. */
  readonly what: WorkKind | "erase";
  readonly who: string;
  /** In ms since 1970. */
  readonly since: number;
  readonly done: number;
  readonly unit: string;
}

interface Running {
  status: WorkStatus;
  readonly stopping: AbortController;
}

export interface WorksOptions {
  readonly clock: () => number;
  /** Called when one begins, ends or has come further, a few times a second at most. */
  readonly onChange: () => void;
}

export class Works {
  readonly #options: WorksOptions;
  readonly #running = new Map<string, Running>();
  #ended: PromiseWithResolvers<void> | null = null;
  #closed = false;

  constructor(options: WorksOptions) {
    this.#options = options;
  }

  /** What is under way, the oldest first. */
  get status(): readonly WorkStatus[] {
    return [...this.#running.values()].map(({ status }) => status);
  }

  /**
   * @param work how whoever asks calls it; default: a name of its own
   * @throws what `task` throws, {StoppedError}, {ArgumentError} for a name that is in use, {UnavailableError} when too
   * much is under way
   */
  async run<T>(
    { work = crypto.randomUUID(), what, who }: {
      readonly work?: string | undefined;
      readonly what: WorkKind;
      readonly who: string;
    },
    task: (job: Job) => Promise<T>,
  ): Promise<T> {
    if (this.#closed) throw new StoppedError(what, "the image is being closed");
    if (this.#running.has(work)) {
      throw new ArgumentError(`The work "${work}" is under way already`, "Choose another name for it.", {
        work,
      });
    }
    if (this.#running.size >= WORKS_MAX) {
      throw new UnavailableError(what, `${WORKS_MAX} works are under way`, "Wait until one of them is done.");
    }
    const stopping = new AbortController();
    const status = { work, what, who, since: this.#options.clock(), done: 0, unit: UNITS[what] };
    const running: Running = { status, stopping };
    this.#running.set(work, running);
    this.#options.onChange();
    let told = performance.now();
    const progress = (done: number) => {
      running.status = { ...running.status, done };
      if (performance.now() - told < WORK_TELL_MS) return;
      told = performance.now();
      this.#options.onChange();
    };
    try {
      return await task({ signal: stopping.signal, progress });
    } finally {
      this.#running.delete(work);
      this.#options.onChange();
      if (this.#running.size === 0) this.#ended?.resolve();
    }
  }

  /** @returns false when no such work is under way */
  stop(work: string): boolean {
    const running = this.#running.get(work);
    if (running === undefined) return false;
    running.stopping.abort(new StoppedError(running.status.what, "somebody asked for it"));
    return true;
  }

  /** Stops all and waits until they have ended. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { status, stopping } of this.#running.values()) {
      stopping.abort(new StoppedError(status.what, "the image is being closed"));
    }
    if (this.#running.size === 0) return;
    this.#ended = Promise.withResolvers();
    await this.#ended.promise;
  }
}
