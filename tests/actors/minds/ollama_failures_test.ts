import assert from "node:assert/strict";
import fc from "fast-check";
import { MindError, type MindErrorCode, OllamaMind } from "../../../actors/minds/mod.ts";
import { type Behaviour, chunk, startBadOllama, streamed } from "../../support/bad_ollama.ts";
import { freePort } from "../../support/ollama.ts";

const never = new AbortController().signal;
const hang: Behaviour = () => new Promise(() => {});

async function tokens(mind: OllamaMind, signal: AbortSignal = never): Promise<string[]> {
  const heard: string[] = [];
  const request = { model: "m", messages: [{ role: "user" as const, content: "?" }], memories: [], signal };
  for await (const part of mind.generate(request)) if ("token" in part) heard.push(part.token);
  return heard;
}

function isMindError(code: MindErrorCode, words: RegExp, retryable = true) {
  return (error: unknown) => {
    assert.ok(error instanceof MindError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, words);
    assert.equal(error.retryable, retryable);
    assert.ok(error.hint.length > 0);
    return true;
  };
}

async function failsWith(chat: Behaviour, code: MindErrorCode, words: RegExp, retryable = true) {
  await using server = startBadOllama({ "/api/chat": chat });
  const mind = new OllamaMind({ host: server.host });
  await assert.rejects(tokens(mind), isMindError(code, words, retryable));
}

Deno.test("OR4 an answer that is not JSON is mind_failed and quotes it", () =>
  failsWith(() => streamed(["<html>hello</html>\n"]), "mind_failed", /not JSON: <html>hello<\/html>/));

Deno.test("OR4 nonsense after good tokens is mind_failed", () =>
  failsWith(() => streamed([chunk("a"), "garbage\n"]), "mind_failed", /not JSON: garbage/));

Deno.test("OR4 a line of the wrong shape is mind_failed and says where", () =>
  failsWith(
    () => streamed(['{"model":"m","message":{"content":7},"done":false}\n']),
    "mind_failed",
    /message\.content/,
  ));

Deno.test("OR4 a line that is no object is mind_failed", () =>
  failsWith(() => streamed(["42\n"]), "mind_failed", /not an object: 42/));

Deno.test("OR4 an error line in mid-answer is mind_failed with the server's words", () =>
  failsWith(() => streamed([chunk("a"), '{"error":"out of memory"}\n']), "mind_failed", /out of memory/));

Deno.test("OR4 HTTP 500 is mind_failed and can be tried again", () =>
  failsWith(
    () => Response.json({ error: "no runner" }, { status: 500 }),
    "mind_failed",
    /HTTP 500: no runner/,
  ));

Deno.test("OR4 HTTP 400 is mind_failed and cannot be tried again", () =>
  failsWith(
    () => Response.json({ error: "bad option" }, { status: 400 }),
    "mind_failed",
    /HTTP 400: bad option/,
    false,
  ));

Deno.test("OR4 a 404 that does not speak of the model is mind_failed", () =>
  failsWith(() => new Response("404 page not found", { status: 404 }), "mind_failed", /HTTP 404/, false));

Deno.test("OR4 an answer that ends before it is done is mind_failed", () =>
  failsWith(() => streamed([chunk("a"), chunk("b")]), "mind_failed", /ended before it was done/));

Deno.test("OR9 a connection cut in mid-answer is mind_failed, after the tokens that came", async () => {
  await using server = startBadOllama({ "/api/chat": () => streamed([chunk("a"), chunk("b"), null]) });
  const mind = new OllamaMind({ host: server.host });
  const heard: string[] = [];
  await assert.rejects(async () => {
    const request = { model: "m", messages: [], memories: [], signal: never };
    for await (const part of mind.generate(request)) if ("token" in part) heard.push(part.token);
  }, isMindError("mind_failed", /broke in mid-answer/));
  assert.deepEqual(heard, ["a", "b"]);
});

Deno.test("OR7 a 404 that names the model is model_missing", () =>
  failsWith(
    () => Response.json({ error: "model 'm' not found" }, { status: 404 }),
    "model_missing",
    /does not have the model "m"/,
    false,
  ));

Deno.test("OR5 nobody at the host is mind_unavailable, for every request", async () => {
  const mind = new OllamaMind({ host: `127.0.0.1:${await freePort()}` });
  await assert.rejects(tokens(mind), isMindError("mind_unavailable", /Cannot reach Ollama at/));
  await assert.rejects(mind.models(), isMindError("mind_unavailable", /Cannot reach/));
  await assert.rejects(mind.loaded(), isMindError("mind_unavailable", /Cannot reach/));
  await assert.rejects(mind.unload("m"), isMindError("mind_unavailable", /Cannot reach/));
  assert.equal((await mind.probe()).available, false);
});

Deno.test("OR6 a server that accepts and says nothing is mind_timeout, naming the limit", async () => {
  await using server = startBadOllama({ "/api/tags": hang, "/api/ps": hang, "/api/chat": hang });
  const mind = new OllamaMind({ host: server.host, timeouts: { connectMs: 30, firstTokenMs: 40 } });
  await assert.rejects(mind.models(), isMindError("mind_timeout", /within 30 ms \(connectMs\)/));
  await assert.rejects(mind.loaded(), isMindError("mind_timeout", /connectMs/));
  await assert.rejects(
    tokens(mind),
    isMindError("mind_timeout", /first token within 40 ms \(firstTokenMs\)/),
  );
  const probe = await mind.probe();
  assert.equal(probe.available, false);
  assert.match(probe.reason ?? "", /30 ms/);
});

Deno.test("OR6 headers without a token do not stop the wait for the first one", async () => {
  await using server = startBadOllama({ "/api/chat": () => streamed([], "hang") });
  const mind = new OllamaMind({ host: server.host, timeouts: { firstTokenMs: 40 } });
  await assert.rejects(tokens(mind), isMindError("mind_timeout", /firstTokenMs/));
});

Deno.test("OR6 silence between two tokens is mind_timeout, and the connection is closed", async () => {
  await using server = startBadOllama({ "/api/chat": () => streamed([chunk("a"), chunk("b")], "hang") });
  const mind = new OllamaMind({ host: server.host, timeouts: { firstTokenMs: 5_000, betweenTokensMs: 40 } });
  await assert.rejects(tokens(mind), isMindError("mind_timeout", /go on within 40 ms \(betweenTokensMs\)/));
});

Deno.test("OR4 lists of the wrong shape are mind_failed; an empty list may be null", async () => {
  const answers: Record<string, unknown> = {
    "/api/tags": { models: [{ name: 1 }] },
    "/api/ps": { models: null },
  };
  await using server = startBadOllama({
    "/api/tags": () => Response.json(answers["/api/tags"]),
    "/api/ps": () => Response.json(answers["/api/ps"]),
  });
  const mind = new OllamaMind({ host: server.host });
  await assert.rejects(
    mind.models(),
    isMindError("mind_failed", /\/api\/tags has another shape at models\.0/),
  );
  assert.deepEqual(await mind.loaded(), []);
  answers["/api/tags"] = "hello";
  await assert.rejects(mind.models(), isMindError("mind_failed", /another shape/));
});

Deno.test("OR4 a server that tells no context, or nonsense for it, has models all the same", async () => {
  const infos: unknown[] = [null, {}, { "llama.context_length": -1 }, { "llama.context_length": "much" }, 7];
  for (const model_info of infos) {
    await using server = startBadOllama({
      "/api/tags": () => Response.json({ models: [{ name: "m", size: 1 }] }),
      "/api/show": () => Response.json({ model_info }),
    });
    assert.deepEqual(await new OllamaMind({ host: server.host }).models(), [{ model: "m", bytes: 1 }]);
  }
});

Deno.test("OR8 an unload that the list never confirms is mind_timeout", async () => {
  await using server = startBadOllama({
    "/api/chat": () => Response.json({ model: "m", message: { role: "assistant", content: "" }, done: true }),
    "/api/ps": () => Response.json({ models: [{ name: "m:latest", size: 1, size_vram: 1 }] }),
  });
  const mind = new OllamaMind({ host: server.host, timeouts: { unloadMs: 120 } });
  await assert.rejects(mind.unload("m"), isMindError("mind_timeout", /unload "m" within 120 ms/));
  const asked = server.requests.find((each) => each.path === "/api/chat")?.body;
  assert.equal((asked as { keep_alive: unknown }).keep_alive, 0);
});

Deno.test("OR2 a signal that is already aborted sends nothing", async () => {
  await using server = startBadOllama({ "/api/chat": () => streamed([chunk("a", true)]) });
  const mind = new OllamaMind({ host: server.host });
  await assert.rejects(tokens(mind, AbortSignal.abort(new Error("before"))), /before/);
  assert.deepEqual(server.requests, []);
});

Deno.test("OR10 a pull reports what the server reports", async () => {
  const lines = [
    { status: "pulling manifest" },
    { status: "pulling abc", total: 10, completed: 4 },
    { status: "success" },
  ];
  await using server = startBadOllama({
    "/api/pull": () => streamed(lines.map((each) => JSON.stringify(each) + "\n")),
  });
  const mind = new OllamaMind({ host: server.host });
  const heard = await Array.fromAsync(mind.pull("m", never));
  assert.deepEqual(heard, [
    { status: "pulling manifest", completed: 0, total: 0 },
    { status: "pulling abc", completed: 4, total: 10 },
    { status: "success", completed: 0, total: 0 },
  ]);
  await assert.rejects(
    Array.fromAsync(mind.pull("not a name", never)),
    isMindError("model_name_invalid", /"not a name"/, false),
  );
});

Deno.test("OR1 tokens are the same however the network cuts the bytes", async () => {
  let body: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  let cuts: number[] = [];
  await using server = startBadOllama({
    "/api/chat": () => {
      const edges = [0, ...cuts.map((each) => each % (body.length + 1)).sort((a, b) => a - b), body.length];
      const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
        start(controller) {
          for (let at = 1; at < edges.length; at++) controller.enqueue(body.slice(edges[at - 1], edges[at]));
          controller.close();
        },
      });
      return new Response(stream);
    },
  });
  const mind = new OllamaMind({ host: server.host });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: "grapheme", minLength: 1 }), { maxLength: 12 }),
      fc.array(fc.nat(), { maxLength: 6 }),
      async (words, cutAt) => {
        body = new TextEncoder().encode(words.map((each) => chunk(each)).join("") + chunk("", true));
        cuts = cutAt;
        assert.deepEqual(await tokens(mind), words);
      },
    ),
    { numRuns: 60 },
  );
});
