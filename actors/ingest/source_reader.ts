/** The reader as its host sees it: entries when they are asked for, read in a worker that can be ended at any time. */
import type { Entry, Mark } from "./entry.ts";
import { IngestError } from "./errors.ts";
import { READER_ANSWER_MS, READER_START_MS } from "./limits.ts";
import type { SourceTotals } from "./read_source.ts";
import { type ReaderReply, readerReplySchema, type ReaderRequest } from "./reader_messages.ts";

export interface ReadEntries {
  readonly entries: readonly Entry[];
  /** Nothing comes after them. */
  readonly end: boolean;
}

export class SourceReader {
  readonly #worker: Worker;
  #waiting: PromiseWithResolvers<ReaderReply> | null = null;
  #ended: IngestError | null = null;

  /** @param url the module `actors/ingest/reader_worker.ts` */
  constructor(url: URL) {
    this.#worker = new Worker(url, { type: "module", name: "ingest reader" });
    this.#worker.onmessage = ({ data }: MessageEvent<unknown>) => this.#settle(data);
    this.#worker.onmessageerror = () => this.#end(failed("a message of it could not be read"));
    this.#worker.onerror = (event) => {
      // Unhandled, the error of a worker would end the whole process.
      event.preventDefault();
      this.#end(failed(event.message));
    };
  }

  /** @returns how much there is, null when it is too much to count @throws {IngestError} `ingest_reader` */
  async open(root: string, after: Mark | null): Promise<SourceTotals | null> {
    const reply = await this.#ask({ type: "open", root, after }, READER_START_MS + READER_ANSWER_MS);
    if (reply.type !== "opened") throw failed(`it answered ${reply.type}`);
    return reply.totals;
  }

  /** At most so many, none where all that was read for a while is behind already. @throws {IngestError} `ingest_reader` */
  async next(entries: number): Promise<ReadEntries> {
    const reply = await this.#ask({ type: "next", entries }, READER_ANSWER_MS);
    if (reply.type !== "entries") throw failed(`it answered ${reply.type}`);
    return reply;
  }

  close(): void {
    this.#end(new IngestError("ingest_reader", "The reader is closed", { hint: "Start it again." }));
  }

  async #ask(request: ReaderRequest, withinMs: number): Promise<ReaderReply> {
    if (this.#ended !== null) throw this.#ended;
    if (this.#waiting !== null) throw new Error("the reader is asked one question at a time");
    const waiting = this.#waiting = Promise.withResolvers<ReaderReply>();
    const timer = setTimeout(() => this.#end(failed(`it did not answer within ${withinMs} ms`)), withinMs);
    try {
      this.#worker.postMessage(request);
      const reply = await waiting.promise;
      if (reply.type === "failed") throw failed(reply.message);
      return reply;
    } finally {
      clearTimeout(timer);
    }
  }

  #settle(data: unknown): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    const parsed = readerReplySchema.safeParse(data);
    if (parsed.success) waiting?.resolve(parsed.data);
    else waiting?.reject(failed(`its answer is malformed: ${parsed.error.message}`));
  }

  #end(error: IngestError): void {
    if (this.#ended !== null) return;
    this.#ended = error;
    this.#worker.terminate();
    this.#waiting?.reject(error);
    this.#waiting = null;
  }
}

function failed(reason: string): IngestError {
  return new IngestError("ingest_reader", `Cannot read what is to be taken in: ${reason}`, {
    hint: "What was taken in stays. Resume it, or start it again: it goes on where it was.",
    retryable: true,
    details: { reason },
  });
}
