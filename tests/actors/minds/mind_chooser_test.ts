import assert from "node:assert/strict";
import { SimulatedClock } from "xstate";
import { type ChosenMind, MindChooser, OllamaMind, RecallMind } from "../../../actors/minds/mod.ts";
import { startBadOllama } from "../../support/bad_ollama.ts";
import { freePort, ollamaParts, startOllama } from "../../support/ollama.ts";
import { testWithParts } from "../../support/parts.ts";

function changed(chooser: MindChooser): Promise<ChosenMind> {
  return new Promise((resolve) => {
    const stop = chooser.onChange((chosen) => {
      stop();
      resolve(chosen);
    });
  });
}

Deno.test("OR12 before anything was looked for, recall serves and the reason says so", () => {
  const chooser = new MindChooser({ minds: [new OllamaMind({ host: "127.0.0.1:1" }), new RecallMind()] });
  assert.equal(chooser.current.mind.name, "recall");
  assert.equal(chooser.current.degraded, true);
  assert.match(chooser.current.reason, /ollama was not looked for yet/);
  chooser.close();
});

Deno.test("OR12 without Ollama recall serves, and the reason names the host", async () => {
  const host = `127.0.0.1:${await freePort()}`;
  const chooser = new MindChooser({ minds: [new OllamaMind({ host }), new RecallMind()] });
  const chosen = await chooser.fresh();
  assert.equal(chosen.mind.name, "recall");
  assert.equal(chosen.degraded, true);
  assert.ok(chosen.reason.includes(`Cannot reach Ollama at http://${host}`), chosen.reason);
  chooser.close();
});

Deno.test("OR12 an Ollama that answers nonsense is passed over with its reason", async () => {
  await using server = startBadOllama({ "/api/tags": () => new Response("<html>") });
  const chooser = new MindChooser({ minds: [new OllamaMind({ host: server.host }), new RecallMind()] });
  const chosen = await chooser.fresh();
  assert.equal(chosen.mind.name, "recall");
  assert.match(chosen.reason, /not JSON/);
  chooser.close();
});

Deno.test("OR12 a person may overrule the order, and give the choice back", async () => {
  await using server = startBadOllama({});
  const chooser = new MindChooser({ minds: [new OllamaMind({ host: server.host }), new RecallMind()] });
  assert.equal((await chooser.fresh()).mind.name, "ollama");
  const preferred = chooser.prefer("recall");
  assert.equal(preferred.mind.name, "recall");
  assert.equal(preferred.degraded, false);
  assert.match(preferred.reason, /a person chose it/);
  assert.equal(chooser.prefer(null).mind.name, "ollama");
  chooser.close();
});

Deno.test("OR12 it looks again at each interval and not in between", async () => {
  await using server = startBadOllama({});
  const looks = () => server.requests.filter((each) => each.path === "/api/tags").length;
  const clock = new SimulatedClock();
  const chooser = new MindChooser({
    minds: [new OllamaMind({ host: server.host }), new RecallMind()],
    intervalMs: 1_000,
    clock: clock as never,
  });
  await chooser.fresh();
  const before = looks();
  clock.increment(999);
  assert.equal(looks(), before);
  clock.increment(1);
  await chooser.fresh();
  assert.equal(looks(), before + 1);
  chooser.close();
  clock.increment(5_000);
  assert.equal(looks(), before + 1);
});

Deno.test("OR12 a question never waits longer than it says for a server that hangs", async () => {
  await using server = startBadOllama({ "/api/tags": () => new Promise(() => {}) });
  const mind = new OllamaMind({ host: server.host, timeouts: { connectMs: 2_000 } });
  const chooser = new MindChooser({ minds: [mind, new RecallMind()] });
  const startedAt = performance.now();
  assert.equal((await chooser.fresh(40)).mind.name, "recall");
  assert.ok(performance.now() - startedAt < 1_500);
  await chooser.fresh(20_000);
  assert.match(chooser.current.reason, /within 2000 ms/);
  chooser.close();
});

testWithParts(
  "OR12 a real Ollama that appears, goes and comes back is followed live",
  await ollamaParts(),
  async () => {
    const port = await freePort();
    const mind = new OllamaMind({ host: `127.0.0.1:${port}` });
    const chooser = new MindChooser({ minds: [mind, new RecallMind()], intervalMs: 50 });
    await chooser.fresh();
    const heard: string[] = [];
    chooser.onChange((chosen) => heard.push(chosen.mind.name));
    await using ollama = await startOllama({ port });
    await until(chooser, (chosen) => chosen.mind.name === "ollama" && chosen.models.length === 1);
    assert.equal(chooser.current.degraded, false);
    assert.match(chooser.current.reason, new RegExp(`ollama answers at http://127.0.0.1:${port}`));
    await ollama.kill();
    await until(chooser, (chosen) => chosen.mind.name === "recall");
    await ollama.restart();
    await until(chooser, (chosen) => chosen.mind.name === "ollama");
    assert.deepEqual(heard.filter((name, index) => name !== heard[index - 1]), [
      "ollama",
      "recall",
      "ollama",
    ]);
    chooser.close();
  },
);

async function until(chooser: MindChooser, holds: (chosen: ChosenMind) => boolean): Promise<void> {
  while (!holds(chooser.current)) await changed(chooser);
}
