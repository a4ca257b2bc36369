import assert from "node:assert/strict";
import { join } from "node:path";
import { testWithParts } from "../support/parts.ts";
import { modelsFolder, Telos } from "./telos.ts";

interface Finding {
  readonly check: string;
  readonly state: string;
  readonly detail: string;
  readonly hint: string;
}

async function examine(
  telos: Telos,
  ...args: string[]
): Promise<{ code: number; of: (check: string) => Finding; all: Finding[] }> {
  const { code, out } = await telos.run(["doctor", "--json", ...args]);
  const { ok, findings } = JSON.parse(out) as { ok: boolean; findings: Finding[] };
  assert.equal(ok, code === 0);
  assert.ok(
    findings.every(({ state, hint }) => (state === "ok") === (hint === "")),
    "whatever is wrong has a hint",
  );
  const of = (check: string) => {
    const found = findings.find((finding) => finding.check === check);
    assert.ok(found, `${check} in ${JSON.stringify(findings)}`);
    return found;
  };
  return { code, of, all: findings };
}

Deno.test("PR73 a folder that holds something holds no model for that", async () => {
  await using telos = await Telos.create();
  const models = join(telos.folder, "models");
  await Deno.mkdir(join(models, "all-MiniLM-L6-v2", "onnx"), { recursive: true });
  await Deno.writeTextFile(join(models, "all-MiniLM-L6-v2", "onnx", "model_quantized.onnx"), "cut");
  const { of } = await examine(telos, "--port", "0", "--models", models);
  assert.equal(of("models").state, "warning");
  assert.match(of("models").detail, /the models folder: .*the cache: /);
});

testWithParts("PR73 the model that the server would use is named", modelsFolder, async (models) => {
  await using telos = await Telos.create();
  const { of } = await examine(telos, "--port", "0", "--models", models);
  assert.deepEqual([of("models").state, of("models").detail], ["ok", `all-MiniLM-L6-v2 is in ${models}`]);
});

Deno.test("PR73 doctor tells on one page what is wrong and what to do, with a server and without", async () => {
  await using telos = await Telos.create();
  const fresh = await examine(telos, "--port", "0");
  assert.deepEqual([fresh.code, fresh.of("folder").state, fresh.of("port").state], [0, "warning", "ok"]);
  assert.match(fresh.of("ollama").detail, /does not answer/);
  assert.match(fresh.of("program").detail, /Deno \d+\.\d+\.\d+/);

  const server = await telos.start();
  const served = await examine(telos);
  assert.equal(served.code, 0);
  assert.match(served.of("server").detail, new RegExp(`process ${server.child.pid} serves the image at`));
  assert.deepEqual([served.of("folder").state, served.of("disk").state], ["ok", "ok"]);
  assert.match(served.of("mind").hint, /Ollama/);
  assert.match((await telos.run(["doctor"])).out, /warning {2}mind .*\n {18}Start Ollama/);
  await server.stop();

  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const port = String(taken.addr.port);
  const refused = await examine(telos, "--port", port);
  assert.deepEqual([refused.code, refused.of("port").state], [1, "failed"]);
  await Deno.writeTextFile(`${telos.folder}/file`, "");
  const none = await telos.run(["doctor", "--json", "--port", "0", "--image", `${telos.folder}/file`]);
  assert.equal(none.code, 1);
  assert.match(none.out, /is no folder/);
});
