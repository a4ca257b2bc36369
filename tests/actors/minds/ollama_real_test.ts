import assert from "node:assert/strict";
import { MindError, type MindToken, OllamaMind } from "../../../actors/minds/mod.ts";
import { ollamaParts, startOllama } from "../../support/ollama.ts";
import { testWithParts } from "../../support/parts.ts";

const parts = await ollamaParts();
const never = new AbortController().signal;

function say(content: string, options: Record<string, unknown> = {}) {
  return {
    model: "smollm2",
    messages: [{ role: "user" as const, content }],
    options: { temperature: 0, seed: 1, num_predict: 40, ...options },
    memories: [],
    signal: never,
  };
}

async function collect(tokens: AsyncIterable<MindToken>) {
  let text = "";
  const ends = [];
  for await (const part of tokens) {
    if ("done" in part) ends.push(part);
    else text += part.token;
  }
  return { text, ends };
}

testWithParts("OR1 a real Ollama streams an answer and ends it with one done", parts, async () => {
  await using ollama = await startOllama();
  const mind = new OllamaMind({ host: ollama.host });
  const { text, ends } = await collect(mind.generate(say("What is the capital of France?")));
  assert.match(text, /Paris/);
  assert.equal(ends.length, 1);
  assert.equal(ends[0]?.model, "smollm2");
  assert.ok((ends[0]?.tokens ?? 0) > 1);
  const models = await mind.models();
  assert.deepEqual(models.map((each) => each.model), ["smollm2:latest"]);
  assert.equal(models[0]?.contextTokens, 8192, "what the model was made for");
  const probe = await mind.probe();
  assert.equal(probe.available, true);
  assert.equal(probe.host, ollama.host);
});

testWithParts("OR2 an abort in mid-answer stops the server within 200 ms", parts, async () => {
  await using ollama = await startOllama();
  const mind = new OllamaMind({ host: ollama.host });
  const controller = new AbortController();
  let heard = 0;
  let abortedAt = 0;
  const answer = mind.generate({
    ...say("Tell a very long story.", { num_predict: 2000 }),
    signal: controller.signal,
  });
  await assert.rejects(async () => {
    for await (const _part of answer) {
      if (++heard < 5) continue;
      abortedAt = performance.now();
      controller.abort(new Error("stopped by the test"));
    }
  }, /stopped by the test/);
  const line = await ollama.logged(/POST\s+"\/api\/chat"/, { since: abortedAt });
  assert.ok(line.at - abortedAt <= 200, `the server ended its answer after ${line.at - abortedAt} ms`);
});

testWithParts("OR2 leaving the loop early stops the server too", parts, async () => {
  await using ollama = await startOllama();
  const mind = new OllamaMind({ host: ollama.host });
  let leftAt = 0;
  for await (const _part of mind.generate(say("Tell a very long story.", { num_predict: 2000 }))) {
    leftAt = performance.now();
    break;
  }
  const line = await ollama.logged(/POST\s+"\/api\/chat"/, { since: leftAt });
  assert.ok(line.at - leftAt <= 200, `the server ended its answer after ${line.at - leftAt} ms`);
});

testWithParts("OR3 a JSON schema as format forces the answer into its shape", parts, async () => {
  await using ollama = await startOllama();
  const mind = new OllamaMind({ host: ollama.host });
  const format = {
    type: "object",
    // The runner of a real server dies of so long a bound when it is held to it.
    properties: { city: { type: "string", maxLength: 8_192 }, population: { type: "integer" } },
    required: ["city", "population"],
  };
  const { text } = await collect(mind.generate({ ...say("Name a city.", { num_predict: 200 }), format }));
  const value = JSON.parse(text);
  assert.equal(typeof value.city, "string");
  assert.ok(Number.isInteger(value.population));
});

testWithParts("OR7 a model that the server lacks is model_missing, by name", parts, async () => {
  await using ollama = await startOllama({ withModel: false });
  const mind = new OllamaMind({ host: ollama.host });
  await assert.rejects(collect(mind.generate(say("Hello"))), (error: unknown) => {
    assert.ok(error instanceof MindError);
    assert.equal(error.code, "model_missing");
    assert.match(error.message, /"smollm2"/);
    assert.match(error.hint, /ollama pull smollm2/);
    return true;
  });
});

testWithParts(
  "OR8 keep_alive is a field of the request, and an unload is confirmed by /api/ps",
  parts,
  async () => {
    await using ollama = await startOllama();
    const mind = new OllamaMind({ host: ollama.host });
    await collect(mind.generate({ ...say("Hello", { num_predict: 2 }), keepAlive: "-1" }));
    const loaded = await mind.loaded();
    assert.deepEqual(loaded.map((each) => each.model), ["smollm2:latest"]);
    assert.ok((loaded[0]?.bytes ?? 0) > 90_000_000);
    const raw = await (await fetch(`${ollama.host}/api/ps`)).json();
    const days = (Date.parse(raw.models[0].expires_at) - Date.now()) / 86_400_000;
    assert.ok(days > 365, `keep_alive -1 must keep the model for ever: it is kept for ${days} days`);
    await mind.unload("smollm2");
    assert.deepEqual(await mind.loaded(), []);
  },
);

testWithParts(
  "OR9 a server killed in mid-answer is mind_failed, and is absent afterwards",
  parts,
  async () => {
    await using ollama = await startOllama();
    const mind = new OllamaMind({ host: ollama.host });
    let heard = 0;
    await assert.rejects(async () => {
      for await (const _part of mind.generate(say("Tell a very long story.", { num_predict: 2000 }))) {
        if (++heard === 3) await ollama.kill();
      }
    }, (error: unknown) => error instanceof MindError && error.code === "mind_failed" && error.retryable);
    const probe = await mind.probe();
    assert.equal(probe.available, false);
    assert.match(probe.reason ?? "", /Cannot reach Ollama/);
  },
);

testWithParts("OR10 a pull that cannot work is mind_failed with the server's own words", parts, async () => {
  await using ollama = await startOllama({ withModel: false });
  const mind = new OllamaMind({ host: ollama.host });
  const statuses: string[] = [];
  await assert.rejects(
    async () => {
      // A registry on a closed port of this machine: refused at once, whatever the network.
      for await (const report of mind.pull("localhost/nobody/nothing", never)) statuses.push(report.status);
    },
    (error: unknown) =>
      error instanceof MindError && error.code === "mind_failed" && /manifest/.test(error.message),
  );
  assert.deepEqual(statuses, ["pulling manifest"]);
});
