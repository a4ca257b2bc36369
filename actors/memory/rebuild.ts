/**
 * Makes everything that is derived anew from the store alone: working memory, the archive, the words. What serves goes on
 * serving until its part is whole; who asks while it runs waits for the same run.
 */
import type { RebuildStatus } from "../system/mod.ts";

export interface RebuildStep {
  /** As a person calls it. */
  readonly part: string;
  readonly run: () => Promise<void>;
  /** 0 to 1. */
  readonly progress: () => number;
}

export class Rebuild {
  readonly #steps: readonly RebuildStep[];
  readonly #onStatus: () => void;
  #running: Promise<string | null> | null = null;
  #step: RebuildStep | null = null;
  #failure: string | null = null;

  constructor(steps: readonly RebuildStep[], onStatus: () => void) {
    this.#steps = steps;
    this.#onStatus = onStatus;
  }

  /** What is being made; null when nothing is. */
  get status(): RebuildStatus | null {
    if (this.#step === null) return null;
    const { part, progress } = this.#step;
    return { part, progress: Math.min(1, Math.max(0, progress())) };
  }

  /** Why the last one did not come to its end; null when it did. */
  get failure(): string | null {
    return this.#failure;
  }

  /** @returns why it did not come to its end, or null; it is told in the status too */
  run(): Promise<string | null> {
    return this.#running ??= this.#run().finally(() => this.#running = null);
  }

  async #run(): Promise<string | null> {
    this.#failure = null;
    try {
      for (const step of this.#steps) {
        this.#step = step;
        this.#onStatus();
        await step.run();
      }
    } catch (error) {
      this.#failure = `${this.#step?.part}: ${error instanceof Error ? error.message : String(error)}`;
    } finally {
      this.#step = null;
      this.#onStatus();
    }
    return this.#failure;
  }
}
