/**
 * Texts that wait to be embedded. Jobs take turns by the batch, so that one question does not wait for a thousand
 * memories; small jobs share a batch. A job during which children ended goes alone, so that it cannot harm others, and is
 * refused after a few.
 */
import { embedAttemptsMax, embedBatchTexts, embedQueueTextsMax } from "../limits.ts";
import { EmbeddingError } from "./errors.ts";

interface Job {
  readonly texts: readonly string[];
  readonly vectors: (Float32Array | undefined)[];
  /** Places of the texts that are not yet taken; the last is taken first. */
  readonly places: number[];
  left: number;
  attempts: number;
  readonly settle: PromiseWithResolvers<Float32Array[]>;
}

export interface Batch {
  readonly texts: string[];
  done(vectors: readonly Float32Array[]): void;
  /** None of it was embedded. */
  failed(reason: Error): void;
}

export class TextQueue {
  readonly #jobs: Job[] = [];
  #waiting = 0;

  get waiting(): number {
    return this.#waiting;
  }

  /** @throws {EmbeddingError} `embedder_busy`; what the job is refused with; the signal's reason */
  async add(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]> {
    signal?.throwIfAborted();
    if (this.#waiting + texts.length > embedQueueTextsMax) {
      throw new EmbeddingError(
        "embedder_busy",
        `Cannot embed ${texts.length} texts as at most ${embedQueueTextsMax} may wait: ${this.#waiting} do`,
        {
          hint: "Wait for the others, or bring fewer at a time.",
          retryable: true,
          details: { waiting: this.#waiting },
        },
      );
    }
    const settle = Promise.withResolvers<Float32Array[]>();
    const job: Job = {
      texts,
      vectors: new Array(texts.length),
      // Texts of like length go together, the short ones first: a batch is as slow as its longest.
      places: texts.map((_, at) => at).sort((a, b) => texts[b]!.length - texts[a]!.length),
      left: texts.length,
      attempts: 0,
      settle,
    };
    this.#jobs.push(job);
    this.#waiting += texts.length;
    const abort = () => this.#refuse(job, signal!.reason);
    signal?.addEventListener("abort", abort, { once: true });
    try {
      return await settle.promise;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  /** The next texts, or null when none wait. */
  take(): Batch | null {
    const parts: { job: Job; places: number[] }[] = [];
    let room = embedBatchTexts;
    while (room > 0) {
      const job = this.#jobs[0];
      if (job === undefined || (job.attempts > 0 && parts.length > 0)) break;
      this.#jobs.shift();
      const places = job.places.splice(-room);
      if (job.places.length > 0) this.#jobs.push(job);
      parts.push({ job, places });
      room -= places.length;
      if (job.attempts > 0 || this.#jobs[0] === job) break;
    }
    return parts.length === 0 ? null : this.#batchOf(parts);
  }

  /** Refuses every job. */
  refuseAll(error: Error): void {
    for (const job of [...this.#jobs]) this.#refuse(job, error);
  }

  #batchOf(parts: readonly { job: Job; places: number[] }[]): Batch {
    return {
      texts: parts.flatMap(({ job, places }) => places.map((place) => job.texts[place]!)),
      done: (vectors) => {
        let at = 0;
        for (const { job, places } of parts) {
          for (const place of places) job.vectors[place] = vectors[at++];
          this.#settled(job, places.length);
          if (job.left === 0) job.settle.resolve(job.vectors as Float32Array[]);
        }
      },
      failed: (reason) => {
        for (const { job, places } of parts.toReversed()) this.#again(job, places, reason);
      },
    };
  }

  #again(job: Job, places: readonly number[], reason: Error): void {
    if (job.left <= 0) return;
    job.attempts++;
    if (job.attempts >= embedAttemptsMax) {
      const message =
        `Cannot embed ${job.texts.length} texts as the embedding process failed ${job.attempts} times over them`;
      const hint = "Leave out what is unusual in them, and look at the reason.";
      const details = { reason: reason.message, attempts: job.attempts };
      return this.#refuse(
        job,
        new EmbeddingError("embedding_failed", message, { hint, details, cause: reason }),
      );
    }
    job.places.push(...places);
    const at = this.#jobs.indexOf(job);
    if (at !== -1) this.#jobs.splice(at, 1);
    this.#jobs.unshift(job);
  }

  #refuse(job: Job, reason: unknown): void {
    if (job.left <= 0) return;
    this.#settled(job, job.left);
    const at = this.#jobs.indexOf(job);
    if (at !== -1) this.#jobs.splice(at, 1);
    job.settle.reject(reason);
  }

  /** A job that is over has nothing left, whatever still comes of it. */
  #settled(job: Job, texts: number): void {
    const counted = Math.min(texts, job.left);
    job.left -= counted;
    this.#waiting -= counted;
  }
}
