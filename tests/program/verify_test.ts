import assert from "node:assert/strict";
import { keys, seal } from "../../kv/mod.ts";
import { verifyReportSchema, type VerifyView } from "../../ui/protocol.ts";
import { Telos } from "./telos.ts";

/** What `verify --json` printed, and its exit code. */
async function verify(
  telos: Telos,
  ...args: string[]
): Promise<{ code: number; report: VerifyView; err: string }> {
  const { code, out, err } = await telos.run(["verify", "--json", ...args]);
  return { code, report: verifyReportSchema.parse(JSON.parse(out)), err };
}

async function plant(telos: Telos, use: (kv: Deno.Kv) => Promise<unknown>): Promise<void> {
  const kv = await Deno.openKv(`${telos.image}/image.kv`);
  await use(kv);
  kv.close();
}

const summary = ({ code, report }: { code: number; report: VerifyView }) => [
  code,
  report.ok,
  ...report.problems.map(({ kind, key, repairable }) => `${kind} ${key.join("/")} ${repairable}`),
];

Deno.test("PR70 verify says what it looked at, with a server and without; a damaged image is code 5; repair says what it did", async () => {
  await using telos = await Telos.create();
  const missing = await telos.run(["verify", "--json"]);
  assert.deepEqual([missing.code, JSON.parse(missing.out).error.code], [3, "no_image"]);
  await telos.did("remember", "The blue key opens the shed.");
  await telos.did("clone", "square", "--name", "mine");
  const alone = await verify(telos);
  assert.deepEqual(summary(alone), [0, true]);
  assert.ok(
    alone.report.checked.object! > 20 && alone.report.checked.vector === 1,
    JSON.stringify(alone.report.checked),
  );
  assert.match(alone.err, /^pages …\nmeta …\nnames …\n/);

  const server = await telos.start();
  const served = await verify(telos);
  assert.deepEqual(summary(served), [0, true]);
  assert.equal(served.report.checked.object, alone.report.checked.object);
  assert.match(served.err, /objects …/);
  await server.stop();

  await plant(telos, (kv) => kv.set(keys.name("ghost"), seal("nobody", keys.name("ghost"))));
  assert.deepEqual(summary(await verify(telos)), [5, false, "name_dangling name/ghost true"]);
  const human = await telos.run(["verify"]);
  assert.equal(human.code, 5);
  assert.match(human.out, /name_dangling \["name","ghost"\]\n.*which is not there\n.*--repair removes it/);
  const again = await telos.start();
  assert.deepEqual(summary(await verify(telos)), [5, false, "name_dangling name/ghost true"]);
  const repaired = await verify(telos, "--repair");
  assert.deepEqual(summary(repaired), [0, true]);
  assert.deepEqual(repaired.report.repaired, [{
    kind: "name_dangling",
    key: ["name", "ghost"],
    did: "removed it",
  }]);
  assert.deepEqual(summary(await verify(telos)), [0, true]);
  await again.stop();
});

Deno.test("PR71 damaged pages of the file are told by verify and by start, restoring is offered, and the file is left as it is", async () => {
  await using telos = await Telos.create();
  for (let n = 0; n < 3; n++) {
    await telos.did("set", "square", "label", JSON.stringify("long ".repeat(4_000)));
  }
  const file = `${telos.image}/image.kv`;
  const whole = await Deno.readFile(file);
  const heard = new Set<string>();
  for (const page of [0, 3, 5, 8, 14, 20]) {
    const damaged = whole.slice().fill(0x5a, page * 4_096, (page + 1) * 4_096);
    await Deno.writeFile(file, damaged);
    const { code, report } = await verify(telos, "--repair");
    assert.equal(code, 5, `page ${page}`);
    assert.match(report.problems[0]!.hint, /restore the image from a backup/i);
    assert.deepEqual(await Deno.readFile(file), damaged);
    const started = await telos.run(["inspect", "square", "--json"]);
    heard.add(String(started.code));
    if (started.code !== 0) assert.match(started.err, /damaged|malformed/i, `page ${page}: ${started.err}`);
  }
  assert.ok(heard.has("5") && ![...heard].some((code) => !["0", "5"].includes(code)), [...heard].join());
});
