import assert from "node:assert/strict";
import { OrchestratorError, type OrchestratorErrorCode } from "../../../actors/orchestrator/mod.ts";
import { chunk, handStream, installed, says, startBadOllama } from "../../support/bad_ollama.ts";
import { Scene } from "./scene.ts";

function hasCode(code: OrchestratorErrorCode, words: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof OrchestratorError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, words);
    return true;
  };
}

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
  scene.settings = { router: "rules", vramBudgetBytes: -1 };
  await assert.rejects(scene.ask("hi"), hasCode("settings_invalid", /vram_budget_bytes/));
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

Deno.test("OR28 what is asked while it closes, and was not begun, is refused", async () => {
  const looked = Promise.withResolvers<void>();
  const read = Promise.withResolvers<void>();
  let pulls = 0;
  await using server = startBadOllama({
    "/api/tags": async (request, body) => {
      await looked.promise;
      return await installed(request, body);
    },
    "/api/pull": () => {
      pulls++;
      return new Response('{"status":"success"}\n');
    },
    "/api/chat": says("hi"),
  });
  const exchange = {
    exchange: "e",
    thread: "main",
    query_text: "hello",
    persona_id: "oid-alfred",
    persona_name: "ALFRED",
    memories: [],
    prompt: { messages: [], options: {}, model: "m", tokens: 1 },
  };
  await using scene = new Scene({
    host: server.host,
    ports: { replayable: () => read.promise.then(() => exchange) },
  });
  const refused = [scene.orchestrator.pull("phi3"), scene.orchestrator.replay({ exchange: "e", at: 1 })]
    .map((asked) => assert.rejects(asked, hasCode("orchestrator_closed", /closing/)));
  const closing = scene.orchestrator.close();
  looked.resolve();
  read.resolve();
  await Promise.all([closing, ...refused]);
  assert.deepEqual([pulls, scene.orchestrator.status().pulls, scene.orchestrator.running()], [0, [], []]);
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
