import assert from "node:assert/strict";
import { join } from "node:path";
import { testWithParts } from "../support/parts.ts";
import type { RecallHit } from "../../ui/protocol.ts";
import type { Server } from "./server.ts";
import { eventually, modelsFolder, Telos } from "./telos.ts";

const PIER = "We watched the lighthouse from the pier until it got dark.";
const TEXTS = [
  PIER,
  "The boiler needs its yearly service in March.",
  "Anna is allergic to peanuts.",
  "The invoice of the printer was paid on Friday.",
];
/** None of its words, but those that every text has, stand in what is looked for. */
const IN_OTHER_WORDS = "an evening by the sea";

const isReady = ({ ready }: { ready: { embedder: { state: string } } }) => ready.embedder.state === "ready";

async function recall(telos: Telos, text: string): Promise<RecallHit[]> {
  return await telos.json<RecallHit[]>("recall", text);
}

async function rememberAll(server: Server): Promise<void> {
  for (const text of TEXTS) await server.command({ command: "REMEMBER", text });
}

testWithParts(
  "PR30 what was remembered is found in other words at once, and after kill -9, with and without a server",
  modelsFolder,
  async (models) => {
    await using telos = await Telos.create({ models });
    let server = await telos.start();
    assert.equal(server.report.embedding, "all-MiniLM-L6-v2");
    await rememberAll(server);
    assert.equal((await recall(telos, IN_OTHER_WORDS))[0]!.text, PIER);
    await server.kill();
    assert.equal((await recall(telos, IN_OTHER_WORDS))[0]!.text, PIER);
    server = await telos.start();
    assert.equal((await recall(telos, "food that makes someone ill"))[0]!.text, TEXTS[2]);
    const health = await server.health();
    assert.deepEqual([health.embedding.model, health.embedding.dimensions], ["all-MiniLM-L6-v2", 384]);
    assert.equal(health.tiers.L1.rows, TEXTS.length);
    assert.deepEqual(health.degraded.map(({ part }) => part), ["mind"]);
    await server.stop();
  },
);

Deno.test("PR31 without a model, words find, and start, health and recall say so and what to do", async () => {
  await using telos = await Telos.create();
  const server = await telos.start();
  assert.equal(server.report.embedding, "lexical hashing");
  const told = server.report.degraded.find(({ part }) => part === "embedder");
  assert.match(told?.reason ?? "", /found by their words, not by their meaning/);
  assert.match(told?.hint ?? "", /TELOS_MODELS/);
  await rememberAll(server);
  const health = await server.health();
  assert.equal(health.status, "degraded");
  assert.equal(health.embedding.model, "lexical hashing");
  assert.ok(health.degraded.some(({ part }) => part === "embedder"));
  const { out, err } = await telos.run(["recall", "lighthouse pier", "--json"]);
  assert.equal((JSON.parse(out) as RecallHit[])[0]!.text, PIER);
  assert.match(err, /found by their words, not by their meaning.*TELOS_MODELS/);
  assert.match(await telos.did("health"), /degraded: embedder: .*found by their words/);
  await server.stop();
});

testWithParts(
  "PR32 a model that is cut or changed is not used, and is said to be",
  modelsFolder,
  async (models) => {
    await using telos = await Telos.create();
    const broken = join(telos.folder, "models");
    const model = join(broken, "all-MiniLM-L6-v2");
    await Deno.mkdir(join(model, "onnx"), { recursive: true });
    for (
      const name of ["config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"]
    ) {
      await Deno.copyFile(join(models, "all-MiniLM-L6-v2", name), join(model, name));
    }
    const weights = await Deno.readFile(join(models, "all-MiniLM-L6-v2", "onnx", "model_quantized.onnx"));
    const changed = weights.slice();
    changed[weights.length >> 1]! ^= 1;
    for (const spoiled of [weights.subarray(0, weights.length >> 1), changed]) {
      await Deno.writeFile(join(model, "onnx", "model_quantized.onnx"), spoiled);
      const { out, code } = await telos.run(["--models", broken, "health", "--json"]);
      assert.equal(code, 0);
      const health = JSON.parse(out);
      assert.equal(health.embedding.model, "lexical hashing");
      assert.match(JSON.stringify(health.degraded), /models folder: .*model_quantized\.onnx/);
    }
  },
);

testWithParts(
  "PR33 when a model comes later, what was remembered before is found in other words",
  modelsFolder,
  async (models) => {
    await using telos = await Telos.create();
    const before = await telos.start();
    await rememberAll(before);
    assert.equal((await before.stop()).code, 0);
    const server = await telos.start({ env: { TELOS_MODELS: models } });
    await eventually(
      () => server.health(),
      (health) => isReady(health) && health.embedding.model === "all-MiniLM-L6-v2",
    );
    const hits = await eventually(() => recall(telos, IN_OTHER_WORDS), (hits) => hits.length > 0);
    assert.equal(hits[0]!.text, PIER);
    assert.deepEqual((await server.health()).degraded.map(({ part }) => part), ["mind"]);
    assert.equal((await server.stop()).code, 0);
  },
);
