import assert from "node:assert/strict";
import { join } from "node:path";
import { z } from "zod";
import { keys, openStore } from "../../kv/mod.ts";
import {
  commandResultSchema,
  diffViewSchema,
  healthSchema,
  historyViewSchema,
  mergedSchema,
  objectViewSchema,
  recallHitSchema,
  thoughtViewSchema,
} from "../../ui/protocol.ts";
import { Telos } from "./telos.ts";

const COMMANDS =
  "start ask remember recall send inspect set clone extend undo redo history diff fork merge prune health stop"
    .split(" ");

const answerSchema = z.strictObject({
  answer: z.string(),
  persona: z.string(),
  text: z.string(),
  mind: z.string(),
  model: z.string().nullable(),
  reason: z.string(),
  memories: z.array(recallHitSchema),
  position: z.string(),
});

/** Everything that the command line does, each with `--json`, on a new image. */
async function doEverything(telos: Telos): Promise<void> {
  const result = async (...args: string[]) =>
    commandResultSchema.parse(await telos.json(...args)).result as Record<string, unknown>;
  const inspect = async (name: string) => objectViewSchema.parse(await telos.json("inspect", name));

  const square = await inspect("square");
  for (const key of ["oid", "name", "parents", "slots", "methods", "versionstamp"]) {
    assert.ok(key in square, key);
  }
  assert.deepEqual([square.name, square.slots.width], ["square", 5]);
  assert.deepEqual(Object.keys(square.methods), ["perimeter"]);
  assert.match(square.versionstamp ?? "", /^[0-9a-f]{20}$/);

  const changed = await result("set", square.oid, "width", "6");
  assert.deepEqual(changed.slots, { ...square.slots, width: 6 }, "an oid does wherever a name does");
  await result("undo");
  assert.equal(await telos.did("send", "square", "area"), "25\n");
  await result("redo");
  assert.equal(await result("send", "square", "area"), 30);

  const source =
    '(self, by) => {\n  self.set("width", self.get("width") + by);\n  return self.send("area");\n}';
  const method = await telos.run(["set", "square", "widen", "--method", "-", "--doc", "Wider."], {
    stdin: source,
  });
  assert.equal(method.code, 0, method.err);
  assert.equal(await result("send", "square", "widen", "4"), 50);
  const { methods } = await result("set", "square", "widen", "--remove");
  assert.equal("widen" in (methods as object), false);

  const clone = await result("clone", "square", "--name", "my square");
  assert.deepEqual([clone.name, clone.parents], ["my square", square.parents]);
  assert.equal((clone.slots as { width: number }).width, 10);
  const child = await result("extend", "square", "--name", "child");
  assert.deepEqual([child.parents, child.slots], [[square.oid], {}]);
  const looked = await result("set", "child", "friend", '{"$ref":"my square"}');
  assert.deepEqual((looked.slots as { friend: unknown }).friend, { $ref: clone.oid });

  const memory = await result("remember", "The blue key opens the shed", "--source", "a note");
  const hits = z.array(recallHitSchema).parse(await telos.json("recall", "the blue key"));
  for (const key of ["oid", "text", "score", "tier", "source"]) assert.ok(key in hits[0]!, key);
  assert.deepEqual(
    [hits[0]!.oid, hits[0]!.text, hits[0]!.source, hits[0]!.tier],
    [memory.oid, "The blue key opens the shed", "a note", "L1"],
  );

  const answer = answerSchema.parse(
    await telos.json("ask", "--persona", "BRICK", "What does the blue key open?"),
  );
  assert.deepEqual([answer.persona, answer.mind, answer.model], ["BRICK", "recall", null]);
  assert.match(answer.text, /The blue key opens the shed/);
  assert.equal(answer.memories[0]!.oid, memory.oid);

  const [newest, before] = z.array(thoughtViewSchema).parse(
    await telos.json("history", "child", "--limit", "2"),
  );
  assert.ok(newest!.position > before!.position && newest!.who === "cli");
  assert.ok(newest!.objects.includes(child.oid as string));

  const diff = diffViewSchema.parse(await telos.json("diff", before!.position, "--object", "child"));
  assert.deepEqual(diff.objects[0]!.slots.map(({ slot }) => slot), ["friend"]);
  const then = objectViewSchema.parse(await telos.json("inspect", "child", "--as-of", String(before!.at)));
  assert.deepEqual(then.slots, {});
  const fork = join(telos.folder, "fork");
  assert.equal((await result("fork", fork)).folder, fork);
  await telos.json("set", "child", "shade", "1", "--image", fork);
  const merged = mergedSchema.parse(await result("merge", fork, "child"));
  assert.deepEqual(merged.objects, [{ oid: child.oid, name: "child", change: "changed" }]);
  assert.equal((await result("prune", "--dry-run", "--before", before!.position))!.horizon, before!.position);
  assert.ok(historyViewSchema.parse(await telos.json("history", "--cost")).cost.totalBytes > 0);

  const health = healthSchema.parse(await telos.json("health"));
  assert.equal(health.image.folder, telos.image);
  assert.ok(health.degraded.length > 0);
}

/** What is refused: arguments, exit code, the code of the error, words of the message and its hint. */
async function refuseEverything(telos: Telos): Promise<void> {
  const before = (await telos.json<{ position: string }[]>("history"))[0]!.position;
  const refused: [string[], number, string, RegExp][] = [
    [["send", "square", "aera"], 1, "not_understood", /"square" does not understand "aera".*area/s],
    [["inspect", "nobody"], 3, "not_found", /There is no object "nobody"/],
    [["ask", "--persona", "nobody", "Hello?"], 3, "unknown_persona", /nobody/],
    [["clone", "square", "--name", "counter"], 4, "name_taken", /counter/],
    [
      ["set", "square", "width", "1", "--expected", "000001-0000000000000a160000-0000"],
      4,
      "stale",
      /expected at 000001-0000000000000a160000-0000/,
    ],
    [["set", "shape", "parent*", '[{"$ref":"square"}]'], 4, "parent_cycle", /square/],
    [["set", "square", "width"], 2, "wrong_use", /exactly one of/],
    [["undo", "yesterday"], 2, "wrong_shape", /position/],
    [["set", "square", "m", "--method", join(telos.folder, "none.js")], 2, "wrong_use", /none\.js/],
  ];
  await Promise.all(refused.map(async ([args, code, kind, words]) => {
    const ended = await telos.run([...args, "--json"]);
    assert.equal(ended.code, code, `${args.join(" ")}: ${ended.err}`);
    const { error } = JSON.parse(ended.out);
    assert.equal(error.code, kind, args.join(" "));
    assert.match(ended.err, words);
    assert.doesNotMatch(ended.err, /\n\s+at /, "a stack");
  }));
  assert.equal((await telos.json<{ position: string }[]>("history"))[0]!.position, before);
}

Deno.test("PR10 every command does its work on an image that no server has, and prints what --json says", async () => {
  await using telos = await Telos.create();
  await doEverything(telos);
  for (
    const [args, code] of [
      [["send", "square", "aera"], 1],
      [["set", "square", "width"], 2],
      [["inspect", "nobody"], 3],
      [["clone", "square", "--name", "counter"], 4],
    ] as const
  ) {
    const { code: actual, err } = await telos.run(args);
    assert.equal(actual, code, err);
    assert.match(err, /^telos: .*\n {7}\S/, "what is wrong, and what to do");
  }
  const stop = await telos.run(["stop", "--json"]);
  assert.equal(stop.code, 6);
  assert.equal(JSON.parse(stop.out).error.code, "unavailable");
});

Deno.test("PR11 every command does the same through a server that runs, and stop ends it", async () => {
  await using telos = await Telos.create();
  const server = await telos.start();
  await doEverything(telos);
  await refuseEverything(telos);
  commandResultSchema.parse(await telos.json("stop"));
  const { code, err } = await server.ended;
  assert.equal(code, 0);
  assert.match(err, /Stopped: it was asked to/);
});

Deno.test("PR12 a damaged object is code 5 and keeps its bytes; every other command goes on", async () => {
  await using telos = await Telos.create();
  const { oid } = await telos.json<{ oid: string }>("inspect", "counter");
  const read = async (spoil: boolean) => {
    const store = await openStore({ folder: telos.image });
    try {
      if (spoil) {
        await store.commit(
          { who: "test", why: "spoil it" },
          (thought) => thought.set(keys.object(oid), { v: 1, odd: "bytes" }),
        );
      }
      return (await store.get(keys.object(oid)))?.value;
    } finally {
      await store.close();
    }
  };
  const spoiled = await read(true);
  const server = await telos.start();
  const sent = await telos.run(["send", "counter", "increment", "--json"]);
  assert.equal(sent.code, 5, sent.err);
  assert.equal(JSON.parse(sent.out).error.code, "quarantined");
  assert.equal((await server.object(oid)).state, "quarantined");
  assert.equal(await telos.did("send", "square", "area"), "25\n");
  assert.match(await telos.did("health"), /quarantined objects: 1/);
  await server.stop();
  assert.deepEqual(await read(false), spoiled);
});

Deno.test("PR13 every command has help with an example and every setting", async () => {
  await using telos = await Telos.create();
  const helps = await Promise.all(
    COMMANDS.map(async (command) => [command, await telos.run([command, "--help"])] as const),
  );
  for (const [command, { code, out }] of helps) {
    assert.equal(code, 0, command);
    assert.match(out, new RegExp(`Usage: telos ${command}`));
    assert.match(out, new RegExp(`Example:\\n  telos ${command}`));
    for (const setting of ["TELOS_IMAGE", "TELOS_PORT", "TELOS_HOST", "TELOS_MODELS", "OLLAMA_HOST"]) {
      assert.ok(out.includes(`[${setting}]`), `${command}: ${setting}`);
    }
    assert.match(out, /--json/);
  }
  const all = await telos.run(["--help"]);
  for (const command of COMMANDS) assert.match(all.out, new RegExp(`^  ${command}\\b`, "m"));
  assert.match((await telos.run(["--version"])).out, /^\d+\.\d+\.\d+\n$/);
});

Deno.test({
  name: "UI263 a full standard output fails the command in words, a closed pipe ends it quietly",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using telos = await Telos.create();
    await telos.did("list");
    for (const flags of ["", " --json"]) {
      const { code, err } = await telos.shell(`deno task telos list${flags} > /dev/full`);
      assert.equal(code, 1);
      assert.match(err, /^telos: The output could not be written: No space left on device.*\n$/);
    }
    const piped = await telos.shell("{ sleep 1; deno task telos history --limit 1000; } | true");
    assert.deepEqual([piped.code, piped.err], [0, ""]);
  },
});

Deno.test({
  name: "UI264 a place that may not be read or written is refused in words; a device and a pipe are written",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using telos = await Telos.create();
    await telos.did("list");
    const file = join(telos.folder, "blueprint.json");
    await telos.did("forge", "--from-image", "--out", file);
    const cases: [string[], number, RegExp][] = [
      [["export", "--out", "/dev/stdout"], 2, /^telos: Cannot write \/dev\/stdout: it may not be written by/],
      [
        ["export", "--out", "/proc/image.jsonl"],
        2,
        /Cannot write \/proc\/image\.jsonl: it may not be written/,
      ],
      [["export", "--out", telos.folder], 2, /Cannot write .*: it is a folder\n.*leave --out out/],
      [["forge", "--services", "/proc/services"], 2, /Cannot write \/proc\/services: it may not be written/],
      [
        ["backup", "--new-key", "/proc/key"],
        2,
        /Cannot make a backup key in \/proc\/key: it may not be written/,
      ],
      [["ingest", "/proc"], 2, /Cannot take in "\/proc" as it may not be read by this program/],
      [["import", "/proc/cpuinfo"], 2, /Cannot read \/proc\/cpuinfo: it may not be read/],
      [["set", "square", "m", "--method", "/proc/cpuinfo"], 2, /Cannot read \/proc\/cpuinfo: it may not be/],
      [["verify", "--image", "/proc/x"], 2, /^telos: "\/proc\/x\/image\.kv" may not be used by this program/],
      [["restore", "--list", "--from", "/proc"], 2, /^telos: "\/proc" may not be used by this program/],
      [["list", "--image", "/dev/null/x"], 6, /the folder must be writable: it may not be written by/],
      [["forge", file, "--image", "/dev/null/x"], 6, /the folder must be writable: it may not be written by/],
    ];
    for (const [args, code, words] of cases) {
      const ran = await telos.run(args);
      assert.equal(ran.code, code, `${args.join(" ")}: ${ran.err}`);
      assert.match(ran.err, words);
      assert.doesNotMatch(ran.err, /--allow|report it/);
    }
    assert.match(await telos.did("export", "--out", "/dev/null"), /^Wrote \d+ objects to \/dev\/null/);
    const piped = await telos.shell(
      "mkfifo pipe; cat pipe > whole & deno task telos export --out pipe > said && wait && tail -n 1 whole; ls",
    );
    assert.equal(piped.code, 0, piped.err);
    assert.match(piped.out, /"sha256"/);
    assert.doesNotMatch(piped.out, /partial/);
  },
});
