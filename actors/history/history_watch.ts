/**
 * What history costs and how long it is kept, counted behind the work so that whoever asks how the image is has it at
 * once: soon after the start, and again when something was thought since.
 */
import type { HistoryReport } from "./image_history.ts";
import { COST_EVERY_MS, COST_FIRST_MS } from "./limits.ts";

export interface HistoryWatchOptions {
  readonly count: () => Promise<HistoryReport>;
  /** Called when the figures are other than they were. */
  readonly onChange: () => void;
  readonly onError: (error: unknown) => void;
}

export class HistoryWatch {
  readonly #options: HistoryWatchOptions;
  #last: HistoryReport | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #counting: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: HistoryWatchOptions) {
    this.#options = options;
    this.#wait(COST_FIRST_MS);
  }

  /** As of the last count; null before the first has ended. */
  get last(): HistoryReport | null {
    return this.#last;
  }

  /** What was counted for somebody else. */
  take(report: HistoryReport): void {
    const isNew = this.#last === null || JSON.stringify(report) !== JSON.stringify(this.#last);
    this.#last = report;
    if (isNew && !this.#closed) this.#options.onChange();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#counting;
  }

  #wait(ms: number): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#counting = this.#count().finally(() => this.#wait(COST_EVERY_MS));
    }, ms);
  }

  async #count(): Promise<void> {
    try {
      this.take(await this.#options.count());
    } catch (error) {
      if (!this.#closed) this.#options.onError(error);
    }
  }
}
