import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type Behaviour,
  chunk,
  handStream,
  installed,
  says,
  startBadOllama,
  streamed,
} from "../../support/bad_ollama.ts";
import { hit, Scene } from "./scene.ts";

Deno.test("OR14 one question becomes one stored exchange with everything in it", async () => {
  await using server = startBadOllama({ "/api/tags": installed, "/api/chat": says("It ", "is ", "so.") });
  await using scene = new Scene({ host: server.host, memories: [hit("Milk is white.")] });
  const { answer } = await scene.ask("What is milk?", { thread: "t1" });
  await scene.until(() => scene.stored.length === 1);
  while (scene.orchestrator.status().running > 0) await Promise.resolve();
  assert.equal(scene.orchestrator.status().answers.complete, 1);
  const [exchange] = scene.stored;
  assert.equal(exchange?.answer, answer);
  assert.equal(exchange?.full_text, "It is so.");
  assert.equal(exchange?.query_text, "What is milk?");
  assert.equal(exchange?.thread, "t1");
  assert.equal(exchange?.persona_name, "ALFRED");
  assert.equal(exchange?.mind, "ollama");
  assert.equal(exchange?.model, "m");
  assert.deepEqual(exchange?.memories.map((each) => each.text), ["Milk is white."]);
  const [started] = scene.of("ANSWER_STARTED");
  assert.equal(started?.answer, answer);
  assert.equal(started?.persona_id, "oid-alfred");
  assert.deepEqual(started?.memories, scene.memories);
  assert.equal(scene.of("ANSWER_ABORTED").length, 0);
  assert.deepEqual(scene.orchestrator.running(), []);
  const chat = server.requests.find((each) => each.path === "/api/chat")?.body as Record<string, unknown>;
  assert.equal(chat.keep_alive, "5m");
  assert.match(JSON.stringify(chat.messages), /Milk is white/);
});

Deno.test("OR15 tokens carry UTF-16 offsets, and joined they are the stored text", async () => {
  let words: string[] = [];
  await using server = startBadOllama({
    "/api/tags": installed,
    "/api/chat": (...all) => says(...words)(...all),
  });
  await using scene = new Scene({ host: server.host });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: "grapheme", minLength: 1 }), { minLength: 1, maxLength: 10 })
        .filter((each) => each.join("").trim() !== ""),
      async (given) => {
        words = given;
        scene.events.length = 0;
        scene.stored.length = 0;
        await scene.ask("hello");
        await scene.until(() => scene.stored.length === 1);
        let text = "";
        for (const each of scene.of("PERSONA_RESPONSE_PARTIAL")) {
          assert.equal(each.offset, text.length);
          text += each.token;
        }
        assert.equal(text, given.join(""));
        assert.equal(scene.stored[0]?.full_text, text);
      },
    ),
    { numRuns: 30 },
  );
});

Deno.test("OR16 a cancel in mid-answer stores nothing, stops the mind and says so", async () => {
  const stream = handStream();
  await using server = startBadOllama({ "/api/tags": installed, "/api/chat": stream.behaviour });
  await using scene = new Scene({ host: server.host });
  const { answer } = await scene.ask("Go on for ever");
  stream.send(chunk("one "));
  await scene.until(() => scene.tokens().length === 1);
  assert.equal(scene.orchestrator.cancel(answer), true);
  assert.match(await scene.aborted(answer), /Stopped by the person/);
  await stream.left;
  assert.equal(scene.stored.length, 0);
  assert.deepEqual(scene.orchestrator.running(), []);
  assert.equal(scene.orchestrator.cancel(answer), false);
  assert.equal(scene.orchestrator.status().answers.aborted, 1);
});

for (const place of ["recall", "history", "tags", "first token"] as const) {
  Deno.test(`OR16 a cancel while waiting for ${place} stores nothing`, async () => {
    const reached = Promise.withResolvers<void>();
    const stuck = () => {
      reached.resolve();
      return new Promise<never>(() => {});
    };
    let looks = 0;
    await using server = startBadOllama({
      "/api/tags": (...all) => place === "tags" && ++looks > 1 ? stuck() : installed(...all),
      "/api/chat": place === "first token" ? stuck : says("hi"),
    });
    await using scene = new Scene({
      host: server.host,
      ports: {
        ...(place === "recall" ? { recall: stuck } : {}),
        ...(place === "history" ? { history: stuck } : {}),
      },
    });
    await scene.chooser.fresh();
    const { answer } = await scene.ask("hello");
    await reached.promise;
    scene.orchestrator.cancel(answer);
    await scene.aborted(answer);
    assert.equal(scene.stored.length, 0);
    assert.equal(scene.orchestrator.status().running, 0);
  });
}

Deno.test("OR16 a cancel while storing asks the store, which decides", async () => {
  await using server = startBadOllama({ "/api/tags": installed, "/api/chat": says("hi") });
  const storing = Promise.withResolvers<AbortSignal>();
  const decided = Promise.withResolvers<{ position: string }>();
  await using scene = new Scene({
    host: server.host,
    ports: {
      storeExchange: (_exchange, signal) => {
        storing.resolve(signal);
        return decided.promise;
      },
    },
  });
  const { answer } = await scene.ask("hello");
  const signal = await storing.promise;
  assert.equal(scene.orchestrator.cancel(answer), true);
  assert.equal(signal.aborted, true);
  assert.equal(scene.of("ANSWER_ABORTED").length, 0);
  decided.reject(signal.reason);
  assert.match(await scene.aborted(answer), /Stopped by the person/);
});

Deno.test("OR16 a cancel that comes after the commit was decided leaves the answer complete", async () => {
  await using server = startBadOllama({ "/api/tags": installed, "/api/chat": says("hi") });
  const storing = Promise.withResolvers<void>();
  const decided = Promise.withResolvers<{ position: string }>();
  await using scene = new Scene({
    host: server.host,
    ports: {
      storeExchange: () => {
        storing.resolve();
        return decided.promise;
      },
    },
  });
  const { answer } = await scene.ask("hello");
  await storing.promise;
  scene.orchestrator.cancel(answer);
  decided.resolve({ position: "000001-00000000000000000001-0000" });
  while (scene.orchestrator.cancel(answer)) await Promise.resolve();
  assert.equal(scene.of("ANSWER_ABORTED").length, 0);
  assert.equal(scene.orchestrator.status().answers.complete, 1);
});

Deno.test("OR17 a mind that dies in mid-answer ends in ANSWER_ABORTED with the reason; nothing is stored", async () => {
  const stream = handStream();
  await using server = startBadOllama({ "/api/tags": installed, "/api/chat": stream.behaviour });
  await using scene = new Scene({ host: server.host });
  const { answer } = await scene.ask("hello");
  stream.send(chunk("half "));
  await scene.until(() => scene.tokens().length === 1);
  stream.cut();
  assert.match(await scene.aborted(answer), /broke in mid-answer.*Look at the server's own log/);
  assert.equal(scene.stored.length, 0);
  assert.match(scene.orchestrator.status().reason ?? "", /broke in mid-answer/);
});

Deno.test("OR17 nonsense, an empty answer and an endless one are aborted with their reasons", async () => {
  let chat: Behaviour = says();
  await using server = startBadOllama({ "/api/tags": installed, "/api/chat": (...all) => chat(...all) });
  await using scene = new Scene({ host: server.host, limits: { answerCharsMax: 50 } });
  assert.match(await scene.aborted((await scene.ask("one")).answer), /empty answer/);
  chat = () => streamed(["<html>\n"]);
  assert.match(await scene.aborted((await scene.ask("two")).answer), /not JSON/);
  chat = says("x".repeat(40), "y".repeat(40));
  assert.match(await scene.aborted((await scene.ask("three")).answer), /must be <= 50 characters/);
  assert.equal(scene.stored.length, 0);
});

Deno.test("OR17 a store that refuses ends in ANSWER_ABORTED with the refusal", async () => {
  await using server = startBadOllama({ "/api/tags": installed, "/api/chat": says("hi") });
  await using scene = new Scene({
    host: server.host,
    ports: { storeExchange: () => Promise.reject(new Error("the index is full")) },
  });
  assert.match(await scene.aborted((await scene.ask("hello")).answer), /the index is full/);
});

Deno.test("OR17 a recall that fails ends the answer, and the next question is answered", async () => {
  await using server = startBadOllama({ "/api/tags": installed, "/api/chat": says("hi") });
  let broken = true;
  await using scene = new Scene({
    host: server.host,
    ports: { recall: () => broken ? Promise.reject(new Error("embedder is loading")) : Promise.resolve([]) },
  });
  assert.match(await scene.aborted((await scene.ask("hello")).answer), /embedder is loading/);
  broken = false;
  await scene.ask("hello again");
  await scene.until(() => scene.stored.length === 1);
});
