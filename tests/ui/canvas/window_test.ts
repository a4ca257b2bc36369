import assert from "node:assert/strict";
import type { CommittedEvent, LiveEvent } from "../../../ui/protocol.ts";
import { objectOf } from "../../../ui/canvas/model/scene.ts";
import { ApiError } from "../../../ui/canvas/net/api.ts";
import { positionOf, summary } from "./history.ts";
import {
  moved,
  opened,
  openWindow,
  type PlayedServer,
  Refusal,
  settled,
  standardAnswer,
  windowTest,
} from "./window.ts";

const started: LiveEvent = {
  command: "ANSWER_STARTED",
  answer: "answer-1",
  persona_id: "p",
  persona_name: "ALFRED",
  query_text: "Who are you?",
  thread: "main",
  mind: "ollama",
  reason: "the steward",
  memories: [],
};
const token = (offset: number, text: string): LiveEvent => ({
  command: "PERSONA_RESPONSE_PARTIAL",
  persona_id: "p",
  token: text,
  answer: "answer-1",
  offset,
});
const complete = (n: number, text: string): CommittedEvent => ({
  ...moved(n, 0),
  morphs: [],
  command: "PERSONA_RESPONSE_COMPLETE",
  answer: "answer-1",
  persona_id: "p",
  full_text: text,
  query_text: "Who are you?",
  thread: "main",
  mind: "ollama",
  memories: [],
});

windowTest("CA40 the stream is joined after the position that was loaded, and followed", async () => {
  const { app, stream } = await opened();
  assert.equal(stream.url, `/events?after=${positionOf(5)}`);
  assert.equal(app.store.connection.value.state, "connected");
  stream.send(moved(6, 300));
  assert.equal(app.store.morphs.value.get("a")!.x, 300);
  assert.equal(app.store.thoughts.value[0]!.position, positionOf(6));
});

windowTest(
  "CA41 a lost connection is shown, and continued after the last position that was seen",
  async () => {
    const { app, server, stream } = await opened();
    stream.send(moved(6, 300));
    stream.onerror!();
    assert.equal(app.store.connection.value.state, "waiting");
    assert.ok(stream.closed);
    app.sync.reconnect();
    assert.equal(server.streams[1]!.url, `/events?after=${positionOf(6)}`);
    server.streams[1]!.onopen!();
    assert.equal(app.store.connection.value.state, "connected");
    app.sync.close();
  },
);

windowTest("CA42 RESYNC loads anew and goes on from there", async () => {
  const { app, server, stream } = await opened();
  server.answer = (path) =>
    path.startsWith("/api/canvas/")
      ? {
        position: positionOf(2),
        canvas: "main",
        morphs: [{ canvas: "main", oid: "b", x: 1, y: 1, object: summary("b", positionOf(2)) }],
        personas: [],
      }
      : standardAnswer(path);
  stream.send({ command: "RESYNC", position: positionOf(2) });
  await settled();
  assert.deepEqual([...app.store.morphs.value.keys()], ["b"]);
  assert.equal(app.store.scene.value.position, positionOf(2));
});

windowTest("CA94 a past that could not be loaded is loaded when it is asked for again", async () => {
  const { app, server } = await opened();
  server.answer = (path) => path.includes("asOf=") ? new Refusal(503, "busy") : standardAnswer(path);
  app.looking.visit(positionOf(3));
  await settled();
  assert.equal(app.store.past.value?.problem?.code, "busy");
  const old = {
    position: positionOf(3),
    canvas: "main",
    morphs: [{ canvas: "main", oid: "old", x: 1, y: 1, object: summary("old", positionOf(3)) }],
    personas: [],
  };
  server.answer = (path) => path.includes("asOf=") ? old : standardAnswer(path);
  app.looking.visit(positionOf(3));
  await settled();
  assert.deepEqual([...app.store.morphs.value.keys()], ["old"]);
});

windowTest("CA43 what the stream says beyond the contract changes nothing and ends nothing", async () => {
  const { app, stream } = await opened();
  const before = app.store.scene.value;
  const warn = console.warn;
  const warnings: unknown[] = [];
  console.warn = (...words) => void warnings.push(words);
  try {
    stream.send("{not json");
    stream.send('{"command":"FLY_AWAY"}');
  } finally {
    console.warn = warn;
  }
  assert.equal(app.store.scene.value, before);
  assert.equal(warnings.length, 2);
  stream.send(moved(6, 77));
  assert.equal(app.store.morphs.value.get("a")!.x, 77);
});

windowTest(
  "CA44 a moved morph stands at its new place at once, and stays when the image agrees",
  async () => {
    const { app, server } = await opened();
    server.answer = () => ({ position: positionOf(7), result: null });
    const moving = app.actions.move({ oid: "a", x: 50, y: 60 });
    assert.equal(app.store.morphs.value.get("a")!.x, 50);
    await moving;
    assert.equal(app.store.pending.value.size, 0);
    assert.equal(app.store.morphs.value.get("a")!.x, 50);
    assert.deepEqual(server.commands[0], {
      command: "MOVE_MORPH",
      object: "a",
      canvas: "main",
      x: 50,
      y: 60,
    });
  },
);

windowTest("CA44 a move that is refused goes back, with the reason in words", async () => {
  const { app, server } = await opened();
  server.answer = () => new Refusal(409, "conflict");
  await app.actions.move({ oid: "a", x: 50, y: 60 });
  assert.equal(app.store.morphs.value.get("a")!.x, 10);
  assert.deepEqual(app.store.toasts.value.map(({ kind, text }) => [kind, text]), [[
    "error",
    "refused as conflict",
  ]]);
});

windowTest("CA45 tokens make the answer, the committed event completes it, whatever came twice", async () => {
  const { app, stream } = await opened();
  stream.send(started);
  for (const event of [token(0, "I am "), token(0, "I am "), token(5, "ALFRED")]) stream.send(event);
  const [entry] = app.store.answers.value;
  assert.equal(entry!.text, "I am ALFRED");
  assert.equal(entry!.phase.value.state, "streaming");
  stream.send(complete(6, "I am ALFRED."));
  stream.send(token(11, "late"));
  assert.equal(entry!.text, "I am ALFRED.");
  assert.equal(entry!.phase.value.state, "complete");
  assert.equal(app.store.answers.value.length, 1);
});

windowTest("CA46 a gap in the tokens joins the stream anew, and the snapshot fills it", async () => {
  const { app, server, stream } = await opened();
  stream.send(started);
  stream.send(token(0, "I am "));
  stream.send(token(11, ", yours"));
  assert.equal(server.streams.length, 2);
  const { command: _, ...about } = started;
  server.streams[1]!.send(
    { ...about, command: "ANSWER_SNAPSHOT", text: "I am ALFRED", offset: 11 } as LiveEvent,
  );
  server.streams[1]!.send(token(11, ", yours"));
  assert.equal(app.store.answers.value[0]!.text, "I am ALFRED, yours");
  app.sync.close();
});

windowTest("CA47 an aborted answer takes its text away and says why", async () => {
  const { app, stream } = await opened();
  stream.send(started);
  stream.send(token(0, "I am "));
  stream.send({ command: "ANSWER_ABORTED", answer: "answer-1", reason: "stopped by you" });
  const [entry] = app.store.answers.value;
  assert.equal(entry!.text, "");
  assert.deepEqual(entry!.phase.value, { state: "aborted", reason: "stopped by you" });
});

const failures: [name: string, answer: PlayedServer["answer"], code: string][] = [
  ["a server that is not there", () => new TypeError("connection refused"), "unreachable"],
  ["an answer of another shape", () => ({ position: 5 }), "not_understood_answer"],
  ["a typed refusal", () => new Refusal(503, "image_locked"), "image_locked"],
];
for (const [name, answer, code] of failures) {
  windowTest(`CA48 ${name} is shown as what it is, and does not end in an empty window`, async () => {
    const { app, server } = openWindow();
    server.answer = answer;
    await app.sync.load();
    const load = app.store.load.value;
    assert.ok(load.state === "failed");
    assert.equal(load.problem.code, code);
    assert.notEqual(load.problem.hint, "");
    server.answer = standardAnswer;
    await app.sync.load();
    assert.equal(app.store.load.value.state, "ready");
    app.sync.close();
  });
}

windowTest(
  "CA49 a change carries the position at which it was seen, and a stale one is told to who made it",
  async () => {
    const { app, server } = await opened();
    server.answer = () => new Refusal(409, "stale", { current: positionOf(9) });
    const refused = await app.actions.setSlot("a", "width", 5, positionOf(5)).then(
      () => null,
      (error) => error,
    );
    assert.ok(refused instanceof ApiError);
    assert.equal(refused.problem.code, "stale");
    assert.equal(server.commands[0]!["expected"], positionOf(5));
    assert.equal(app.store.toasts.value.length, 0);
  },
);

windowTest("CA50 every change offers to be undone, and undoing names that change", async () => {
  const { app, server } = await opened();
  server.answer = () => ({ position: positionOf(8), result: { why: "set square width" } });
  await app.actions.setSlot("a", "width", 5, null);
  app.store.toasts.value[0]!.action!.run();
  await settled();
  assert.deepEqual(server.commands[1], { command: "UNDO", position: positionOf(8) });
  assert.equal(app.store.toasts.value.at(-1)!.text, "Undone: set square width");
});

windowTest("CA50 what offers to undo a change goes when that is undone, whoever did it", async () => {
  const { app, server, stream } = await opened();
  server.answer = () => ({ position: positionOf(8), result: null });
  await app.actions.setSlot("a", "width", 5, null);
  server.answer = () => ({ position: positionOf(9), result: null });
  await app.actions.setSlot("a", "height", 5, null);
  server.answer = (path) => standardAnswer(path);
  stream.send({ ...moved(10, 0), kind: "undo", undoes: positionOf(8) });
  assert.deepEqual(app.store.toasts.value.map(({ text }) => text), ["Set a height"]);
});

windowTest(
  "CA76 an object that is deleted while it is looked at says so, by whom, and comes back",
  async () => {
    const { app, server, stream } = await opened();
    const view = {
      ...summary("a", positionOf(5), "first"),
      slots: {},
      methods: {},
      versionstamp: null,
      reason: null,
      chain: [{ oid: "a", name: "first" }],
      createdAt: 1,
    };
    let isThere = true;
    const deletion = {
      ...{ position: positionOf(6), id: "t6", who: "cli", why: "delete first", at: 6, kind: "change" },
      objects: ["a"],
    };
    let log: unknown[] = [deletion];
    server.answer = (path) => {
      if (path.startsWith("/api/log?object=a")) return { thoughts: log };
      if (!path.startsWith("/api/objects/a")) return standardAnswer(path);
      return isThere ? view : new Refusal(404, "not_found");
    };
    app.inspecting.select("a");
    await settled();
    assert.equal(app.store.inspected.value!.chain!.length, 1);
    isThere = false;
    stream.send({ ...moved(6, 0), morphs: [], deleted: ["a"] });
    await new Promise((resolve) => setTimeout(resolve, 200));
    await settled();
    assert.deepEqual(app.store.inspected.value!.gone, { how: "deleted", by: deletion });
    isThere = true;
    stream.send({ ...moved(7, 10), undoes: positionOf(6), objects: [summary("a", positionOf(7), "first")] });
    await new Promise((resolve) => setTimeout(resolve, 200));
    await settled();
    assert.equal(app.store.inspected.value!.gone, undefined);
    assert.equal(app.store.inspected.value!.chain!.length, 1);
    // What is forgotten has no history either.
    isThere = false;
    log = [];
    app.inspecting.reload();
    await settled();
    assert.deepEqual(app.store.inspected.value!.gone, { how: "forgotten" });
    log = [{ ...deletion, why: "forget something", kind: "forget" }];
    app.inspecting.reload();
    await settled();
    assert.deepEqual(app.store.inspected.value!.gone, { how: "forgotten" });
    // In the past it may not have been there yet.
    app.looking.visit(positionOf(1));
    await settled();
    assert.deepEqual(app.store.inspected.value!.gone, { how: "not then" });
  },
);

windowTest("CA116 the answer to a message comes to who looks at something else by then", async () => {
  const { app, server } = await opened();
  const late = Promise.withResolvers<unknown>();
  server.answer = (path, body) => body?.["command"] === "SEND" ? late.promise : standardAnswer(path);
  app.inspecting.select("a");
  app.sending.write("a", { selector: "area", args: "2" });
  const sent = app.sending.send({ oid: "a", name: "a" });
  assert.equal(app.sending.of("a").sent!.selector, "area");
  void app.sending.send({ oid: "a", name: "a" });
  app.inspecting.select("b");
  late.resolve({ position: positionOf(5), result: 25 });
  await sent;
  assert.equal(server.commands.length, 1, "it is sent once");
  const [toast] = app.store.toasts.value;
  assert.equal(toast!.text, "a area answered 25");
  toast!.action!.run();
  assert.equal(app.store.selected.value, "a");
  // A connection that breaks off comes back; the answer does not.
  server.answer = (path, body) => body?.["command"] === "SEND" ? new TypeError("gone") : standardAnswer(path);
  app.sending.write("b", { selector: "area" });
  await app.sending.send({ oid: "b", name: null });
  assert.match(app.sending.of("b").problem!.message, /broke off before "area" was answered/);
  const { answer, selector, args } = app.sending.of("a");
  assert.deepEqual([answer, selector, args], [{ value: 25, said: "area" }, "area", "2"]);
});

windowTest("CA50 what is undone is redone by its own offer, which goes once it is", async () => {
  const { app, server, stream } = await opened();
  server.answer = () => ({ position: positionOf(8), result: { why: "set a width" } });
  await app.actions.undo(positionOf(6));
  server.answer = () => ({ position: positionOf(9), result: { why: "set a height" } });
  await app.actions.undo(positionOf(7));
  const [first] = app.store.toasts.value;
  assert.equal(first!.text, "Undone: set a width");
  first!.action!.run();
  await settled();
  assert.deepEqual(server.commands.at(-1), { command: "REDO", position: positionOf(8) });
  server.answer = (path) => standardAnswer(path);
  stream.send({ ...moved(10, 0), kind: "undo", undoes: positionOf(9) });
  assert.ok(!app.store.toasts.value.some(({ text }) => text === "Undone: set a height"));
});

windowTest("CA51 deleting what others delegate to asks first, and then takes them along", async () => {
  const { app, server } = await opened();
  server.answer = (_, body) =>
    body?.["cascade"] === true
      ? { position: positionOf(8), result: { deleted: ["a", "b"] } }
      : new Refusal(409, "has_children", { children: ["b"], more: false });
  await app.actions.remove("a");
  const dialog = app.store.dialog.value;
  assert.ok(dialog?.kind === "ask");
  dialog.run("");
  await settled();
  assert.equal(server.commands[1]!["cascade"], true);
});

windowTest("CA52 an object that is gone leaves the canvas, and comes back when that is undone", async () => {
  const { app, stream } = await opened();
  stream.send({ ...moved(6, 0), morphs: [], deleted: ["a"] });
  assert.equal(app.store.morphs.value.size, 0);
  stream.send({
    ...moved(7, 10),
    kind: "undo",
    undoes: positionOf(6),
    objects: [summary("a", positionOf(7))],
  });
  assert.equal(app.store.morphs.value.size, 1);
  assert.equal(objectOf(app.store.scene.value, "a")!.position, positionOf(7));
});
