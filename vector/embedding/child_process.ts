/** One child of the embedder, as its host sees it: one request at a time, each within a bound, and the reason it ended. */
import { complaintOf } from "./complaint.ts";
import { embedErrorCharacters, embedExitMs } from "../limits.ts";
import { type ChildReply, type ChildRequest, encodeFrame, readFrames, replySchema } from "./frames.ts";

/** The child is gone; `message` says how and what it last said. */
export class ChildEndedError extends Error {
  override readonly name = "ChildEndedError";
}

/** The child answered that it could not; it goes on. */
export class ChildRefusedError extends Error {
  override readonly name = "ChildRefusedError";
}

interface Answer {
  readonly reply: ChildReply;
  readonly body: Uint8Array<ArrayBuffer>;
}

export class EmbedderChild {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #ended = Promise.withResolvers<ChildEndedError>();
  #waiting: PromiseWithResolvers<Answer> | null = null;
  #hasEnded = false;
  #said = "";
  /** Why it was killed here. */
  #why: string | null = null;

  /** Its standard input, output and error are piped. */
  constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#writer = child.stdin.getWriter();
    this.#writer.closed.catch(() => {/* How a child ended is read from its status. */});
    void this.#watch();
  }

  /** Resolves when the process is gone. */
  get ended(): Promise<ChildEndedError> {
    return this.#ended.promise;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** @throws {ChildEndedError | ChildRefusedError} */
  async load(
    request: Omit<Extract<ChildRequest, { type: "load" }>, "type">,
    timeoutMs: number,
  ): Promise<void> {
    const { reply } = await this.#ask({ type: "load", ...request }, timeoutMs);
    if (reply.type !== "loaded") throw await this.kill(`it answered "${reply.type}" when it was to load`);
  }

  /** One vector for each text. @throws {ChildEndedError | ChildRefusedError} */
  async embed(
    request: { readonly id: number; readonly texts: string[]; readonly dimensions: number },
    timeoutMs: number,
  ): Promise<{ vectors: Float32Array[]; rss: number }> {
    const { id, texts, dimensions } = request;
    const { reply, body } = await this.#ask({ type: "embed", id, texts }, timeoutMs);
    const bytes = texts.length * dimensions * 4;
    if (
      reply.type !== "vectors" || reply.id !== id || reply.count !== texts.length || body.length !== bytes
    ) {
      throw await this.kill(
        `it answered ${JSON.stringify(reply)} with ${body.length} bytes where ${bytes} were due`,
      );
    }
    const all = new Float32Array(body.buffer);
    const vectors = texts.map((_, at) => all.slice(at * dimensions, (at + 1) * dimensions));
    return { vectors, rss: reply.rss };
  }

  /** Ends it at once. @returns what those who wait for it are told */
  async kill(why: string): Promise<ChildEndedError> {
    this.#why ??= why;
    if (!this.#hasEnded) {
      try {
        this.#child.kill("SIGKILL");
      } catch (error) {
        // It ended by itself in between.
        if (!(error instanceof TypeError) && !(error instanceof Deno.errors.NotFound)) throw error;
      }
    }
    return await this.ended;
  }

  /** Lets it end by itself, for a while. */
  async close(): Promise<void> {
    const timer = setTimeout(() => void this.kill("it did not end when it was asked to"), embedExitMs);
    await this.#writer.close().catch(() => {/* Its input is closed already when it has ended. */});
    await this.ended;
    clearTimeout(timer);
  }

  async #ask(request: ChildRequest, timeoutMs: number): Promise<Answer> {
    if (this.#hasEnded) throw await this.ended;
    const waiting = this.#waiting = Promise.withResolvers<Answer>();
    const timer = setTimeout(() => void this.kill(`it was silent for ${timeoutMs} ms`), timeoutMs);
    try {
      this.#writer.write(encodeFrame(request)).catch(() => {/* A broken pipe says only that it ended. */});
      const answer = await Promise.race([waiting.promise, this.ended]);
      if (answer instanceof ChildEndedError) throw answer;
      if (answer.reply.type === "failed") throw new ChildRefusedError(answer.reply.message);
      return answer;
    } finally {
      clearTimeout(timer);
      this.#waiting = null;
    }
  }

  async #watch(): Promise<void> {
    const [status] = await Promise.all([this.#child.status, this.#readReplies(), this.#readErrors()]);
    const how = this.#why ?? `it ended (${status.signal ?? `code ${status.code}`})`;
    const said = complaintOf(this.#said);
    this.#hasEnded = true;
    this.#ended.resolve(new ChildEndedError(said === "" ? how : `${how}; it said: ${said}`));
  }

  async #readReplies(): Promise<void> {
    try {
      for await (const { header, body } of readFrames<ChildReply>(this.#child.stdout, replySchema)) {
        if (this.#waiting === null) throw new Error(`it said "${header.type}" without being asked`);
        this.#waiting.resolve({ reply: header, body });
        this.#waiting = null;
      }
    } catch (error) {
      this.#why ??= `it talks nonsense: ${error instanceof Error ? error.message.slice(0, 200) : error}`;
      void this.kill(this.#why);
    }
  }

  async #readErrors(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of this.#child.stderr) {
      this.#said = (this.#said + decoder.decode(chunk, { stream: true })).slice(-embedErrorCharacters);
    }
  }
}
