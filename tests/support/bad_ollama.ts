/**
 * A small HTTP server that speaks Ollama's protocol and misbehaves as told, for failure paths only: what a real
 * server does is tested against a real one.
 */

export type Behaviour = (request: Request, body: unknown) => Response | Promise<Response>;

export interface BadOllama extends AsyncDisposable {
  readonly host: string;
  /** Path and JSON body of every request so far. */
  readonly requests: readonly { readonly path: string; readonly body: unknown }[];
  /** How many streamed answers the client has left early. */
  readonly left: () => number;
}

/** Routes by path, such as `/api/chat`; what is not told answers as an empty, healthy server would. */
export function startBadOllama(routes: Record<string, Behaviour>): BadOllama {
  const requests: { path: string; body: unknown }[] = [];
  let left = 0;
  const healthy: Record<string, Behaviour> = {
    "/api/tags": () => Response.json({ models: [] }),
    "/api/ps": () => Response.json({ models: [] }),
  };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const path = new URL(request.url).pathname;
    const text = await request.text();
    const body: unknown = text === "" ? null : JSON.parse(text);
    requests.push({ path, body });
    request.signal.addEventListener("abort", () => left++);
    const behave = routes[path] ?? healthy[path];
    return behave === undefined
      ? new Response("404 page not found", { status: 404 })
      : await behave(request, body);
  });
  return {
    host: `http://127.0.0.1:${server.addr.port}`,
    requests,
    left: () => left,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** One chat chunk as Ollama writes it. */
export function chunk(content: string, done = false): string {
  return JSON.stringify({
    model: "m",
    created_at: "2026-01-01T00:00:00Z",
    message: { role: "assistant", content },
    done,
    ...(done ? { done_reason: "stop", eval_count: 1 } : {}),
  }) + "\n";
}

/** A streamed body: each piece is sent by itself; `null` cuts the connection; `"hang"` stays silent. */
export function streamed(pieces: readonly (string | null)[], end: "close" | "hang" = "close"): Response {
  const encoder = new TextEncoder();
  let next = 0;
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      if (next >= pieces.length) {
        if (end === "close") return controller.close();
        return new Promise(() => {});
      }
      const piece = pieces[next++];
      if (piece === null || piece === undefined) return controller.error(new Error("cut"));
      controller.enqueue(encoder.encode(piece));
    },
  });
  return new Response(body, { headers: { "content-type": "application/x-ndjson" } });
}
