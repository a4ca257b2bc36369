/**
 * Asks a mind's server that streams without end, lets the garbage collector by, stops, and says whether the server
 * noticed. Run with `--v8-flags=--expose-gc`.
 */
import { OllamaMind } from "../../../actors/minds/mod.ts";

const gone = Promise.withResolvers<string>();
const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
  let timer: ReturnType<typeof setInterval>;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const line = JSON.stringify({
        model: "m",
        message: { role: "assistant", content: "word " },
        done: false,
      });
      timer = setInterval(() => controller.enqueue(new TextEncoder().encode(`${line}\n`)), 20);
    },
    cancel() {
      clearInterval(timer);
      gone.resolve("the server was left");
    },
  });
  return new Response(body, { headers: { "content-type": "application/x-ndjson" } });
});

const mind = new OllamaMind({ host: `http://127.0.0.1:${server.addr.port}` });
const controller = new AbortController();
let tokens = 0;
try {
  const messages = [{ role: "user" as const, content: "go on" }];
  for await (const _ of mind.generate({ model: "m", messages, memories: [], signal: controller.signal })) {
    (globalThis as unknown as { gc(): void }).gc();
    if (++tokens === 20) controller.abort(new Error("stopped by a person"));
  }
} catch (error) {
  console.log(String(error));
}
setTimeout(() => gone.resolve("the server goes on for nobody"), 3_000);
console.log(await gone.promise);
Deno.exit(0);
