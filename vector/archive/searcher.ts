/**
 * The archive's side of the process that serves searches: requests out, answers in, each with a time limit. When the
 * process ends, whatever is under way is rejected with `SearcherGone`, and the archive starts another.
 */
import { bytesOf, encodeFrame, readFrames } from "./frames.ts";
import { decodeHits, type SegmentHit } from "./hit_records.ts";
import { childExitMs, searcherSilenceMs } from "./limits.ts";
import type { SegmentToOpen, ServeReply, ServeRequest } from "./messages.ts";

/** The process ended or fell silent under a request. */
export class SearcherGone extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = "SearcherGone";
  }
}

interface Reply {
  readonly header: ServeReply;
  readonly body: Uint8Array;
}

interface Pending {
  resolve(reply: Reply): void;
  reject(error: Error): void;
}

type Unnumbered<Request> = Request extends { request: number } ? Omit<Request, "request"> : never;

/** One searcher process. */
export class Searcher {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #pending = new Map<number, Pending>();
  readonly #reading: Promise<void>;
  #lastRequest = 0;
  #goneReason: string | null = null;

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#writer = child.stdin.getWriter();
    this.#send({ type: "serve" });
    this.#reading = this.#read();
  }

  /** Starts one with the given spawn function. */
  static start(spawn: () => Deno.ChildProcess): Searcher {
    return new Searcher(spawn());
  }

  /** Why it serves no more; null while it does. */
  get goneReason(): string | null {
    return this.#goneReason;
  }

  /** Checks a segment against its sums and maps it. Throws with the reason when it is not what it must be. */
  async open(segment: SegmentToOpen): Promise<void> {
    const bytes = segment.graph.bytes + segment.rowsFile.bytes;
    // Ten megabytes a second is slower than any disk that a graph could be searched on.
    await this.#ask({ ...segment, type: "open" }, undefined, searcherSilenceMs + bytes / 10_000);
  }

  /** Unmaps a segment; one that is not open is no error. */
  async release(segment: string): Promise<void> {
    await this.#ask({ type: "release", segment });
  }

  /** The `count` best rows of all the segments named, best first. */
  async search(segments: readonly string[], query: Float32Array, count: number): Promise<SegmentHit[]> {
    const { header, body } = await this.#ask({ type: "search", segments, count }, bytesOf(query));
    if (header.type !== "hits") throw new SearcherGone(`the searcher answered "${header.type}" to a search`);
    return decodeHits(body);
  }

  /** Ends the process: by closing its input, or by force when that is not enough. */
  async close(): Promise<void> {
    const timer = setTimeout(() => this.#kill("it did not end when its input was closed"), childExitMs);
    // The pipe may be broken already, when the process ended by itself: that is what is asked for.
    await this.#writer.close().catch(() => this.#goneReason ??= "its input is closed");
    await this.#reading;
    clearTimeout(timer);
  }

  async #ask(
    request: Unnumbered<ServeRequest>,
    body?: Uint8Array,
    timeoutMs: number = searcherSilenceMs,
  ): Promise<Reply> {
    if (this.#goneReason !== null) throw new SearcherGone(this.#goneReason);
    const number = ++this.#lastRequest;
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      const reply = await new Promise<Reply>((resolve, reject) => {
        timer = setTimeout(
          () => this.#kill(`it did not answer "${request.type}" for ${timeoutMs} ms`),
          timeoutMs,
        );
        this.#pending.set(number, { resolve, reject });
        this.#send({ ...request, request: number } as ServeRequest, body);
      });
      if (reply.header.type === "failed") throw new Error(reply.header.message);
      return reply;
    } finally {
      clearTimeout(timer);
      this.#pending.delete(number);
    }
  }

  #send(request: ServeRequest, body?: Uint8Array): void {
    // A broken pipe says only that it ended; why is read from its status.
    this.#writer.write(encodeFrame(request, body)).catch(() => killChild(this.#child));
  }

  async #read(): Promise<void> {
    try {
      for await (const { header, body } of readFrames<ServeReply>(this.#child.stdout)) {
        this.#pending.get(header.request)?.resolve({ header, body });
      }
    } catch (error) {
      this.#kill(`its output broke: ${error instanceof Error ? error.message : String(error)}`);
    }
    const { code, signal } = await this.#child.status;
    this.#gone(`the searcher ended (${signal ?? `code ${code}`})`);
  }

  #kill(reason: string): void {
    this.#gone(`the searcher was ended: ${reason}`);
    killChild(this.#child);
  }

  #gone(reason: string): void {
    this.#goneReason ??= reason;
    for (const { reject } of this.#pending.values()) reject(new SearcherGone(this.#goneReason));
    this.#pending.clear();
  }
}

/** SIGKILL to a child; one that has ended already is no error. */
export function killChild(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch (error) {
    // Deno says a TypeError of a child that has ended.
    if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
  }
}
