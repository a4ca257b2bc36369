import assert from "node:assert/strict";
import fc from "fast-check";
import { OrchestratorError, type OrchestratorErrorCode } from "../../../actors/orchestrator/mod.ts";
import { type Behaviour, chunk, handStream, startBadOllama, streamed } from "../../support/bad_ollama.ts";
import { hit, persona, Scene } from "./scene.ts";

const installed: Behaviour = () => Response.json({ models: [{ name: "m:latest", size: 100 }] });
const says = (...words: string[]): Behaviour => () =>
  streamed([...words.map((each) => chunk(each)), chunk("", true)]);

function hasCode(code: OrchestratorErrorCode, words: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof OrchestratorError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, words);
    return true;
  };
}

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

Deno.test("OR24 a listener that throws ends that answer and nothing else", async () => {
  await using server = startBadOllama({ "/api/tags": installed, "/api/chat": says("hi") });
  let broken = true;
  const told: string[] = [];
  await using scene = new Scene({
    host: server.host,
    ports: {
      emit: (event) => {
        if (broken) throw new Error("the stream is gone");
        told.push(event.command);
      },
    },
  });
  await scene.ask("hello");
  while (scene.orchestrator.status().answers.failed === 0) await scene.chooser.fresh();
  assert.match(scene.orchestrator.status().reason ?? "", /could not be told: the stream is gone/);
  broken = false;
  await scene.ask("hello");
  await scene.until(() => scene.stored.length === 1);
  assert.deepEqual(told, ["ANSWER_STARTED", "PERSONA_RESPONSE_PARTIAL"]);
});

Deno.test("OR23 at most so many answers think at once; the others wait; one more is busy", async () => {
  const streams = [handStream(), handStream(), handStream()];
  let next = 0;
  await using server = startBadOllama({
    "/api/tags": installed,
    "/api/chat": (...all) => streams[next++]?.behaviour(...all) ?? new Response("", { status: 500 }),
  });
  await using scene = new Scene({ host: server.host, limits: { concurrentMax: 1, waitingMax: 2 } });
  const first = await scene.ask("one");
  const second = await scene.ask("two");
  const third = await scene.ask("three");
  await assert.rejects(scene.ask("four"), hasCode("busy", /3 others are open/));
  await streams[0]?.asked;
  assert.equal(next, 1);
  assert.equal(scene.orchestrator.status().running, 1);
  assert.equal(scene.orchestrator.status().waiting, 2);
  scene.orchestrator.cancel(second.answer);
  assert.equal(scene.orchestrator.status().waiting, 1);
  streams[0]?.send(chunk("a", true));
  streams[0]?.end();
  await streams[1]?.asked;
  streams[1]?.send(chunk("c", true));
  streams[1]?.end();
  await scene.until(() => scene.stored.length === 2);
  assert.deepEqual(scene.stored.map((each) => each.answer), [first.answer, third.answer]);
});

Deno.test("OR25 running() shows what was said so far, and nothing once it is published", async () => {
  const stream = handStream();
  await using server = startBadOllama({ "/api/tags": installed, "/api/chat": stream.behaviour });
  await using scene = new Scene({ host: server.host });
  const { answer } = await scene.ask("hello", { thread: "t" });
  assert.deepEqual(scene.orchestrator.running(), []);
  stream.send(chunk("né "));
  stream.send(chunk("🙂"));
  await scene.until(() => scene.tokens().length === 2);
  const [running] = scene.orchestrator.running();
  assert.equal(running?.answer, answer);
  assert.equal(running?.text, "né 🙂");
  assert.equal(running?.offset, 5);
  assert.equal(running?.thread, "t");
  assert.equal(running?.reason, scene.of("ANSWER_STARTED")[0]?.reason);
  scene.orchestrator.published(answer);
  assert.deepEqual(scene.orchestrator.running(), []);
});

Deno.test("OR27 a bad question is refused with a typed error and no event", async () => {
  await using server = startBadOllama({ "/api/tags": installed });
  await using scene = new Scene({ host: server.host });
  await assert.rejects(scene.ask("  "), hasCode("question_empty", /must not be empty/));
  await assert.rejects(scene.ask("x".repeat(20_001)), hasCode("question_too_long", /20001/));
  await assert.rejects(scene.ask("hi", { persona: "NOBODY" }), hasCode("unknown_persona", /"NOBODY"/));
  scene.settings = { vramBudgetBytes: -1 };
  await assert.rejects(scene.ask("hi"), hasCode("settings_invalid", /vramBudgetBytes/));
  scene.settings = {};
  scene.personas = [];
  await assert.rejects(scene.ask("hi"), hasCode("no_persona", /no persona/));
  assert.deepEqual(scene.events, []);
  assert.equal(scene.orchestrator.status().running, 0);
});

Deno.test("OR28 closing stops what runs, and takes no more questions", async () => {
  const stream = handStream();
  await using server = startBadOllama({ "/api/tags": installed, "/api/chat": stream.behaviour });
  await using scene = new Scene({ host: server.host });
  const { answer } = await scene.ask("hello");
  stream.send(chunk("a"));
  await scene.until(() => scene.tokens().length === 1);
  await scene.orchestrator.close();
  assert.match(scene.of("ANSWER_ABORTED").find((each) => each.answer === answer)?.reason ?? "", /closing/);
  await stream.left;
  await assert.rejects(scene.ask("hello"), hasCode("orchestrator_closed", /closing/));
  assert.equal(scene.orchestrator.status().state, "closed");
});

Deno.test("OR29 an answer that is not there in time is aborted and the mind stopped", async () => {
  const stream = handStream();
  await using server = startBadOllama({ "/api/tags": installed, "/api/chat": stream.behaviour });
  await using scene = new Scene({ host: server.host, limits: { answerMs: 60 } });
  const { answer } = await scene.ask("hello");
  stream.send(chunk("a"));
  assert.match(await scene.aborted(answer), /within 60 ms/);
  await stream.left;
  assert.equal(scene.stored.length, 0);
});

Deno.test("OR21 the next answer obeys a persona that was changed meanwhile", async () => {
  await using server = startBadOllama({
    "/api/tags": () => Response.json({ models: [{ name: "m:latest", size: 1 }, { name: "n:1b", size: 1 }] }),
    "/api/chat": says("hi"),
  });
  await using scene = new Scene({ host: server.host });
  await scene.ask("one");
  await scene.until(() => scene.stored.length === 1);
  const alfred = persona("ALFRED", {
    prompt: "Speak like a pirate.",
    model: "n:1b",
    options: { temperature: 0 },
    keepAlive: "-1",
  });
  scene.personas = [alfred];
  await scene.ask("two");
  await scene.until(() => scene.stored.length === 2);
  const bodies = server.requests.filter((each) => each.path === "/api/chat").map((each) => each.body);
  const last = bodies.at(-1) as {
    model: string;
    keep_alive: number;
    messages: { content: string }[];
    options: { temperature: number };
  };
  assert.equal(last.model, "n:1b");
  assert.equal(last.keep_alive, -1);
  assert.equal(last.messages[0]?.content, "Speak like a pirate.");
  assert.equal(last.options.temperature, 0);
  assert.match(JSON.stringify(last.messages), /one.*hi.*two/);
});

Deno.test("OR20 a persona whose model is missing is answered for by recall, aloud, and the model is offered", async () => {
  await using server = startBadOllama({ "/api/tags": installed });
  await using scene = new Scene({
    host: server.host,
    personas: [
      persona("ALFRED", { model: "phi3:3.8b" }),
      persona("BRICK", { model: "phi3:3.8b" }),
      persona("BABS"),
    ],
    memories: [hit("Milk is white.")],
  });
  await scene.ask("What is milk?");
  await scene.until(() => scene.stored.length === 1);
  assert.equal(scene.of("ANSWER_STARTED")[0]?.mind, "recall");
  assert.match(scene.of("ANSWER_STARTED")[0]?.reason ?? "", /"phi3:3\.8b" of ALFRED is not installed/);
  assert.match(scene.stored[0]?.full_text ?? "", /"phi3:3\.8b" of ALFRED is not installed.*Milk is white/s);
  const expected = [{ model: "phi3:3.8b", personas: ["ALFRED", "BRICK"] }];
  assert.deepEqual((await scene.orchestrator.models()).missing, expected);
  assert.deepEqual(scene.orchestrator.status().missing, expected);
  assert.equal(scene.orchestrator.status().state, "degraded");
});

Deno.test("OR20 without any server recall answers and says why", async () => {
  await using scene = new Scene({ host: "127.0.0.1:1", memories: [hit("Milk is white.")] });
  await scene.ask("What is milk?");
  await scene.until(() => scene.stored.length === 1);
  assert.equal(scene.stored[0]?.mind, "recall");
  assert.match(scene.stored[0]?.full_text ?? "", /No model is there \(Cannot reach Ollama.*Milk is white/s);
  assert.deepEqual(await scene.orchestrator.models(), { mind: "recall", installed: [], missing: [] });
});

Deno.test("OR26 a pull tells its progress and its end, once for all who asked", async () => {
  const stream = handStream();
  await using server = startBadOllama({ "/api/pull": stream.behaviour });
  await using scene = new Scene({ host: server.host });
  assert.deepEqual(await scene.orchestrator.pull("phi3:3.8b"), { model: "phi3:3.8b" });
  await scene.orchestrator.pull("phi3:3.8b");
  stream.send('{"status":"pulling abc","total":10,"completed":4}\n');
  await scene.until(() => scene.of("MODEL_PULL_PROGRESS").length === 1);
  assert.equal(scene.orchestrator.status().pulls[0]?.completed, 4);
  stream.send('{"status":"success"}\n');
  stream.end();
  await scene.until(() => scene.of("MODEL_PULL_PROGRESS").some((each) => each.done));
  const last = scene.of("MODEL_PULL_PROGRESS").at(-1);
  assert.equal(last?.error, undefined);
  assert.equal(server.requests.filter((each) => each.path === "/api/pull").length, 1);
});

Deno.test("OR26 a pull that fails or is stopped ends with an error; names are checked", async () => {
  const stream = handStream();
  await using server = startBadOllama({ "/api/pull": stream.behaviour });
  await using scene = new Scene({ host: server.host });
  await assert.rejects(scene.orchestrator.pull("a b"), /name of a model/);
  await scene.orchestrator.pull("phi3");
  await stream.asked;
  assert.equal(scene.orchestrator.cancelPull("phi3:latest"), true);
  await scene.until(() => scene.of("MODEL_PULL_PROGRESS").some((each) => each.done));
  assert.match(scene.of("MODEL_PULL_PROGRESS").at(-1)?.error ?? "", /stopped by the person/);
  assert.equal(scene.orchestrator.cancelPull("phi3"), false);
});
