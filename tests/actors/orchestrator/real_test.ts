import assert from "node:assert/strict";
import { ollamaParts, startOllama } from "../../support/ollama.ts";
import { testWithParts } from "../../support/parts.ts";
import { hit, persona, Scene } from "./scene.ts";

const parts = await ollamaParts();
/** A small model on a busy machine without a GPU is slow. */
const PATIENCE_MS = 180_000;
const alfred = persona("ALFRED", {
  model: "smollm2",
  vramBytes: 200_000_000,
  options: { temperature: 0, seed: 1, num_ctx: 2048, num_predict: 60 },
});

testWithParts("OR14 a real model answers, and its tokens joined are what is stored", parts, async () => {
  await using ollama = await startOllama();
  await using scene = new Scene({
    host: ollama.host,
    personas: [alfred],
    memories: [hit("The capital of France is Paris.")],
  });
  await scene.ask("What is the capital of France?");
  await scene.until(() => scene.stored.length === 1, PATIENCE_MS);
  assert.match(scene.stored[0]?.full_text ?? "", /Paris/);
  assert.equal(scene.tokens().join(""), scene.stored[0]?.full_text);
  assert.ok(scene.tokens().length > 3);
  assert.equal(scene.stored[0]?.mind, "ollama");
  const usage = scene.stored[0]!.usage;
  assert.ok(usage.tokens > 3 && (usage.prompt_tokens ?? 0) > 10, JSON.stringify(usage));
  assert.ok(usage.first_token_ms > 0 && usage.total_ms >= usage.first_token_ms, JSON.stringify(usage));
});

testWithParts("OR16 a cancel stops a real server within 200 ms and stores nothing", parts, async () => {
  await using ollama = await startOllama();
  const endless = { ...alfred, options: { ...alfred.options, num_predict: 1_500 } };
  await using scene = new Scene({ host: ollama.host, personas: [endless] });
  const { answer } = await scene.ask("Tell me a very long story about a ship.");
  await scene.until(() => scene.tokens().length >= 5, PATIENCE_MS);
  const cancelledAt = performance.now();
  scene.orchestrator.cancel(answer);
  await scene.aborted(answer);
  const line = await ollama.logged(/POST\s+"\/api\/chat"/, { since: cancelledAt });
  assert.ok(line.at - cancelledAt <= 200, `the server ended its answer after ${line.at - cancelledAt} ms`);
  const heard = scene.tokens().length;
  await scene.chooser.fresh();
  assert.equal(scene.tokens().length, heard);
  assert.equal(scene.stored.length, 0);
});

testWithParts(
  "OR17 a real server killed in mid-answer aborts it; recall answers next; then Ollama again",
  parts,
  async () => {
    await using ollama = await startOllama();
    const endless = { ...alfred, options: { ...alfred.options, num_predict: 1_500 } };
    await using scene = new Scene({
      host: ollama.host,
      personas: [endless],
      memories: [hit("Ships float.")],
    });
    const { answer } = await scene.ask("Tell me a very long story about a ship.");
    await scene.until(() => scene.tokens().length >= 3, PATIENCE_MS);
    await ollama.kill();
    assert.match(await scene.aborted(answer), /in mid-answer|before it was done/);
    assert.equal(scene.stored.length, 0);
    await scene.ask("And ships?");
    await scene.until(() => scene.stored.length === 1, PATIENCE_MS);
    assert.equal(scene.stored[0]?.mind, "recall");
    assert.match(scene.stored[0]?.full_text ?? "", /Cannot reach Ollama.*Ships float/s);
    await ollama.restart();
    scene.personas = [alfred];
    await scene.ask("Hello?");
    await scene.until(() => scene.stored.length === 2, PATIENCE_MS);
    assert.equal(scene.stored[1]?.mind, "ollama");
  },
);
