/**
 * Exact nearest neighbours by inner product over a working set of vectors, in a worker off the event loop. Requests take
 * effect in the order they were made: a search sees every `add` and `remove` called before it. When the worker breaks,
 * everything pending is refused and `onFailure` is called once; the rows are gone, as their truth is elsewhere.
 */
import {
  exactChangesPendingMax,
  exactDimensionsMax,
  exactPendingMax,
  exactStartMs,
  magnitudeMax,
  neighboursMax,
} from "../limits.ts";
import type { Hit } from "./best.ts";
import { ExactIndexError } from "./errors.ts";
import { type Letter, Mailbox } from "./mailbox.ts";
import type { ExactReply, ExactRequest } from "./messages.ts";

export interface ExactIndexOptions {
  readonly dimensions: number;
  /** The module `vector/exact/worker.ts`. */
  readonly worker: URL;
  /** The assembled kernel, or where it can be read. */
  readonly kernel: Uint8Array | URL;
  /** Rows that may be held, at most `exactRowsMax`. */
  readonly rowsMax?: number;
  /** The worker broke: the index answers nothing any more. */
  readonly onFailure?: (error: ExactIndexError) => void;
}

type Pending = PromiseWithResolvers<readonly Hit[]>;
/** A request before it has its number. */
type Order = ExactRequest extends infer Each ? Each extends ExactRequest ? Omit<Each, "id"> : never : never;

export class ExactIndex {
  readonly dimensions: number;
  readonly #worker: Worker;
  readonly #onFailure: ((error: ExactIndexError) => void) | undefined;
  readonly #mailbox: Mailbox;
  #mailboxTaken = false;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #rows = 0;
  #bytes = 0;
  /** Why it serves no more. */
  #ended: ExactIndexError | null = null;

  private constructor(options: ExactIndexOptions) {
    this.dimensions = options.dimensions;
    this.#onFailure = options.onFailure;
    this.#mailbox = new Mailbox(options.dimensions);
    this.#worker = new Worker(options.worker, { type: "module", name: "exact index" });
    this.#worker.onmessage = ({ data }: MessageEvent<ExactReply>) => this.#settle(data);
    this.#worker.onmessageerror = () => this.#fail("a message of it could not be read");
    this.#worker.onerror = (event) => {
      // Unhandled, the error of a worker would end the whole process.
      event.preventDefault();
      this.#fail(event.message);
    };
  }

  /** @throws {ExactIndexError} `invalid_options`; `index_failed` when the worker does not come up */
  static async start(options: ExactIndexOptions): Promise<ExactIndex> {
    const { dimensions } = options;
    if (!Number.isInteger(dimensions) || dimensions < 1 || dimensions > exactDimensionsMax) {
      throw new ExactIndexError(
        "invalid_options",
        `Cannot start an exact index as its dimensions must be 1 to ${exactDimensionsMax}: they are ${dimensions}`,
        { hint: "Use the dimensions of the embedding space.", details: { dimensions } },
      );
    }
    const kernel = options.kernel instanceof URL ? await Deno.readFile(options.kernel) : options.kernel;
    const index = new ExactIndex(options);
    const timer = setTimeout(() => index.#fail(`it was not up within ${exactStartMs} ms`), exactStartMs);
    try {
      const shared = index.#mailbox.memory;
      await index.#request({ type: "start", dimensions, kernel, rowsMax: options.rowsMax, shared });
      return index;
    } catch (error) {
      index.close();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Rows held, as of the last answer. */
  get rows(): number {
    return this.#rows;
  }

  /** Bytes of memory that they take, as of the last answer. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Adds rows (`vectors` is row after row), or replaces those whose id is there. All or none.
   * @throws {ExactIndexError} `dimension_mismatch`, `invalid_vector`, `index_full`, `index_busy`, `index_failed`
   */
  async add(ids: readonly string[], vectors: Float32Array): Promise<void> {
    await this.#request({ type: "add", ids, vectors });
  }

  /** Removes rows; ids that are not there are passed over. */
  async remove(ids: readonly string[]): Promise<void> {
    await this.#request({ type: "remove", ids });
  }

  /**
   * The k rows with the greatest inner product, exactly, the greatest first and of equals the smaller id; all when there
   * are fewer.
   * @throws {ExactIndexError} `dimension_mismatch`, `invalid_vector`, `invalid_neighbours`, `index_busy`, `index_failed`
   */
  async search(query: Float32Array, k: number): Promise<Hit[]> {
    if (query.length !== this.dimensions) {
      throw new ExactIndexError(
        "dimension_mismatch",
        `Cannot search as the query must have ${this.dimensions} dimensions: it has ${query.length}`,
        {
          hint: "Embed the query in the index's own space.",
          details: { actual: query.length, expected: this.dimensions },
        },
      );
    }
    if (!query.every((value) => Math.abs(value) <= magnitudeMax)) {
      throw new ExactIndexError(
        "invalid_vector",
        `Cannot search as the query's numbers must be finite and at most ${magnitudeMax} in magnitude`,
        { hint: "Embed the query again." },
      );
    }
    if (!Number.isInteger(k) || k < 1 || k > neighboursMax) {
      throw new ExactIndexError(
        "invalid_neighbours",
        `Cannot search as the number of neighbours must be 1 to ${neighboursMax}: it is ${k}`,
        { hint: "Ask for fewer.", details: { k } },
      );
    }
    return [...await this.#request({ type: "search", query, k })];
  }

  /** Ends the worker. What is pending is refused. */
  close(): void {
    this.#end(
      new ExactIndexError("index_closed", "The exact index is closed", {
        hint: "Open it again.",
        retryable: true,
      }),
    );
  }

  #request(order: Order): Promise<readonly Hit[]> {
    if (this.#ended !== null) return Promise.reject(this.#ended);
    const most = order.type === "search" ? exactPendingMax : exactChangesPendingMax;
    if (this.#pending.size >= most) {
      const message = `Cannot ${order.type} as ${most} requests wait for the exact index already`;
      const hint = "Wait for answers before asking more.";
      return Promise.reject(new ExactIndexError("index_busy", message, { hint, retryable: true }));
    }
    const id = ++this.#lastId;
    const pending = Promise.withResolvers<readonly Hit[]>();
    this.#pending.set(id, pending);
    const request = { ...order, id };
    if (request.type === "search" && !this.#mailboxTaken) void this.#askByMailbox(request);
    else this.#post(request);
    return pending.promise;
  }

  #post(request: ExactRequest): void {
    this.#mailbox.announceMessage();
    this.#worker.postMessage(request);
    this.#mailbox.ring();
  }

  async #askByMailbox(letter: Letter): Promise<void> {
    this.#mailboxTaken = true;
    await this.#mailbox.ask(letter);
    const hits = this.#ended === null ? this.#mailbox.readHits() : null;
    this.#mailboxTaken = false;
    // Hits that are a message are settled when it comes.
    if (hits !== null) this.#take(letter.id)?.resolve(hits);
  }

  #settle(reply: ExactReply): void {
    const pending = this.#take(reply.id);
    this.#rows = reply.rows;
    this.#bytes = reply.bytes;
    if (reply.ok) return pending?.resolve(reply.hits);
    const { code, message, ...options } = reply.error;
    pending?.reject(new ExactIndexError(code, message, options));
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }

  #fail(reason: string): void {
    if (this.#ended !== null) return;
    const error = new ExactIndexError("index_failed", `The exact index's worker failed: ${reason}`, {
      hint: "It is filled again from the store; try again in a moment.",
      retryable: true,
      details: { reason },
    });
    this.#end(error);
    this.#onFailure?.(error);
  }

  #end(error: ExactIndexError): void {
    if (this.#ended !== null) return;
    this.#ended = error;
    this.#mailbox.close();
    this.#worker.terminate();
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
    this.#rows = 0;
    this.#bytes = 0;
  }
}
