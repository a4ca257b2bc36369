import assert from "node:assert/strict";
import { chunk, startBadOllama } from "../../support/bad_ollama.ts";
import { Scene } from "./scene.ts";

Deno.test("OR15 a token goes out at once: from the server's write to the event, p95 is below 8 ms", async () => {
  const count = 200;
  const sentAt: number[] = [];
  await using server = startBadOllama({
    "/api/tags": () => Response.json({ models: [{ name: "m:latest", size: 1 }] }),
    "/api/chat": () => {
      const encoder = new TextEncoder();
      const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
        async pull(controller) {
          await new Promise((resolve) => setTimeout(resolve, 3));
          const last = sentAt.length === count - 1;
          sentAt.push(performance.now());
          controller.enqueue(encoder.encode(chunk("word ", last)));
          if (last) controller.close();
        },
      }, { highWaterMark: 0 });
      return new Response(body);
    },
  });
  const heardAt: number[] = [];
  await using scene = new Scene({
    host: server.host,
    ports: {
      emit: (event) => {
        if (event.command === "PERSONA_RESPONSE_PARTIAL") heardAt.push(performance.now());
      },
    },
  });
  await scene.ask("hello");
  await scene.until(() => scene.stored.length === 1);
  assert.equal(heardAt.length, count);
  const delays = heardAt.map((at, index) => at - (sentAt[index] ?? 0)).sort((one, other) => one - other);
  const p50 = delays[Math.floor(count * 0.5)] ?? Infinity;
  const p95 = delays[Math.floor(count * 0.95)] ?? Infinity;
  console.log(`token from socket to event: p50 ${p50.toFixed(2)} ms, p95 ${p95.toFixed(2)} ms`);
  assert.ok(p95 < 8, `p95 is ${p95} ms`);
});
