import assert from "node:assert/strict";
import { mentionsFor, withMention } from "../../../ui/canvas/model/mentions.ts";
import { REFRESH_SETTLE_MS } from "../../../ui/canvas/limits.ts";
import type { CommittedEvent, LiveEvent } from "../../../ui/protocol.ts";
import { positionOf, summary } from "./history.ts";
import { opened, openWindow, settled, standardAnswer, windowTest } from "./window.ts";

const head = (answer: string, more: { thread?: string; replay_of?: string } = {}) => ({
  answer,
  persona_id: "p",
  persona_name: "ALFRED",
  query_text: "Who are you?",
  thread: "main",
  mind: "ollama",
  reason: "the steward",
  memories: [],
  ...more,
});
const started = (...given: Parameters<typeof head>): LiveEvent => ({
  command: "ANSWER_STARTED",
  ...head(...given),
});
const details = { reason: "the steward", model: "m", voices: [], replays: [], prompts: 1 };
const complete = (n: number, answer: string, text: string, more: object = {}): CommittedEvent => ({
  command: "PERSONA_RESPONSE_COMPLETE",
  position: positionOf(n),
  id: `t${n}`,
  who: "ALFRED",
  why: "answer",
  at: n,
  kind: "exchange",
  objects: [],
  deleted: [],
  morphs: [],
  ...head(answer),
  full_text: text,
  exchange: "e1",
  details,
  ...more,
});
const committed = (n: number, more: Partial<Extract<CommittedEvent, { command: "THOUGHT_COMMITTED" }>>) => ({
  command: "THOUGHT_COMMITTED" as const,
  position: positionOf(n),
  id: `t${n}`,
  who: "somebody",
  why: "change",
  at: n,
  kind: "command",
  objects: [],
  deleted: [],
  morphs: [],
  ...more,
});
/** What is asked of the server after an event is there. */
async function refreshed(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 2 * REFRESH_SETTLE_MS));
  await settled();
}
const token = (answer: string, offset: number, text: string): LiveEvent => ({
  command: "PERSONA_RESPONSE_PARTIAL",
  persona_id: "p",
  token: text,
  answer,
  offset,
});

windowTest("CA120 what each of several says grows by itself, and a gap in it is noticed", async () => {
  const { app, server, stream } = await opened();
  stream.send(started("a1"));
  const voice = {
    persona_id: "b",
    persona_name: "BRICK",
    task: "answer",
    mind: "ollama",
    reason: "",
  } as const;
  stream.send({ command: "VOICE_STARTED", answer: "a1", voice: 0, ...voice });
  stream.send({ command: "VOICE_PARTIAL", answer: "a1", voice: 0, token: "It ", offset: 0 });
  stream.send({ command: "VOICE_PARTIAL", answer: "a1", voice: 0, token: "holds", offset: 3 });
  const [entry] = app.store.answers.value;
  assert.deepEqual(entry?.voices.value.map(({ personaName, words }) => [personaName, words.text]), [[
    "BRICK",
    "It holds",
  ]]);
  stream.send({ command: "VOICE_PARTIAL", answer: "a1", voice: 0, token: "!", offset: 20 });
  assert.equal(server.streams.length, 2);
  const voices = [{ voice: 0, ...voice, text: "It holds, for now." }];
  server.streams[1]!.send({ command: "ANSWER_SNAPSHOT", ...head("a1"), text: "So", offset: 2, voices });
  assert.equal(entry?.voices.value[0]?.words.text, "It holds, for now.");
  assert.equal(entry?.text, "So");
  app.sync.close();
});

windowTest("CA121 a second answer to the same prompt comes in beside the first, and is no turn", async () => {
  const { app, stream } = await opened();
  stream.send(started("a1"));
  stream.send(complete(6, "a1", "First."));
  stream.send(started("a2", { replay_of: "e1" }));
  stream.send(token("a2", 0, "Sec"));
  const [first] = app.store.answers.value;
  assert.equal(app.store.answers.value.length, 1);
  assert.deepEqual(first?.again.value.map(({ text }) => text), ["Sec"]);
  const replay = {
    answer: "a2",
    persona_id: "p",
    persona_name: "ALFRED",
    mind: "ollama",
    model: "m2",
    text: "Second.",
    tokens: 1,
    at: 7,
  };
  stream.send(complete(7, "a2", "Second.", { replay_of: "a1", details: { ...details, replays: [replay] } }));
  assert.deepEqual(first?.again.value.map(({ text, about }) => [text, about.value.model]), [[
    "Second.",
    "m2",
  ]]);
  assert.equal(first?.text, "First.");
  stream.send(started("a3", { replay_of: "e1" }));
  stream.send({ command: "ANSWER_ABORTED", answer: "a3", reason: "stopped" });
  assert.equal(first?.again.value[1]?.phase.value.state, "aborted");
  app.sync.close();
});

windowTest(
  "CA122 a thread shows its own; what is said in another one meanwhile is there when that is opened",
  async () => {
    const { app, server, stream } = await opened();
    server.answer = (path) =>
      path.startsWith("/api/conversation?thread=other")
        ? {
          thread: "other",
          exchanges: [{ ...head("a0"), oid: "e0", full_text: "Old.", at: 1, position: positionOf(1) }],
        }
        : standardAnswer(path);
    stream.send(started("a1", { thread: "other" }));
    stream.send(token("a1", 0, "I am"));
    assert.deepEqual(app.store.answers.value, []);
    await app.talking.open("other");
    assert.deepEqual(app.store.answers.value.map(({ answer, text }) => [answer, text]), [["a0", "Old."], [
      "a1",
      "I am",
    ]]);
    server.answer = (path, body) =>
      body === null ? standardAnswer(path) : { position: positionOf(5), result: { answer: "a9" } };
    await app.talking.ask({ query_text: "And?" });
    assert.equal(server.commands.at(-1)?.thread, "other");
    app.sync.close();
  },
);

windowTest("CA122 the thread in view is there again after a reload, unless it is there no more", async () => {
  const stored = new Map<string, string>();
  const thread = { oid: "t1", thread: "other", created_at: 1, turns: 1, last: null, branch: null };
  const open = async (threads: readonly unknown[]) => {
    const { app, server } = openWindow(stored);
    server.answer = (path) => path === "/api/threads" ? { threads, more: false } : standardAnswer(path);
    await app.sync.load();
    server.streams[0]!.onopen!();
    await settled();
    app.sync.close();
    return app;
  };
  const first = await open([thread]);
  assert.equal(first.store.thread.value, "main");
  await first.talking.open("other");
  assert.equal((await open([thread])).store.thread.value, "other");
  assert.equal((await open([])).store.thread.value, "main");
});

windowTest("CA122 a thread whose first answer is on its way is there again after a reload", async () => {
  for (const order of ["before the conversation is loaded", "after"]) {
    const stored = new Map<string, string>();
    const left = openWindow(stored).app;
    await left.sync.load();
    await left.talking.open("new");
    left.sync.close();
    const { app, server } = openWindow(stored);
    await app.sync.load();
    const [stream] = server.streams;
    stream!.onopen!();
    if (order === "after") await settled();
    stream!.send({
      command: "ANSWER_SNAPSHOT",
      ...head("a1", { thread: "new" }),
      text: "I am",
      offset: 4,
    });
    await settled();
    assert.equal(app.store.thread.value, "new", order);
    assert.deepEqual(app.store.answers.value.map(({ text }) => text), ["I am"], order);
    await app.talking.open("main");
    stream!.send(started("a2", { thread: "new" }));
    await settled();
    assert.equal(app.store.thread.value, "main", "whoever has gone elsewhere stays there");
    app.sync.close();
  }
});

windowTest("CA122 a thread is deleted after a confirmation; an undo brings it back into view", async () => {
  const { app, server, stream } = await opened();
  const { store, talking } = app;
  const other = { oid: "t1", thread: "other", created_at: 1, turns: 2, last: null, branch: null };
  const ofIt = { oid: "t2", thread: "other 2", created_at: 2, turns: 0, last: null };
  const threads = [other, { ...ofIt, branch: { thread: "other", exchange: "e0" } }];
  let isThere = true;
  server.answer = (path, body) => {
    if (body !== null) {
      isThere = body.command === "UNDO";
      const result = isThere ? { why: "delete the thread other" } : { deleted: ["t1"] };
      return { position: positionOf(7), result };
    }
    if (path === "/api/threads") return { threads: isThere ? threads : threads.slice(1), more: false };
    if (!path.startsWith("/api/conversation?thread=other") || !isThere) return standardAnswer(path);
    const exchange = { ...head("a0"), oid: "e0", full_text: "Old.", at: 1, position: positionOf(1) };
    return { thread: "other", exchanges: [exchange] };
  };
  await talking.open("other");
  stream.send(started("a1", { thread: "other" }));
  app.askToDeleteThread(other);
  assert.equal(store.dialog.peek(), null, "not while an answer is on its way");
  assert.match(store.toasts.value.at(-1)?.text ?? "", /stop it first/);
  stream.send({ command: "ANSWER_ABORTED", answer: "a1", reason: "stopped" });

  app.askToDeleteThread(other);
  const dialog = store.dialog.value;
  assert.ok(dialog?.kind === "ask" && dialog.danger === true);
  assert.match(dialog.text, /^2 turns will be gone .* Threads that branch from it keep only .* be undone\.$/);
  assert.equal(server.commands.length, 0, "nothing before the confirmation");
  dialog.run("");
  await settled();
  assert.deepEqual(
    server.commands.map(({ command, object, cascade }) => [command, object, cascade]),
    [["DELETE", "t1", true]],
  );
  assert.equal(store.thread.value, "main");
  assert.equal(store.answers.value.length, 0);
  assert.deepEqual(store.threads.value.map(({ thread }) => thread), ["other 2"]);
  const toast = store.toasts.value.at(-1);
  assert.equal(toast?.text, "Deleted other");
  toast?.action?.run();
  await settled();
  assert.equal(server.commands.at(-1)?.position, positionOf(7));
  assert.equal(store.thread.value, "other");
  assert.equal(store.answers.value[0]?.text, "Old.");
  app.sync.close();
});

windowTest(
  "CA122 who is in a thread that is renamed elsewhere goes on in it, with what was written for it",
  async () => {
    const { app, server, stream } = await opened();
    const { store, talking } = app;
    let threads = [{ oid: "t1", thread: "trip", created_at: 1, turns: 1, last: null, branch: null }];
    server.answer = (path) => path === "/api/threads" ? { threads, more: false } : standardAnswer(path);
    await talking.open("trip");
    store.drafts.questions.put("trip", "Is the");
    threads = [{ ...threads[0]!, thread: "journey" }];
    stream.send(committed(6, { objects: [summary("conversation journey", positionOf(6))] }));
    await refreshed();
    assert.equal(store.thread.value, "journey");
    assert.equal(store.drafts.questions.get("journey"), "Is the");
    assert.equal(store.drafts.questions.get("trip"), undefined);

    threads = [];
    stream.send(committed(7, { deleted: ["t1"] }));
    await refreshed();
    assert.match(store.toasts.value.at(-1)?.text ?? "", /journey is not there any more/);
    app.sync.close();
  },
);

windowTest("CA122 what was said and is taken back, forgotten or brought back is shown as it is", async () => {
  const { app, server, stream } = await opened();
  const { store } = app;
  const memory = { oid: "m1", text: "The pier.", score: 1, tier: "L1", source: null, at: 1 };
  const exchange = {
    ...head("a1"),
    memories: [memory],
    oid: "e1",
    full_text: "First.",
    at: 6,
    position: positionOf(6),
  };
  let exchanges = [exchange];
  server.answer = (path) =>
    path.startsWith("/api/conversation") ? { thread: "main", exchanges } : standardAnswer(path);
  await app.talking.load();
  const shown = () => store.answers.value.map(({ text, about }) => [text, about.value.memories.length]);
  assert.deepEqual(shown(), [["First.", 1]]);
  exchanges = [];
  stream.send(committed(7, { undoes: positionOf(6), deleted: ["e1"] }));
  await refreshed();
  assert.deepEqual(shown(), []);
  exchanges = [exchange];
  stream.send(committed(8, { undoes: positionOf(7) }));
  await refreshed();
  assert.deepEqual(shown(), [["First.", 1]]);
  exchanges = [{ ...exchange, memories: [] }];
  stream.send(committed(9, { kind: "forget", deleted: ["m1"] }));
  await refreshed();
  assert.deepEqual(shown(), [["First.", 0]]);
  exchanges = [];
  stream.send(committed(10, { kind: "forget", deleted: ["e1"] }));
  await refreshed();
  assert.deepEqual(shown(), []);
  app.sync.close();
});

windowTest("CA70 a memory that is gone is not shown as found any more", async () => {
  const { app, stream } = await opened();
  const hit = (oid: string) => ({ oid, text: oid, score: 1, tier: "L1" as const, source: null, at: 1 });
  app.store.recall.value = { query: "q", hits: [hit("m1"), hit("m2")], problem: null, busy: false };
  stream.send(committed(6, { kind: "forget", deleted: ["m1"] }));
  assert.deepEqual(app.store.recall.value.hits?.map(({ oid }) => oid), ["m2"]);
  app.sync.close();
});

windowTest(
  "CA122 a thread that could not be loaded takes nothing from the one that is shown since",
  async () => {
    const { app, server } = await opened();
    const slow = Promise.withResolvers<unknown>();
    server.answer = (path) =>
      path.startsWith("/api/conversation?thread=other") ? slow.promise : standardAnswer(path);
    const opening = app.talking.open("other");
    await app.talking.open("main");
    slow.resolve("no conversation");
    await opening;
    assert.equal(app.store.conversation.value.state, "ready");
    app.sync.close();
  },
);

Deno.test("CA120 names that fit what is written after @ are offered, at the beginning of a question only", () => {
  const names = ["ALFRED", "ALFRED 2", "BABS"];
  assert.deepEqual(mentionsFor("@al", names), ["ALFRED", "ALFRED 2"]);
  assert.deepEqual(mentionsFor("@BABS @", names), names);
  assert.deepEqual(mentionsFor("@alfred", names), ["ALFRED 2"]);
  assert.deepEqual(mentionsFor("Ask @al", names), []);
  assert.equal(withMention("@BABS @al", "ALFRED 2"), "@BABS @ALFRED 2 ");
});
