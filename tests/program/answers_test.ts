import assert from "node:assert/strict";
import { ollamaParts, type RealOllama, startOllama } from "../support/ollama.ts";
import { testWithParts } from "../support/parts.ts";
import type { Exchange, StreamEvent, ThoughtView } from "../../ui/protocol.ts";
import { Listener } from "./listener.ts";
import type { Server } from "./server.ts";
import { eventually, modelsFolder, Telos } from "./telos.ts";

const parts = await ollamaParts();
const ready = modelsFolder.found ? parts : modelsFolder;

const SHORT = { temperature: 0, seed: 1, num_ctx: 1024, num_predict: 24 };
const ENDLESS = { ...SHORT, num_predict: 900 };
const FACT = "The spare key of the shed hangs behind the clock.";

type Answered = Extract<StreamEvent, { command: "PERSONA_RESPONSE_COMPLETE" }>;

/** The program over a new image with one memory, in which ALFRED answers by the small model. */
async function startAll(telos: Telos, ollama: RealOllama, options: object): Promise<Server> {
  const server = await telos.start();
  await server.command({ command: "SET_SLOT", object: "ALFRED", slot: "model", value: ollama.model });
  await setOptions(server, options);
  await server.command({ command: "REMEMBER", text: FACT });
  await eventually(() => server.health(), ({ mind }) => mind.name === "ollama");
  return server;
}

async function setOptions(server: Server, options: object): Promise<void> {
  await server.command({ command: "SET_SLOT", object: "ALFRED", slot: "options", value: { ...options } });
}

async function ask(server: Server, query_text: string): Promise<string> {
  const { result } = await server.command({ command: "USER_QUERY_REQUEST", query_text, persona: "ALFRED" });
  return (result as { answer: string }).answer;
}

const exchanges = async (server: Server, thread = "main") =>
  (await server.get<{ exchanges: Exchange[] }>(`/api/conversation?thread=${thread}`)).exchanges;

const modelOf = ({ model }: ThoughtView) => model;

testWithParts(
  "PR40 an answer of a real model streams, names its memories and is kept; its model is changed while it runs",
  ready,
  async () => {
    await using ollama = await startOllama();
    await ollama.create("another");
    await using telos = await Telos.create({
      models: modelsFolder.found ? modelsFolder.path : "",
      ollamaHost: ollama.host,
    });
    const server = await startAll(telos, ollama, SHORT);
    await using listener = await Listener.join(server);

    const asking = telos.spawn(["ask", "--persona", "ALFRED", "Where is the key of the garden house?"]);
    const pieces: string[] = [];
    const [said] = await Promise.all([
      new Response(asking.stderr).text(),
      asking.stdout.pipeThrough(new TextDecoderStream()).pipeTo(
        new WritableStream({ write: (piece) => void pieces.push(piece) }),
      ),
    ]);
    assert.equal((await asking.status).code, 0, said);
    assert.ok(pieces.length > 3, "it came in one piece");
    assert.match(said, /Memories used by ALFRED \(ollama\):\n.*behind the clock/);

    const complete = await listener.until((event): event is Answered =>
      event.command === "PERSONA_RESPONSE_COMPLETE"
    );
    assert.equal(complete.full_text, pieces.join("").replace(/\n$/, ""));
    assert.equal(complete.full_text, listener.textOf(complete.answer));
    assert.equal(complete.mind, "ollama");
    assert.equal(complete.memories[0]?.text, FACT);
    const [kept] = await exchanges(server, complete.thread);
    assert.deepEqual([kept?.full_text, kept?.answer], [complete.full_text, complete.answer]);
    const [thought] = await telos.json<ThoughtView[]>("history", "--limit", "1");
    assert.equal(thought?.position, complete.position);
    assert.match(modelOf(thought!) ?? "", /^smollm2/);

    await telos.did("set", "ALFRED", "model", '"another"');
    const again = await telos.json<{ mind: string }>("ask", "--persona", "ALFRED", "And who are you?");
    assert.equal(again.mind, "ollama");
    assert.match(modelOf((await server.log())[0]!) ?? "", /^another/);
    await telos.did("set", "ALFRED", "model", '"none-such"');
    await eventually(
      () => server.health(),
      ({ degraded }) => degraded.some(({ reason }) => reason.includes("none-such")),
    );
    assert.equal((await server.stop()).code, 0);
  },
);

testWithParts(
  "PR41, PR42 an answer that is stopped, or whose mind is killed, leaves nothing; the next is by what is left",
  ready,
  async () => {
    await using ollama = await startOllama();
    await using telos = await Telos.create({
      models: modelsFolder.found ? modelsFolder.path : "",
      ollamaHost: ollama.host,
    });
    const server = await startAll(telos, ollama, ENDLESS);
    await using listener = await Listener.join(server);
    const { position } = (await server.health()).image;
    const story = "Tell a very long story about a lighthouse, with many chapters.";

    const asking = telos.spawn(["ask", "--persona", "ALFRED", story]);
    const reading = Promise.all([new Response(asking.stdout).text(), new Response(asking.stderr).text()]);
    await listener.until((event) => event.command === "PERSONA_RESPONSE_PARTIAL" && event.offset > 20);
    asking.kill("SIGINT");
    const [, said] = await reading;
    assert.equal((await asking.status).code, 1);
    assert.match(said, /stopped/);
    await listener.until((event) => event.command === "ANSWER_ABORTED");
    assert.equal((await server.health()).image.position, position);

    const answer = await ask(server, story);
    await listener.until((event) =>
      event.command === "PERSONA_RESPONSE_PARTIAL" && event.answer === answer && event.offset > 20
    );
    await ollama.kill();
    const aborted = await listener.until((event) =>
      event.command === "ANSWER_ABORTED" && event.answer === answer
    );
    assert.ok("reason" in aborted && aborted.reason.length > 0);
    assert.equal((await server.health()).image.position, position);
    assert.deepEqual(await exchanges(server), []);

    const quoted = await telos.json<{ mind: string; text: string }>("ask", "Where is the key of the shed?");
    assert.equal(quoted.mind, "recall");
    assert.match(quoted.text, /Cannot reach Ollama.*behind the clock/s);
    assert.ok((await server.health()).degraded.some(({ part }) => part === "mind"));

    await ollama.restart();
    await setOptions(server, SHORT);
    await eventually(() => server.health(), ({ mind }) => mind.name === "ollama");
    const back = await telos.json<{ mind: string }>("ask", "--persona", "ALFRED", "Hello?");
    assert.equal(back.mind, "ollama");
    assert.equal((await server.stop()).code, 0);
  },
);

testWithParts(
  "PR43 a client that was cut off in mid-answer goes on after its last id, and has everything once",
  ready,
  async () => {
    await using ollama = await startOllama();
    await using telos = await Telos.create({
      models: modelsFolder.found ? modelsFolder.path : "",
      ollamaHost: ollama.host,
    });
    const server = await startAll(telos, ollama, { ...SHORT, num_predict: 40 });
    await using whole = await Listener.join(server);
    await using first = await Listener.join(server);
    await server.command({ command: "SET_SLOT", object: "square", slot: "width", value: 6 });
    await first.until((event) => event.command === "THOUGHT_COMMITTED");
    const answer = await ask(server, "Tell a long story about a lighthouse.");
    const isToken = (event: StreamEvent) =>
      event.command === "PERSONA_RESPONSE_PARTIAL" && event.answer === answer && event.offset > 10;
    await first.until(isToken);
    await first.cut();
    await server.command({ command: "SET_SLOT", object: "square", slot: "width", value: 7 });
    await server.command({ command: "CLONE", object: "square", name: "made meanwhile" });
    await using second = await Listener.join(server, { after: first.lastId });
    const isComplete = (event: StreamEvent): event is Answered =>
      event.command === "PERSONA_RESPONSE_COMPLETE" && event.answer === answer;
    const complete = await second.until(isComplete);
    await whole.until(isComplete);
    await server.command({ command: "UNDO" });
    const last = (await server.health()).image.position!;
    await second.untilId(last);
    await whole.untilId(last);
    assert.deepEqual([...first.ids, ...second.ids], whole.ids);
    assert.equal(new Set(whole.ids).size, whole.ids.length);
    assert.equal(second.textOf(answer), complete.full_text, "it was shown what was said while it was away");
    assert.equal(whole.textOf(answer), complete.full_text);
    assert.equal((await server.stop()).code, 0);
  },
);
