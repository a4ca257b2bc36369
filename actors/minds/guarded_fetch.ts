/**
 * The `fetch` that the `ollama` package is given: it adds what the package leaves out. Every request can be
 * aborted and has time-outs; an answer that is not JSON is an error and not a line on the console; a refused or
 * broken connection, an HTTP error and an `error` line in a stream become typed errors. Bytes pass through
 * unchanged and at once.
 */
import { MindError, mindFailed, mindTimeout, mindUnavailable, modelMissing, reasonOf } from "./errors.ts";
import { answerBytesMax, quotedNonsenseCharsMax, streamLineCharsMax } from "./limits.ts";
import { systemClock, Watchdog, type WatchdogClock } from "./watchdog.ts";

export interface GuardedCall {
  readonly host: string;
  readonly signal?: AbortSignal | undefined;
  /** Until the answer begins; for an answer that is not streamed, until it is whole. */
  readonly firstMs: number;
  /** Silence allowed inside a stream; absent when the answer is not one. */
  readonly betweenMs?: number;
  /** The model asked for, named by the error when the server lacks it. */
  readonly model?: string;
  readonly clock?: WatchdogClock;
}

/** A `fetch` for one call. @throws MindError, or the signal's reason when it aborts */
export function guardedFetch(call: GuardedCall): typeof fetch {
  return async (input, init) => {
    const controller = new AbortController();
    const stopped = () => controller.abort(call.signal?.reason);
    call.signal?.throwIfAborted();
    call.signal?.addEventListener("abort", stopped, { once: true });
    const first = call.betweenMs === undefined ? "answer" : "give the first token";
    let limit = {
      what: first,
      name: call.betweenMs === undefined ? "connectMs" : "firstTokenMs",
      ms: call.firstMs,
    };
    const watchdog = new Watchdog(
      () => controller.abort(mindTimeout(call.host, limit.what, limit.name, limit.ms)),
      call.clock ?? systemClock,
    );
    const release = () => {
      watchdog.stop();
      call.signal?.removeEventListener("abort", stopped);
    };
    // The package aborts through the signal it passes when its iterator is left early.
    init?.signal?.addEventListener("abort", () => controller.abort(init.signal?.reason), { once: true });
    watchdog.watch(call.firstMs);
    try {
      const response = stoppable(
        await fetch(input, { ...init, signal: controller.signal }),
        controller.signal,
      );
      if (!response.ok) throw await httpError(call, response);
      if (call.betweenMs === undefined) return await wholeAnswer(call, response, release);
      if (response.body === null) throw mindFailed(call.host, "an answer without a body");
      const betweenMs = call.betweenMs;
      let begun = false;
      return new Response(
        checkedLines(call, response.body, {
          heard: () => {
            if (begun) return watchdog.heard();
            begun = true;
            limit = { what: "go on", name: "betweenTokensMs", ms: betweenMs };
            watchdog.watch(betweenMs);
          },
          release,
          abort: (reason) => controller.abort(reason),
        }),
        { status: response.status, headers: response.headers },
      );
    } catch (cause) {
      release();
      controller.abort(cause);
      if (cause instanceof MindError || call.signal?.aborted) throw cause;
      throw mindUnavailable(call.host, cause);
    }
  };
}

/**
 * The same answer, whose body ends when the signal aborts. Deno 2.9 forgets to end the body of a `fetch` once the
 * garbage collector has been by: the server would go on for nobody. A pipe holds its signal.
 */
function stoppable(response: Response, signal: AbortSignal): Response {
  if (response.body === null) return response;
  const { status, statusText, headers } = response;
  return new Response(response.body.pipeThrough(new TransformStream(), { signal }), {
    status,
    statusText,
    headers,
  });
}

/** Reads the whole of a bounded answer and proves that it is JSON. */
async function wholeAnswer(call: GuardedCall, response: Response, release: () => void): Promise<Response> {
  const text = await boundedText(call, response);
  parsed(call, text);
  release();
  return new Response(text, { status: response.status, headers: { "content-type": "application/json" } });
}

async function boundedText(call: GuardedCall, response: Response): Promise<string> {
  if (response.body === null) return "";
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.byteLength;
    if (bytes > answerBytesMax) {
      throw mindFailed(call.host, `an answer must be <= ${answerBytesMax} bytes, and is longer`);
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

async function httpError(call: GuardedCall, response: Response): Promise<MindError> {
  const text = await boundedText(call, response);
  const said = saidError(text) ?? excerpt(text);
  if (response.status === 404 && call.model !== undefined && /model.*not found/i.test(said)) {
    return modelMissing(call.host, call.model);
  }
  return mindFailed(call.host, `HTTP ${response.status}${said === "" ? "" : `: ${said}`}`, {
    retryable: response.status >= 500 || response.status === 429,
    details: { status: response.status },
  });
}

function saidError(text: string): string | null {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === "object" && body !== null && "error" in body) return String(body.error);
    return null;
  } catch (cause) {
    if (cause instanceof SyntaxError) return null;
    throw cause;
  }
}

interface StreamHooks {
  heard(): void;
  release(): void;
  abort(reason: unknown): void;
}

/** Passes the bytes on as they come, and fails at the first line that is not JSON or says `error`. */
function checkedLines(
  call: GuardedCall,
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  hooks: StreamHooks,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let open = "";
  const fail = (cause: unknown): never => {
    hooks.release();
    hooks.abort(cause);
    if (cause instanceof MindError || call.signal?.aborted) throw cause;
    throw mindFailed(call.host, `the connection broke in mid-answer: ${reasonOf(cause)}`, { cause });
  };
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        hooks.heard();
        open += done ? decoder.decode() : decoder.decode(value, { stream: true });
        const lines = open.split("\n");
        open = done ? "" : lines.pop() ?? "";
        if (open.length > streamLineCharsMax) {
          throw mindFailed(call.host, `a line must be <= ${streamLineCharsMax} characters, and is longer`);
        }
        for (const line of lines) if (line.trim() !== "") checkLine(call, line);
        if (!done) return controller.enqueue(value);
        hooks.release();
        controller.close();
      } catch (cause) {
        fail(cause);
      }
    },
    async cancel(reason) {
      hooks.release();
      hooks.abort(reason);
      await reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
}

function checkLine(call: GuardedCall, line: string): void {
  const message = parsed(call, line);
  if (typeof message !== "object" || message === null) {
    throw mindFailed(call.host, `its answer is not an object: ${excerpt(line)}`);
  }
  if ("error" in message) throw mindFailed(call.host, String(message.error));
}

function parsed(call: GuardedCall, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw mindFailed(call.host, `its answer is not JSON: ${excerpt(text)}`, { cause });
  }
}

function excerpt(text: string): string {
  const line = text.trim().replace(/\s+/g, " ");
  return line.length > quotedNonsenseCharsMax ? `${line.slice(0, quotedNonsenseCharsMax)}…` : line;
}
