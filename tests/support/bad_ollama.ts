/**
 * A small HTTP server that speaks Ollama's protocol and misbehaves as told, for failure paths only: what a real
 * server does is tested against a real one.
 */

export type Behaviour = (request: Request, body: unknown) => Response | Promise<Response>;

export interface BadOllama extends AsyncDisposable {
  readonly host: string;
  /** Path and JSON body of every request so far. */
  readonly requests: readonly { readonly path: string; readonly body: unknown }[];
}

/** Routes by path, such as `/api/chat`; what is not told answers as an empty, healthy server would. */
export function startBadOllama(routes: Record<string, Behaviour>): BadOllama {
  const requests: { path: string; body: unknown }[] = [];
  const stopping = Promise.withResolvers<void>();
  const healthy: Record<string, Behaviour> = {
    "/api/tags": () => Response.json({ models: [] }),
    "/api/ps": () => Response.json({ models: [] }),
  };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const path = new URL(request.url).pathname;
    const text = await request.text();
    const body: unknown = text === "" ? null : JSON.parse(text);
    requests.push({ path, body });
    const behave = routes[path] ?? healthy[path];
    if (behave === undefined) return new Response("404 page not found", { status: 404 });
    return await Promise.race([
      behave(request, body),
      stopping.promise.then(() => new Response("stopping", { status: 503 })),
    ]);
  });
  return {
    host: `http://127.0.0.1:${server.addr.port}`,
    requests,
    async [Symbol.asyncDispose]() {
      // A behaviour that hangs must not keep the server from ending.
      stopping.resolve();
      await server.shutdown();
    },
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

/** A server that has the one model `m`. */
export const installed: Behaviour = () => Response.json({ models: [{ name: "m:latest", size: 100 }] });

/** An answer in these tokens. */
export function says(...tokens: string[]): Behaviour {
  return () => streamed([...tokens.map((each) => chunk(each)), chunk("", true)]);
}

/** A streamed answer whose pieces the test sends when it wants to. */
export interface HandStream {
  readonly behaviour: Behaviour;
  /** Resolves when the client has asked. */
  readonly asked: Promise<unknown>;
  /** Resolves when the client has closed the connection. */
  readonly left: Promise<void>;
  send(text: string): void;
  end(): void;
  cut(): void;
}

export function handStream(): HandStream {
  const asked = Promise.withResolvers<unknown>();
  const left = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>>();
  const encoder = new TextEncoder();
  return {
    asked: asked.promise,
    left: left.promise,
    behaviour: (_request, body) => {
      asked.resolve(body);
      const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
        start: (controller) => opened.resolve(controller),
        cancel: () => left.resolve(),
      });
      return new Response(stream, { headers: { "content-type": "application/x-ndjson" } });
    },
    send: (text) => void opened.promise.then((controller) => controller.enqueue(encoder.encode(text))),
    end: () => void opened.promise.then((controller) => controller.close()),
    cut: () => void opened.promise.then((controller) => controller.error(new Error("cut by the test"))),
  };
}
