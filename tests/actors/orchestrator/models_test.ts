import assert from "node:assert/strict";
import { OllamaMind } from "../../../actors/minds/mod.ts";
import { handStream, says, startBadOllama } from "../../support/bad_ollama.ts";
import { hit, persona, Scene } from "./scene.ts";

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

const twoTags = () =>
  Response.json({
    models: [
      { name: "large:7b", size: 700, details: { family: "llama" } },
      { name: "smollm2:latest", size: 100, details: { family: "llama" } },
      { name: "nomic-embed-text:latest", size: 10, details: { family: "nomic-bert" } },
    ],
  });

Deno.test("OR20 the smallest model that is there stands in for a missing one, aloud, and that one is offered", async () => {
  await using server = startBadOllama({ "/api/tags": twoTags, "/api/chat": says("white") });
  await using scene = new Scene({
    host: server.host,
    personas: [persona("ALFRED", { model: "phi3:3.8b", vramBytes: 5_000_000_000 })],
    memories: [hit("Milk is white.")],
  });
  scene.settings = { router: "rules", vramBudgetBytes: 500 };
  await scene.ask("What is milk?");
  await scene.until(() => scene.stored.length === 1);
  assert.equal(scene.of("ANSWER_STARTED")[0]?.mind, "ollama");
  assert.equal(
    scene.of("ANSWER_STARTED")[0]?.reason,
    "ALFRED answers what has no specialist; phi3:3.8b is not there, and smollm2 stands in",
  );
  assert.equal(scene.stored[0]?.full_text, "white");
  const chat = server.requests.find((each) => each.path === "/api/chat")?.body as { model: string };
  assert.equal(chat.model, "smollm2:latest");
  const expected = [{ model: "phi3:3.8b", personas: ["ALFRED"] }];
  assert.deepEqual((await scene.orchestrator.models()).missing, expected);
});

Deno.test("OR19 a prompt fits the context that the server says a model has, and its length is told to the model", async () => {
  let fault = true;
  await using server = startBadOllama({
    "/api/tags": () => Response.json({ models: [{ name: "m:latest", size: 1, digest: "abc" }] }),
    "/api/show": () =>
      fault
        ? new Response("busy", { status: 503 })
        : Response.json({ model_info: { "general.architecture": "llama", "llama.context_length": 512 } }),
    "/api/chat": says("hi"),
  });
  await using scene = new Scene({ host: server.host, personas: [persona("ALFRED", { model: "m" })] });
  const numCtx = () => {
    const chats = server.requests.filter(({ path }) => path === "/api/chat");
    return (chats.at(-1)!.body as { options: { num_ctx: number } }).options.num_ctx;
  };
  await scene.ask("one");
  await scene.until(() => scene.stored.length === 1);
  assert.equal(numCtx(), 4096, "what is not known keeps the usual bound");
  fault = false;
  // A look that ends after this has asked anew.
  await scene.orchestrator.models();
  await scene.ask("two");
  await scene.until(() => scene.stored.length === 2);
  assert.equal(numCtx(), 512);
  assert.equal((await scene.orchestrator.models()).installed[0]?.contextTokens, 512);
  const shows = () => server.requests.filter(({ path }) => path === "/api/show").length;
  const before = shows();
  await scene.orchestrator.models();
  assert.equal(shows(), before, "one that is known is not asked for again");
});

Deno.test("OR20 a smaller model stands in for one that does not fit the budget, aloud", async () => {
  await using server = startBadOllama({ "/api/tags": twoTags, "/api/chat": says("white") });
  await using scene = new Scene({ host: server.host, personas: [persona("ALFRED", { model: "large:7b" })] });
  scene.settings = { vramBudgetBytes: 500 };
  await scene.ask("What is milk?");
  await scene.until(() => scene.stored.length === 1);
  assert.match(
    scene.of("ANSWER_STARTED")[0]?.reason ?? "",
    /large:7b does not fit the budget of memory, and smollm2 stands in/,
  );
});

Deno.test("OR32 another model answers while a persona's own rests, aloud, and the status names it", async () => {
  const failing = (_request: Request, body: unknown) =>
    (body as { model: string }).model === "large:7b"
      ? Response.json({ error: "the runner has ended" }, { status: 500 })
      : says("white")(_request, body);
  await using server = startBadOllama({ "/api/tags": twoTags, "/api/chat": failing });
  await using scene = new Scene({
    host: server.host,
    personas: [persona("ALFRED", { model: "large:7b" })],
    steady: { failuresMax: 1, restMs: 3_600_000, restMaxMs: 3_600_000 },
  });
  scene.settings = { onFailure: "stop" };
  const { answer } = await scene.ask("What is milk?");
  assert.match(await scene.aborted(answer), /the runner has ended/);
  await scene.ask("What is milk?");
  await scene.until(() => scene.stored.length === 1);
  assert.match(
    scene.of("ANSWER_STARTED").at(-1)?.reason ?? "",
    /large:7b is not asked now, as it rests after a failure.*, and smollm2 stands in/,
  );
  await scene.chooser.fresh(20_000);
  const { resting } = scene.orchestrator.status().mind;
  assert.deepEqual(resting.map((each) => each.model), ["large:7b"]);
  assert.match(resting[0]?.reason ?? "", /the runner has ended/);
});

Deno.test("OR20 recall answers when no model that is there fits the budget, or can do more than read", async () => {
  await using server = startBadOllama({ "/api/tags": twoTags });
  await using scene = new Scene({ host: server.host, personas: [persona("ALFRED", { model: "phi3:3.8b" })] });
  scene.settings = { router: "rules", vramBudgetBytes: 50 };
  await scene.ask("What is milk?");
  await scene.until(() => scene.stored.length === 1);
  assert.equal(scene.stored[0]?.mind, "recall");
  assert.match(scene.stored[0]?.full_text ?? "", /"phi3:3\.8b" of ALFRED is not installed/);
});

Deno.test("OR11 what is stored and shown as remembered is what recall quoted, and nothing else", async () => {
  const near = Array.from({ length: 7 }, (_, at) => hit(`Milk is white, ${at}.`, 0.9 - at / 100));
  await using scene = new Scene({
    host: "127.0.0.1:1",
    memories: [...near, hit("Far off.", -0.03)],
    limits: { memoriesMax: 20 },
  });
  await scene.ask("What is milk?");
  await scene.until(() => scene.stored.length === 1);
  assert.deepEqual(scene.stored[0]?.memories, near.slice(0, 5));
  assert.deepEqual(scene.of("ANSWER_STARTED")[0]?.memories, near.slice(0, 5));
  assert.match(scene.stored[0]?.full_text ?? "", /And 2 more memories not quoted here/);
  scene.memories = [hit("Far off.", -0.03)];
  await scene.ask("What is cheese?");
  await scene.until(() => scene.stored.length === 2);
  assert.deepEqual(scene.stored[1]?.memories, []);
});

Deno.test("OR20 a persona for which no model is there is answered for by recall, aloud, and the model is offered", async () => {
  await using server = startBadOllama({});
  await using scene = new Scene({
    host: server.host,
    personas: [
      persona("ALFRED", { model: "phi3:3.8b" }),
      persona("BRICK", { model: "phi3:3.8b" }),
      persona("BABS", { model: "" }),
    ],
    memories: [hit("Milk is white.")],
  });
  await scene.ask("What is milk?");
  await scene.until(() => scene.stored.length === 1);
  assert.equal(scene.of("ANSWER_STARTED")[0]?.mind, "recall");
  // The answer itself says why, so that the reason need not.
  assert.equal(scene.of("ANSWER_STARTED")[0]?.reason, "ALFRED answers what has no specialist");
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

Deno.test("OR19 a server that cannot tell contexts now is asked for no more of them in the same look", async () => {
  const models = Array.from({ length: 30 }, (_, n) => ({ name: `m${n}:latest`, size: 1, digest: `${n}` }));
  await using server = startBadOllama({
    "/api/tags": () => Response.json({ models }),
    "/api/show": () => new Response("busy", { status: 503 }),
  });
  const mind = new OllamaMind({ host: server.host });
  assert.equal((await mind.models()).length, 30);
  const shows = server.requests.filter(({ path }) => path === "/api/show").length;
  assert.ok(shows > 0 && shows < 30, String(shows));
});
