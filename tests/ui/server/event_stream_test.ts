import assert from "node:assert/strict";
import { type Door, RemoteDoor, type StreamMessage } from "../../../ui/door/mod.ts";
import type { LiveEvent } from "../../../ui/protocol.ts";
import { frameOf } from "../../../ui/server/event_stream.ts";
import { cuttingProxy } from "../../support/cutting_proxy.ts";
import { serve, type Served } from "../../support/served_door.ts";
import { readUntil } from "../door/contract.ts";

const token = (size: number, offset = 0): LiveEvent => ({
  command: "PERSONA_RESPONSE_PARTIAL",
  answer: "a",
  persona_id: "p",
  token: "x".repeat(size),
  offset,
});

/** The raw text of a stream until it holds what is waited for. */
async function rawUntil(
  url: string,
  init: RequestInit,
  isEnough: (text: string) => boolean,
): Promise<string> {
  const controller = new AbortController();
  const response = await fetch(url, { ...init, signal: controller.signal });
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type") ?? "", /^text\/event-stream/);
  assert.equal(response.headers.get("content-encoding"), null);
  assert.match(response.headers.get("cache-control") ?? "", /no-transform/);
  let text = "";
  const reader = (response.body as ReadableStream<Uint8Array<ArrayBuffer>>).pipeThrough(
    new TextDecoderStream(),
  )
    .getReader();
  while (!isEnough(text)) {
    const { done, value } = await reader.read();
    assert.ok(!done, `the stream ended with: ${text}`);
    text += value;
  }
  await reader.cancel();
  controller.abort();
  return text;
}

function set(door: Door, value: number) {
  return door.command({ command: "SET_SLOT", object: "genesis", slot: "n", value });
}

/** Runs the event loop until something holds. */
async function until(holds: () => boolean, what: string): Promise<void> {
  const end = Date.now() + 10_000;
  while (!holds()) {
    assert.ok(Date.now() < end, `waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

Deno.test("UI50 a new client is told at once where it stands, before anything happens", async () => {
  await using served = await serve();
  const text = await rawUntil(`${served.url}/events`, {}, (got) => got.includes("id: "));
  assert.equal(text, `retry: 500\n\nid: ${served.door.image.position}\n\n`);
});

Deno.test("UI51 committed events carry their position as id, live ones none", async () => {
  await using served = await serve();
  const reading = rawUntil(
    `${served.url}/events`,
    {},
    (text) => text.includes('"token"') && text.endsWith("\n\n"),
  );
  await until(() => served.door.readers === 1, "the stream is joined");
  const { position } = await set(served.door, 1);
  served.door.tell(token(3));
  const frames = (await reading).split("\n\n").filter((frame) => frame.includes("data: "));
  assert.equal(frames.length, 2);
  assert.ok(frames[0]?.startsWith(`id: ${position}\ndata: {"command":"THOUGHT_COMMITTED"`));
  assert.ok(frames[1]?.startsWith('data: {"command":"PERSONA_RESPONSE_PARTIAL"'));
});

Deno.test("UI52 Last-Event-ID goes before ?after=, and both bring what came since", async () => {
  await using served = await serve();
  const first = await set(served.door, 1);
  const second = await set(served.door, 2);
  const third = await set(served.door, 3);
  const isEnough = (text: string) => text.includes(`id: ${third.position}\ndata`);
  const both = await rawUntil(
    `${served.url}/events?after=${first.position}`,
    { headers: { "last-event-id": second.position } },
    isEnough,
  );
  assert.ok(!both.includes(`id: ${second.position}\ndata`));
  const after = await rawUntil(`${served.url}/events?after=${first.position}`, {}, isEnough);
  assert.ok(after.includes(`id: ${second.position}\ndata`) && !after.includes(`id: ${first.position}\ndata`));
});

Deno.test("UI53 a stream that is cut again and again, while writes go on, has no gap and nothing twice", async () => {
  const seed = crypto.getRandomValues(new Uint32Array(1))[0] as number;
  let state = seed;
  const next = (max: number) => (state = (state * 1_664_525 + 1_013_904_223) >>> 0) % max;
  await using served = await serve();
  await using proxy = cuttingProxy(served.server.port, () => 1_500 + next(4_000));
  const door = new RemoteDoor({ url: proxy.url, timing: { reconnectMsMin: 1, reconnectMsMax: 5 } });
  const expected: string[] = [];
  const target: { position?: string | undefined } = {};
  const opened = Promise.withResolvers<void>();
  const reading = readUntil(
    door,
    { onOpen: opened.resolve },
    ({ id }) => id !== undefined && target.position !== undefined && id >= target.position,
  );
  await opened.promise;
  for (let n = 0; n < 300; n++) {
    expected.push((await set(served.door, n)).position);
    if (n % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  target.position = expected.at(-1);
  const last = (await set(served.door, -1)).position;
  const read = (await reading).flatMap(({ id }) => id === undefined || id === last ? [] : [id]);
  await door.close();
  assert.deepEqual(read, expected, `seed ${seed}`);
  assert.ok(proxy.cuts > 5, `only ${proxy.cuts} cuts, seed ${seed}`);
});

Deno.test("UI54 a client that does not read is cut off with a full buffer, and the others notice nothing", async () => {
  await using served = await serve({ limits: { streamStallMs: 100 } });
  const slow = await Deno.connect({ hostname: "127.0.0.1", port: served.server.port });
  const request = `GET /events HTTP/1.1\r\nhost: 127.0.0.1:${served.server.port}\r\n\r\n`;
  await slow.write(new TextEncoder().encode(request));
  await until(() => served.door.readers === 1, "the slow one is joined");
  const door = new RemoteDoor({ url: served.url });
  const sizes: number[] = [];
  const opened = Promise.withResolvers<void>();
  const reading = readUntil(door, { onOpen: opened.resolve }, ({ event }) => {
    if (event.command === "PERSONA_RESPONSE_PARTIAL") sizes.push(event.token.length);
    return sizes.length === 400;
  });
  await opened.promise;
  for (let n = 0; n < 400; n++) {
    served.door.tell(token(64 * 1024, n));
    if (n % 4 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  }
  await reading;
  await until(() => served.door.readers === 0, "the slow one is cut off");
  assert.match(served.lines.join("\n"), /a client left 1048576 bytes untouched for 100 ms and was cut off/);
  slow.close();
  await door.close();
});

Deno.test("UI55 an idle stream has a heartbeat", async () => {
  const heartbeat = "event: heartbeat\ndata: {}\n\n";
  await using served = await serve({ limits: { heartbeatMs: 10 } });
  const text = await rawUntil(`${served.url}/events`, {}, (got) => got.split(heartbeat).length > 3);
  assert.ok(!text.replaceAll(heartbeat, "").includes("data:"));
});

Deno.test("UI56 RESYNC moves the client's place, so that it does not come again", async () => {
  const position = "000002-00000000000000000009-0000";
  const message: StreamMessage = { event: { command: "RESYNC", position } };
  assert.ok(frameOf(message).endsWith(`\n\nid: ${position}\n\n`));
  await using served = await serve({ backlogMax: 3 });
  const door = new RemoteDoor({ url: served.url });
  const opened = Promise.withResolvers<void>();
  const reading = readUntil(door, { onOpen: opened.resolve }, ({ event }) => event.command === "RESYNC");
  await opened.promise;
  await until(() => served.door.readers === 1, "the stream is joined");
  for (let n = 0; n < 10; n++) {
    served.door.image.commit({ who: "a", why: "b" }, (draft) => {
      served.door.image.make(draft, null, [], {});
    });
  }
  const last = (await reading).at(-1);
  assert.ok(last?.event.command === "RESYNC" && last.event.position === served.door.image.position);
  await door.close();
});

Deno.test("UI57 streams are bounded in number, and one that ends makes room", async () => {
  await using served = await serve({ limits: { streamsMax: 1 } });
  const first = await fetch(`${served.url}/events`);
  const second = await fetch(`${served.url}/events`);
  assert.equal(second.status, 503);
  assert.equal((await second.json()).error.retryable, true);
  await first.body?.cancel();
  await until(() => served.door.readers === 0, "the first is gone");
  const third = await fetch(`${served.url}/events`);
  assert.equal(third.status, 200);
  await third.body?.cancel();
});

Deno.test("UI58 a client that goes away leaves nothing behind", async () => {
  await using served = await serve();
  await leave(served);
  assert.deepEqual(served.lines, []);
});

async function leave(served: Served): Promise<void> {
  const responses = await Promise.all([1, 2, 3].map(() => fetch(`${served.url}/events`)));
  await until(() => served.door.readers === 3, "all are joined");
  await Promise.all(responses.map((response) => response.body?.cancel()));
  await until(() => served.door.readers === 0, "all are gone");
}

Deno.test("UI250 HEAD of what is a stream begins nothing, however often it is asked", async () => {
  await using served = await serve();
  const begun: string[] = [];
  served.door.verify = () => {
    begun.push("verify");
    return Promise.reject(new Error("not asked"));
  };
  const head = async (path: string) => {
    const { status, headers } = await fetch(served.url + path, { method: "HEAD" });
    return [status, headers.get("allow")];
  };
  for (let n = 0; n < 300; n++) assert.deepEqual(await head("/events"), [405, "GET"]);
  assert.deepEqual(await head("/api/verify"), [405, "GET, POST"]);
  assert.deepEqual(await head("/api/export?as=blueprint"), [405, "GET"]);
  assert.deepEqual(await head("/health"), [200, null]);
  assert.deepEqual([begun, served.door.readers], [[], 0]);
  const text = await rawUntil(`${served.url}/events`, {}, (got) => got.includes("id: "));
  assert.match(text, /^retry: 500/);
});
