/**
 * A server that speaks Ollama's protocol and answers with numbered words at the pace of a small model, each stamped with
 * the moment at which it was handed to the socket. It stands for the mind alone; everything behind the socket is real.
 */

export interface TokenSource extends AsyncDisposable {
  readonly host: string;
  /** Milliseconds since 1970, with fractions, at which each word was written; by its number. */
  readonly writtenAt: readonly number[];
  /** The same, at which each question of it came in. */
  readonly askedAt: readonly number[];
}

export interface TokenSourceOptions {
  readonly models: readonly string[];
  readonly words: number;
  /** Milliseconds to wait before a word; uneven, so that they do not fall in step with the frames of the screen. */
  readonly pauseMs: () => number;
}

/** The word with this number, as it appears on the page. */
export function wordOf(number: number): string {
  return `w${String(number).padStart(5, "0")}`;
}

/** Milliseconds since 1970, with fractions. */
export function wallClock(): number {
  return performance.timeOrigin + performance.now();
}

export function startTokenSource(options: TokenSourceOptions): TokenSource {
  const writtenAt: number[] = [];
  const askedAt: number[] = [];
  const encoder = new TextEncoder();
  const line = (model: string, content: string, done: boolean) =>
    encoder.encode(
      JSON.stringify({
        model,
        created_at: new Date().toISOString(),
        message: { role: "assistant", content },
        done,
        ...(done ? { done_reason: "stop", eval_count: options.words } : {}),
      }) + "\n",
    );
  const listed = options.models.map((name) => ({ name, model: name, size: 1, size_vram: 0 }));
  const chat = async (request: Request): Promise<Response> => {
    const cameAt = wallClock();
    const { model, messages } = await request.json() as { model: string; messages: unknown[] };
    // Without messages it is a model that is to be loaded or unloaded.
    if (messages.length === 0) return new Response(line(model, "", true));
    askedAt.push(cameAt);
    let left = options.words;
    return new Response(
      new ReadableStream<Uint8Array<ArrayBuffer>>({
        async pull(controller) {
          if (left-- === 0) {
            controller.enqueue(line(model, "", true));
            controller.close();
            return;
          }
          await new Promise((resolve) => setTimeout(resolve, options.pauseMs()));
          const chunk = line(model, `${wordOf(writtenAt.length)} `, false);
          writtenAt.push(wallClock());
          controller.enqueue(chunk);
        },
      }, { highWaterMark: 0 }),
      { headers: { "content-type": "application/x-ndjson" } },
    );
  };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/api/chat") return await chat(request);
    if (pathname === "/api/tags") return Response.json({ models: listed });
    if (pathname === "/api/ps") return Response.json({ models: [] });
    return new Response("404 page not found", { status: 404 });
  });
  return {
    host: `http://127.0.0.1:${server.addr.port}`,
    writtenAt,
    askedAt,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
