/**
 * Finding rows by their words, in a worker off the event loop. Requests take effect in the order they were made: a search
 * sees every change that was applied before it. When the file or the worker breaks, everything pending is refused and
 * `onFailure` is called once; the truth is elsewhere.
 */
import { LexicalError } from "./errors.ts";
import {
  lexicalChangesPendingMax,
  lexicalHitsMax,
  lexicalPendingMax,
  lexicalRowsMax,
  lexicalStartMs,
} from "./limits.ts";
import type {
  LexicalAnswer,
  LexicalChange,
  LexicalFilter,
  LexicalOrder,
  LexicalReply,
  LexicalResult,
  LexicalRow,
  LexicalState,
  PastRow,
  RowDescription,
} from "./messages.ts";

export interface LexicalIndexOptions {
  /** The file; it and those beside it are made when they are not there. */
  readonly path: string;
  /** The image whose texts are in it: a file of another is emptied. */
  readonly image: string;
  /** The module `vector/lexical/worker.ts`. */
  readonly worker: URL;
  /** It answers nothing any more. */
  readonly onFailure?: (error: LexicalError) => void;
}

const QUESTIONS: ReadonlySet<LexicalOrder["type"]> = new Set(["search", "describe", "matching", "ids"]);

const CLOSED = new LexicalError("lexical_closed", "The lexical index is closed", {
  hint: "Open it again.",
  retryable: true,
});

export class LexicalIndex {
  readonly #worker: Worker;
  readonly #onFailure: ((error: LexicalError) => void) | undefined;
  readonly #pending = new Map<number, PromiseWithResolvers<LexicalResult>>();
  #last = 0;
  #state: LexicalState = { rows: 0, past: 0, watermark: "" };
  #ended: LexicalError | null = null;

  private constructor({ worker, onFailure }: LexicalIndexOptions) {
    this.#onFailure = onFailure;
    this.#worker = new Worker(worker, { type: "module", name: "lexical index" });
    this.#worker.onmessage = ({ data }: MessageEvent<LexicalReply>) => this.#settle(data);
    this.#worker.onmessageerror = () => this.#fail(failed("a message of it could not be read"));
    this.#worker.onerror = (event) => {
      // Unhandled, the error of a worker would end the whole process.
      event.preventDefault();
      this.#fail(failed(event.message));
    };
  }

  /** @throws {LexicalError} `lexical_damaged`: remove the file and start again; `lexical_failed` */
  static async start(options: LexicalIndexOptions): Promise<LexicalIndex> {
    const index = new LexicalIndex(options);
    const late = () => index.#fail(failed(`it was not open within ${lexicalStartMs} ms`));
    const timer = setTimeout(late, lexicalStartMs);
    try {
      await index.#request({ type: "start", path: options.path, image: options.image });
      return index;
    } catch (error) {
      index.#end(CLOSED);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** As of the last answer. */
  get state(): LexicalState {
    return this.#state;
  }

  /** What is to be found from here on. @param watermark the last position that is in it then; null leaves it */
  async apply(changes: readonly LexicalChange[], watermark: string | null): Promise<void> {
    await this.#request({ type: "apply", changes, watermark });
  }

  /** Takes in rows as they were read, where no newer change has been applied. */
  async fill(
    rows: readonly { readonly row: LexicalRow; readonly born: string }[],
    past: readonly PastRow[] = [],
  ): Promise<void> {
    await this.#request({ type: "fill", rows, past });
  }

  /** Empties it, the watermark too. */
  async clear(): Promise<void> {
    await this.#request({ type: "clear" });
  }

  /** Drops the rows that died up to a position: they are found no more as of a time before. */
  async prune(upTo: string): Promise<void> {
    await this.#request({ type: "prune", upTo });
  }

  /** Drops all rows under some ids, those of the past included. @throws {LexicalError} */
  async forget(ids: readonly string[]): Promise<void> {
    assertCount("rows", ids.length, lexicalRowsMax);
    await this.#request({ type: "forget", ids });
  }

  /** Writes the file anew, without a byte of what is gone. */
  async compact(): Promise<void> {
    await this.#request({ type: "compact" });
  }

  /**
   * The rows with the query's words, the best first.
   * @throws {LexicalError} `invalid_query` for a limit out of bounds; `lexical_failed`, `lexical_closed`, `lexical_busy`
   */
  async search(
    query: string,
    options: { readonly limit: number; readonly asOf?: string; readonly filter?: LexicalFilter },
  ): Promise<LexicalAnswer> {
    const { limit, asOf, filter } = options;
    assertCount("hits", limit, lexicalHitsMax);
    return await this.#request({ type: "search", query, limit, asOf, filter }) as LexicalAnswer;
  }

  /** What rows are beside their words. @throws {LexicalError} */
  async describe(ids: readonly string[], asOf?: string): Promise<readonly RowDescription[]> {
    if (ids.length === 0) return [];
    assertCount("rows", ids.length, lexicalRowsMax);
    return await this.#request({ type: "describe", ids, asOf }) as readonly RowDescription[];
  }

  /** The ids of rows that are like this, the newest first. @throws {LexicalError} */
  async matching(filter: LexicalFilter, limit: number, asOf?: string): Promise<readonly string[]> {
    assertCount("rows", limit, lexicalRowsMax + 1);
    return await this.#request({ type: "matching", filter, limit, asOf }) as readonly string[];
  }

  /** The ids of all rows, in their order, a page after an id. @throws {LexicalError} */
  async ids(after: string, limit: number): Promise<readonly string[]> {
    assertCount("rows", limit, lexicalRowsMax);
    return await this.#request({ type: "ids", after, limit }) as readonly string[];
  }

  /** Makes durable what was applied and ends the worker. */
  async close(): Promise<void> {
    if (this.#ended !== null) return;
    try {
      await this.#request({ type: "close" });
    } finally {
      this.#end(CLOSED);
    }
  }

  #request(order: LexicalOrder): Promise<LexicalResult> {
    if (this.#ended !== null) return Promise.reject(this.#ended);
    const isQuestion = QUESTIONS.has(order.type);
    const most = isQuestion ? lexicalPendingMax : lexicalChangesPendingMax;
    if (this.#pending.size >= most) {
      const message = `Cannot ${order.type} as ${most} requests wait for the lexical index already`;
      const hint = "Wait for answers before asking more.";
      const busy = new LexicalError("lexical_busy", message, { hint, retryable: true });
      // A change that is not taken in would be missing from then on.
      if (!isQuestion) this.#fail(busy);
      return Promise.reject(busy);
    }
    const number = ++this.#last;
    const pending = Promise.withResolvers<LexicalResult>();
    this.#pending.set(number, pending);
    this.#worker.postMessage({ ...order, number });
    return pending.promise;
  }

  #settle(reply: LexicalReply): void {
    this.#state = reply.state;
    const pending = this.#pending.get(reply.number);
    this.#pending.delete(reply.number);
    if (reply.ok) return pending?.resolve(reply.result);
    const { code, message, hint } = reply.error;
    const error = new LexicalError(code, message, { hint, retryable: true });
    pending?.reject(error);
    // The file is not what was asked of it: whatever follows would build on that.
    this.#fail(error);
  }

  #fail(error: LexicalError): void {
    if (this.#ended !== null) return;
    this.#end(error);
    this.#onFailure?.(error);
  }

  #end(error: LexicalError): void {
    if (this.#ended !== null) return;
    this.#ended = error;
    this.#worker.terminate();
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
  }
}

function failed(reason: string): LexicalError {
  return new LexicalError("lexical_failed", `The lexical index's worker failed: ${reason}`, {
    hint: "It is opened again and caught up from the log; try again in a moment.",
    retryable: true,
    details: { reason },
  });
}

function assertCount(what: string, count: number, most: number): void {
  if (Number.isInteger(count) && count >= 1 && count <= most) return;
  throw new LexicalError("invalid_query", `The number of ${what} must be 1 to ${most}: it is ${count}`, {
    hint: "Ask for fewer.",
    details: { count },
  });
}
