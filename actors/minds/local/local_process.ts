/** One child of the local mind, as its host sees it: one answer at a time, each wait within a bound, why it ended. */
import { MindError, reasonOf } from "../errors.ts";
import type { LocalBounds } from "../limits.ts";
import type { MindToken } from "../mind.ts";
import { encodeLine, type LocalReply, type LocalRequest, readLines, replySchema } from "./lines.ts";
import type { LocalModel } from "./local_models.ts";

export class LocalProcess {
  readonly model: string;
  readonly #child: Deno.ChildProcess;
  readonly #bounds: LocalBounds;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #replies: LocalReply[] = [];
  readonly #watching: Promise<void>;
  #wake = Promise.withResolvers<void>();
  #why: string | null = null;
  #said = "";
  #rss = 0;
  #hasEnded = false;

  constructor(child: Deno.ChildProcess, model: string, bounds: LocalBounds) {
    this.model = model;
    this.#child = child;
    this.#bounds = bounds;
    this.#writer = child.stdin.getWriter();
    this.#writer.closed.catch(() => {/* How a child ended is read from its status. */});
    this.#watching = this.#watch();
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Bytes of memory, as it said last. */
  get rss(): number {
    return this.#rss;
  }

  /** @throws MindError `mind_failed`, `mind_timeout` */
  async load({ modelsFolder, name, dtype }: LocalModel): Promise<void> {
    const { threads, loadMs } = this.#bounds;
    this.#send({ type: "load", modelsFolder, model: name, dtype, threads });
    const reply = await this.#next("load", loadMs);
    if (reply.type !== "loaded") throw this.#nonsense(reply);
  }

  /** The tokens of one answer. @throws MindError, or the signal's reason when it aborts */
  async *answer(
    request: Omit<Extract<LocalRequest, { type: "generate" }>, "type">,
    signal: AbortSignal,
  ): AsyncGenerator<MindToken> {
    const { id } = request;
    let isOver = false;
    const wake = () => this.#notify();
    signal.addEventListener("abort", wake, { once: true });
    try {
      this.#send({ type: "generate", ...request });
      for (;;) {
        const reply = await this.#next("go on", this.#bounds.tokenMs, signal);
        if (reply.type === "failed") {
          isOver = true;
          throw failed(this.model, reply.message);
        }
        if (reply.type === "loaded" || reply.id !== id) throw this.#nonsense(reply);
        if (reply.type === "token") {
          yield { token: reply.text };
          continue;
        }
        isOver = true;
        yield { done: true, tokens: reply.tokens, promptTokens: reply.promptTokens, model: this.model };
        return;
      }
    } finally {
      signal.removeEventListener("abort", wake);
      if (!isOver && !this.#hasEnded) await this.#stop(id);
    }
  }

  /** Lets it end by itself, for a while. */
  async end(): Promise<void> {
    const timer = setTimeout(() => this.#kill("it did not end when it was asked to"), this.#bounds.stopMs);
    await this.#writer.close().catch(() => {/* Its input is closed already when it has ended. */});
    await this.#watching;
    clearTimeout(timer);
  }

  /** Asks it to stop speaking; one that does not is killed. */
  async #stop(id: number): Promise<void> {
    this.#send({ type: "stop", id });
    try {
      const until = performance.now() + this.#bounds.stopMs;
      for (;;) {
        const reply = await this.#next("stop", Math.max(1, until - performance.now()));
        if (reply.type === "done" || reply.type === "failed") return;
      }
    } catch (cause) {
      // It is gone: the next answer starts another.
      if (!(cause instanceof MindError)) throw cause;
    }
  }

  #send(request: LocalRequest): void {
    this.#writer.write(encodeLine(request)).catch(() => {/* A broken pipe says only that it ended. */});
  }

  /** @throws MindError when it ends or is silent; the signal's reason when it aborts */
  async #next(what: string, limitMs: number, signal?: AbortSignal): Promise<LocalReply> {
    const timer = setTimeout(() => this.#kill(`it did not ${what} within ${limitMs} ms`), limitMs);
    try {
      for (;;) {
        signal?.throwIfAborted();
        const reply = this.#replies.shift();
        if (reply !== undefined) return reply;
        if (this.#hasEnded) throw failed(this.model, this.#why ?? "its process ended");
        await this.#wake.promise;
      }
    } finally {
      clearTimeout(timer);
    }
  }

  #nonsense(reply: LocalReply): MindError {
    this.#kill(`it said "${reply.type}" out of turn`);
    const said = reply.type === "failed" ? reply.message : `it said "${reply.type}" out of turn`;
    return failed(this.model, said);
  }

  #kill(why: string): void {
    this.#why ??= why;
    if (this.#hasEnded) return;
    try {
      this.#child.kill("SIGKILL");
    } catch (error) {
      // It ended by itself in between.
      if (!(error instanceof TypeError) && !(error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  #notify(): void {
    const { resolve } = this.#wake;
    this.#wake = Promise.withResolvers<void>();
    resolve();
  }

  async #watch(): Promise<void> {
    const [status] = await Promise.all([this.#child.status, this.#readReplies(), this.#readErrors()]);
    const how = `its process ended (${status.signal ?? `code ${status.code}`})`;
    const said = this.#said.trim();
    this.#why ??= said === "" ? how : `${how}; it said: ${said}`;
    this.#hasEnded = true;
    this.#notify();
  }

  async #readReplies(): Promise<void> {
    try {
      for await (const reply of readLines<LocalReply>(this.#child.stdout, replySchema)) {
        if ("rss" in reply) this.#rss = reply.rss;
        if (this.#rss > this.#bounds.rssBytesMax) {
          this.#kill(`its memory must be <= ${this.#bounds.rssBytesMax} bytes, and is ${this.#rss}`);
        }
        this.#replies.push(reply);
        this.#notify();
      }
    } catch (cause) {
      this.#kill(`it talks nonsense: ${reasonOf(cause).slice(0, this.#bounds.saidCharsMax)}`);
    }
  }

  async #readErrors(): Promise<void> {
    for await (const text of this.#child.stderr.pipeThrough(new TextDecoderStream())) {
      this.#said = (this.#said + text).slice(-this.#bounds.saidCharsMax);
    }
  }
}

function failed(model: string, why: string): MindError {
  return new MindError("mind_failed", `The local mind "${model}" failed: ${why}`, {
    hint: "It is started again with the next question. A smaller model, or Ollama, may do better.",
    retryable: true,
    details: { model, why },
  });
}
