import assert from "node:assert/strict";
import type { Ingest } from "../../../ui/protocol.ts";
import { RECONNECT_MS_MIN } from "../../../ui/canvas/limits.ts";
import { positionOf, summary } from "./history.ts";
import { moved, opened, openWindow, Refusal, settled, standardAnswer, windowTest } from "./window.ts";

windowTest(
  "CA42 what is told while all is loaded anew is there too, and a load that fails is tried again",
  async () => {
    const { app, server, stream } = await opened();
    const late = Promise.withResolvers<unknown>();
    const viewOf = (n: number, ...oids: string[]) => ({
      position: positionOf(n),
      canvas: "main",
      morphs: oids.map((oid) => ({ canvas: "main", oid, x: 1, y: 1, object: summary(oid, positionOf(n)) })),
      personas: [],
    });
    let answers: unknown[] = [late.promise];
    server.answer = (path) =>
      path.startsWith("/api/canvas/") ? answers.shift() ?? viewOf(8, "b", "c") : standardAnswer(path);
    stream.send({ command: "RESYNC", position: positionOf(7) });
    stream.send(moved(9, 300));
    late.resolve(viewOf(8, "a", "b"));
    await settled();
    assert.deepEqual([...app.store.morphs.value].map(([oid, { x }]) => [oid, x]), [["a", 300], ["b", 1]]);
    assert.equal(app.store.scene.value.position, positionOf(9));

    answers = [new Refusal(503, "starting")];
    stream.send({ command: "RESYNC", position: positionOf(7) });
    await settled();
    await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS_MIN + 100));
    assert.deepEqual([...app.store.morphs.value.keys()], ["b", "c"]);
    app.sync.close();
  },
);

windowTest(
  "CA42 nothing of what was known before RESYNC stays: thoughts, files that are taken in",
  async () => {
    const { app, stream } = await opened();
    stream.send(moved(6, 300));
    const ingest: Ingest = {
      id: "i",
      path: "/notes",
      state: "running",
      reason: null,
      begun: 1,
      ended: null,
      totals: null,
      files: 1,
      skipped: 0,
      bytes: 1,
      made: 1,
      known: 0,
      problems: 0,
      named: [],
      rate: null,
      current: null,
    };
    stream.send({ command: "INGEST_PROGRESS", ingest });
    assert.equal(app.store.thoughts.value.length, 1);
    stream.send({ command: "RESYNC", position: positionOf(2) });
    await settled();
    assert.deepEqual(app.store.thoughts.value, []);
    assert.equal(app.store.ingest.value, null);
    app.sync.close();
  },
);

windowTest("CA41 a run or a pull whose end was not heard is not shown as if it went on", async () => {
  const { app, server, stream } = await opened();
  stream.send({ command: "CURATION_STAGE", run: 1, stage: "clustering", done: 1, total: 5 });
  const pull = { command: "MODEL_PULL_PROGRESS" as const, status: "pulling", completed: 1, total: 9 };
  stream.send({ ...pull, model: "m", done: false });
  stream.send({ ...pull, model: "failed", done: true, error: "no space" });
  assert.equal(app.curating.stage.value?.done, 1);
  assert.equal(app.store.pulls.value.size, 2);
  stream.onerror!();
  app.sync.reconnect();
  server.streams[1]!.onopen!();
  await settled();
  assert.equal(app.curating.stage.value, null);
  assert.deepEqual([...app.store.pulls.value.keys()], ["failed"]);
  app.sync.close();
});

windowTest(
  "CA41 a connection on which nothing is heard any more is taken for lost; heartbeats are heard",
  async () => {
    const { app, server } = openWindow(new Map(), { silenceMsMax: 100 });
    await app.sync.load();
    const [stream] = server.streams;
    stream!.onopen!();
    for (let beat = 0; beat < 5; beat++) {
      await new Promise((resolve) => setTimeout(resolve, 40));
      stream!.beat();
    }
    assert.equal(app.store.connection.value.state, "connected");
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.equal(app.store.connection.value.state, "waiting");
    assert.ok(stream!.closed);
    app.sync.close();
  },
);

windowTest(
  "CA94 the past that is looked at is loaded again once the server is back, or serves another image",
  async () => {
    const { app, server, stream } = await opened();
    const { store, looking } = app;
    const viewOf = (oid: string) => ({
      position: positionOf(3),
      canvas: "main",
      morphs: [{ canvas: "main", oid, x: 1, y: 1, object: summary(oid, positionOf(3)) }],
      personas: [],
    });
    let past: unknown = new TypeError("fetch failed");
    server.answer = (path) => path.includes("asOf") ? past : standardAnswer(path);
    looking.visit(positionOf(3));
    await settled();
    assert.match(store.past.value?.problem?.message ?? "", /cannot be reached/);
    past = viewOf("then");
    stream.onerror!();
    app.sync.reconnect();
    server.streams[1]!.onopen!();
    await settled();
    assert.equal(store.past.value?.problem, null);
    assert.deepEqual([...store.morphs.value.keys()], ["then"]);
    past = viewOf("then in the other");
    server.streams[1]!.send({ command: "RESYNC", position: positionOf(2) });
    await settled();
    assert.equal(store.past.value?.position, positionOf(3));
    assert.deepEqual([...store.morphs.value.keys()], ["then in the other"]);
    app.sync.close();
  },
);

windowTest("CA41 a window that was put away follows the stream again when it is brought back", async () => {
  const { app, server, stream } = await opened();
  stream.send(moved(6, 300));
  app.sync.close();
  assert.ok(stream.closed);
  app.sync.reconnect();
  assert.equal(server.streams[1]!.url, `/events?after=${positionOf(6)}`);
  server.streams[1]!.onopen!();
  server.streams[1]!.send(moved(7, 400));
  assert.equal(app.store.morphs.value.get("a")?.x, 400);
  app.sync.close();
});
