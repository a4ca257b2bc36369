import assert from "node:assert/strict";
import {
  type Breaker,
  type BreakerEvent,
  closedBreaker,
  mayAsk,
  MindError,
  OllamaMind,
  steadyBounds,
  SteadyMind,
  stepBreaker,
  type WatchdogClock,
} from "../../../actors/minds/mod.ts";
import {
  type Behaviour,
  chunk,
  handStream,
  installed,
  says,
  startBadOllama,
  streamed,
} from "../../support/bad_ollama.ts";
import { freePort } from "../../support/ollama.ts";

const never = new AbortController().signal;
const fails: Behaviour = () => Response.json({ error: "the runner has ended" }, { status: 500 });

/** Time that stands still but for the waits, which are over at once; what was waited is kept. */
class Clock implements WatchdogClock {
  atMs = 0;
  readonly waits: number[] = [];

  now(): number {
    return this.atMs;
  }

  setTimeout(run: () => void, ms: number): ReturnType<typeof setTimeout> {
    this.waits.push(ms);
    this.atMs += ms;
    return setTimeout(run, 0);
  }

  clearTimeout(timer: ReturnType<typeof setTimeout>): void {
    clearTimeout(timer);
  }
}

/** Plays the behaviours in turn, the last for ever. */
function inTurn(...behaviours: Behaviour[]): Behaviour {
  let at = 0;
  return (request, body) => behaviours[Math.min(at++, behaviours.length - 1)]!(request, body);
}

function steady(host: string, clock = new Clock()): { mind: SteadyMind; clock: Clock } {
  return { mind: new SteadyMind(new OllamaMind({ host }), { clock, random: () => 1 }), clock };
}

async function said(mind: SteadyMind, signal: AbortSignal = never): Promise<string> {
  let text = "";
  const request = { model: "m", messages: [{ role: "user" as const, content: "Hi" }], memories: [], signal };
  for await (const part of mind.generate(request)) if ("token" in part) text += part.token;
  return text;
}

function code(expected: string, message = /./): (error: unknown) => boolean {
  return (error) => error instanceof MindError && error.code === expected && message.test(error.message);
}

Deno.test("OR31 a request that fails before its first token is tried again, after waits that grow", async () => {
  await using server = startBadOllama({ "/api/chat": inTurn(fails, fails, says("Hello")) });
  const { mind, clock } = steady(server.host);
  assert.equal(await said(mind), "Hello");
  assert.deepEqual(clock.waits, [steadyBounds.backOffMs, steadyBounds.backOffMs * 2]);
});

Deno.test("OR31 tries are bounded, and the last failure is told", async () => {
  await using server = startBadOllama({ "/api/chat": fails });
  const { mind } = steady(server.host);
  await assert.rejects(said(mind), code("mind_failed", /the runner has ended/));
  assert.equal(server.requests.length, steadyBounds.attemptsMax);
});

Deno.test("OR31 what has begun to speak, what was too slow, and what cannot help is not tried again", async () => {
  const cases: [Behaviour, string][] = [
    [() => streamed([chunk("Hel"), null]), "mind_failed"],
    [() => Response.json({ error: "bad options" }, { status: 400 }), "mind_failed"],
    [() => Response.json({ error: "model 'm' not found" }, { status: 404 }), "model_missing"],
  ];
  for (const [behaviour, expected] of cases) {
    await using server = startBadOllama({ "/api/chat": behaviour });
    const { mind } = steady(server.host);
    await assert.rejects(said(mind), code(expected));
    assert.equal(server.requests.length, 1);
  }
  await using slow = startBadOllama({ "/api/chat": () => streamed([], "hang") });
  const mind = new SteadyMind(new OllamaMind({ host: slow.host, timeouts: { firstTokenMs: 30 } }));
  await assert.rejects(said(mind), code("mind_timeout"));
  assert.equal(slow.requests.length, 1);
});

Deno.test("OR31 a wait before the next try ends when the person leaves", async () => {
  await using server = startBadOllama({ "/api/chat": fails });
  const bounds = { backOffMs: 3_600_000, backOffMaxMs: 3_600_000 };
  const mind = new SteadyMind(new OllamaMind({ host: server.host }), { bounds });
  const stop = new AbortController();
  const rejected = assert.rejects(said(mind, stop.signal), /the person left/);
  while (server.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  stop.abort(new Error("the person left"));
  await rejected;
});

Deno.test("OR32 a model that goes on failing rests, says why, and is not asked; then one try decides", async () => {
  let behaviour = fails;
  await using server = startBadOllama({
    "/api/tags": installed,
    "/api/chat": (request, body) => behaviour(request, body),
  });
  const { mind, clock } = steady(server.host);
  for (let at = 0; at < steadyBounds.failuresMax; at++) await assert.rejects(said(mind), code("mind_failed"));
  const asked = server.requests.length;
  await assert.rejects(
    said(mind),
    code("mind_resting", /rests after 3 failures in a row, .*the runner has ended/),
  );
  assert.equal(server.requests.length, asked, "the server was left alone");
  assert.match((await mind.models())[0]?.resting ?? "", /the runner has ended/);
  assert.match((await mind.probe()).models[0]?.resting ?? "", /the runner has ended/);
  clock.atMs += steadyBounds.restMs;
  assert.equal((await mind.models())[0]?.resting, undefined);
  await assert.rejects(said(mind), code("mind_failed"));
  clock.atMs += steadyBounds.restMs;
  await assert.rejects(said(mind), code("mind_resting"), "the second rest is longer");
  clock.atMs += steadyBounds.restMs;
  behaviour = says("Hello");
  assert.equal(await said(mind), "Hello");
  behaviour = fails;
  await assert.rejects(said(mind), code("mind_failed"));
  assert.equal(
    (await mind.models())[0]?.resting,
    undefined,
    "one failure after a success does not make it rest",
  );
});

Deno.test("OR32 while a rested model is being tried nobody else asks it; a person who leaves decides nothing", async () => {
  const held = handStream();
  let behaviour = fails;
  await using server = startBadOllama({ "/api/chat": (request, body) => behaviour(request, body) });
  const { mind, clock } = steady(server.host);
  for (let at = 0; at < steadyBounds.failuresMax; at++) await assert.rejects(said(mind), code("mind_failed"));
  clock.atMs += steadyBounds.restMs;
  behaviour = held.behaviour;
  const stop = new AbortController();
  const trying = assert.rejects(said(mind, stop.signal), /the person left/);
  await held.asked;
  await assert.rejects(said(mind), code("mind_resting"));
  stop.abort(new Error("the person left"));
  await trying;
  behaviour = says("Hello");
  assert.equal(await said(mind), "Hello");
});

Deno.test("OR32 nobody at the host counts as a failure; the question's own faults do not", async () => {
  const { mind } = steady(`127.0.0.1:${await freePort()}`);
  for (let at = 0; at < steadyBounds.failuresMax; at++) {
    await assert.rejects(said(mind), code("mind_unavailable"));
  }
  await assert.rejects(said(mind), code("mind_resting"));
  await using server = startBadOllama({
    "/api/chat": () => Response.json({ error: "bad options" }, { status: 400 }),
  });
  const { mind: other } = steady(server.host);
  for (let at = 0; at < steadyBounds.failuresMax + 1; at++) {
    await assert.rejects(said(other), code("mind_failed"));
  }
});

Deno.test("OR32 the breaker, event by event", () => {
  const bounds = { failuresMax: 2, restMs: 100, restMaxMs: 300 };
  const failed = (atMs: number): BreakerEvent => ({ type: "FAILED", reason: "broken", atMs });
  const steps: [BreakerEvent, Breaker, boolean][] = [
    [failed(0), { state: "closed", failures: 1 }, true],
    [failed(10), { state: "open", failures: 2, reason: "broken", untilMs: 110 }, false],
    [{ type: "ASKED", atMs: 109 }, { state: "open", failures: 2, reason: "broken", untilMs: 110 }, false],
    [{ type: "ASKED", atMs: 110 }, { state: "trying", failures: 2, reason: "broken" }, false],
    [failed(120), { state: "open", failures: 3, reason: "broken", untilMs: 320 }, false],
    [{ type: "ASKED", atMs: 320 }, { state: "trying", failures: 3, reason: "broken" }, false],
    [failed(330), { state: "open", failures: 4, reason: "broken", untilMs: 630 }, false],
    [{ type: "ASKED", atMs: 630 }, { state: "trying", failures: 4, reason: "broken" }, false],
    [{ type: "LEFT", atMs: 640 }, { state: "open", failures: 4, reason: "broken", untilMs: 640 }, true],
    [{ type: "SUCCEEDED" }, closedBreaker, true],
  ];
  let breaker = closedBreaker;
  for (const [event, expected, askable] of steps) {
    breaker = stepBreaker(breaker, event, bounds);
    assert.deepEqual(breaker, expected);
    const atMs = "atMs" in event ? event.atMs : 0;
    assert.equal(mayAsk(breaker, atMs), askable, `${event.type} at ${atMs}`);
  }
});
