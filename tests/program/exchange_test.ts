import assert from "node:assert/strict";
import { join } from "node:path";
import { derivedOid } from "../../actors/exchange/compare.ts";
import { keys, openStore } from "../../kv/mod.ts";
import { checkImage } from "../../scripts/torture/check_image.ts";
import { archiveOf } from "../actors/exchange/random_world.ts";
import { chooseSeed, randomFrom } from "../support/random.ts";
import { Telos } from "./telos.ts";

interface Made {
  readonly changed: boolean;
  readonly made: number;
  readonly same: number;
  readonly known: number;
  readonly memories: number;
  readonly problems: number;
}

/** The objects of an archive, without its head and its end. */
async function objectsIn(file: string): Promise<string[]> {
  return (await Deno.readTextFile(file)).trimEnd().split("\n").slice(1, -1);
}

async function checkClosed(folder: string): Promise<void> {
  const store = await openStore({ folder });
  try {
    const faults = await checkImage(store);
    // A world that was made at once begins with its objects, and not with a log.
    const isMade = store.position.startsWith("000002");
    assert.deepEqual(faults.filter((fault) => !isMade || !/no beginning in the log/.test(fault)), []);
  } finally {
    await store.close();
  }
}

async function countOf(folder: string, oids: readonly string[]): Promise<number> {
  const store = await openStore({ folder });
  try {
    return (await store.getMany(oids.map(keys.object))).filter((entry) => entry !== null).length;
  } finally {
    await store.close();
  }
}

Deno.test("EX30 an image is exported and imported through its server as it is without one", async () => {
  await using telos = await Telos.create();
  const file = (name: string) => join(telos.folder, name);
  await telos.did("extend", "square", "--name", "tile");
  await telos.did("remember", "the lighthouse keeper has a red coat", "--source", "note");
  await telos.did("export", "--out", file("alone.jsonl"));
  const server = await telos.start();
  const written = await telos.json<{ objects: number; bytes: number }>(
    "export",
    "--out",
    file("served.jsonl"),
  );
  const text = await Deno.readTextFile(file("served.jsonl"));
  assert.equal(text, await Deno.readTextFile(file("alone.jsonl")));
  assert.deepEqual([written.objects, written.bytes], [
    text.split("\n").length - 3,
    new TextEncoder().encode(text).length,
  ]);
  assert.equal(await telos.did("export"), text);
  assert.equal((await objectsIn(file("served.jsonl"))).length, written.objects);
  assert.match(await telos.did("export", "tile"), /"roots":\["/);

  const again = await telos.run(["import", file("served.jsonl")]);
  assert.deepEqual([again.code, again.out], [
    0,
    `Nothing changed: all ${written.objects} objects are here already.\n`,
  ]);
  await telos.did("set", "tile", "width", "9");
  const conflict = await telos.run(["import", file("served.jsonl"), "--json"]);
  assert.equal(conflict.code, 4);
  assert.match(conflict.err, /^content conflict: tile is here with another content \(width\)$/m);
  assert.deepEqual(JSON.parse(conflict.out).error.details.conflicts[0].differs, ["width"]);
  await Deno.writeTextFile(file("cut.jsonl"), text.slice(0, -100));
  const cut = await telos.run(["import", file("cut.jsonl"), "--json"]);
  assert.deepEqual([cut.code, JSON.parse(cut.out).error.code], [5, "archive_invalid"]);
  assert.match((await telos.run(["export", "nobody"])).err, /There is no object "nobody"/);
  const taken = await telos.json<Made>("import", file("served.jsonl"), "--on-conflict", "theirs");
  assert.deepEqual([taken.changed, (await server.object("tile")).slots.width], [true, undefined]);
  assert.equal((await telos.run(["import", file("served.jsonl"), "--on-conflict", "mine"])).code, 2);
  assert.equal((await telos.run(["import", file("nothing.jsonl")])).code, 2);
  await telos.did("forge", "--from-image", "--out", file("blueprint.json"));
  assert.equal((await server.stop()).code, 0);

  for (const [image, from] of [["copy", "served.jsonl"], ["child", "blueprint.json"]] as const) {
    const verb = image === "copy" ? "import" : "forge";
    const made = await telos.json<{ objects: number }>(verb, file(from), "--image", file(image));
    assert.equal(made.objects, written.objects);
    await checkClosed(file(image));
    const target = file(`${image}.jsonl`);
    await telos.did("export", "--no-vectors", "--image", file(image), "--out", target);
    await telos.did("export", "--no-vectors", "--out", file("parent.jsonl"));
    assert.deepEqual(await objectsIn(target), await objectsIn(file("parent.jsonl")));
    assert.match(await telos.did("recall", "red coat", "--image", file(image)), /lighthouse/);
    assert.equal((await telos.run(["forge", file("blueprint.json"), "--image", file(image)])).code, 4);
  }
});

Deno.test("EX31 killed at each point of an import, all of it is there or nothing, and a second one ends it", async () => {
  await using telos = await Telos.create();
  await telos.did("inspect", "genesis");
  // More than one atomic operation takes: a large thought.
  const records = (n: number) =>
    Array.from({ length: 700 }, (_, at) => ({
      context: {
        oid: derivedOid(1_700_000_000_000 + at, `import ${n}`),
        name: `thing ${n} ${at}`,
        parents: [],
        slots: { at: { kind: "data" as const, value: at } },
        createdAt: 1_700_000_000_000,
        reason: null,
      },
      morphs: { main: { x: at, y: n } },
    }));
  for (
    const [n, point] of ["commit.validated", "commit.staged", "commit.decided", "commit.applied"].entries()
  ) {
    const file = join(telos.folder, `${n}.jsonl`);
    await Deno.writeTextFile(file, archiveOf(records(n)).join(""));
    const { code, err } = await telos.run(["import", file], {
      env: { TELOS_TEST: "1", TELOS_CRASH_AT: point },
    });
    assert.equal(code, 128 + 9, `${point}: ${err}`);
    const oids = records(n).map(({ context }) => context.oid);
    const there = await countOf(telos.image, oids);
    const isDecided = point === "commit.decided" || point === "commit.applied";
    assert.equal(there, isDecided ? 700 : 0, point);
    const second = await telos.json<Made>("import", file);
    assert.deepEqual([second.made, second.same], isDecided ? [0, 700] : [700, 0], point);
    await checkClosed(telos.image);
  }
});

/** A program that was quicker than the kill is whole. */
function killIfRunning(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
}

Deno.test("EX32 a forge that is killed leaves no half world: it is forged again, or is whole", async () => {
  const random = randomFrom(chooseSeed("kills of a forge"));
  await using telos = await Telos.create();
  const objects = Array.from({ length: 2_000 }, (_, n) => ({ name: `thing ${n}`, slots: { n } }));
  const file = join(telos.folder, "world.json");
  await Deno.writeTextFile(file, JSON.stringify({ telos: "blueprint", format: 1, objects }));
  for (let kill = 0; kill < 2; kill++) {
    const image = join(telos.folder, `world ${kill}`);
    const child = telos.spawn(["forge", file, "--image", image]);
    await new Promise((resolve) => setTimeout(resolve, 200 + random() * 1_000));
    killIfRunning(child);
    await Promise.all([child.stdout.cancel(), child.stderr.cancel(), child.status]);
    const { code, err } = await telos.run(["forge", file, "--image", image]);
    assert.ok(code === 0 || (code === 4 && /folder must be empty/.test(err)), err);
    await checkClosed(image);
    assert.equal(
      JSON.parse(await telos.did("inspect", "thing 1999", "--json", "--image", image)).slots.n,
      1_999,
    );
  }
});

Deno.test("EX33 an import of conversations that was killed goes on where it was, and makes nothing twice", async () => {
  await using telos = await Telos.create();
  await telos.did("inspect", "genesis");
  const messages = Array.from({ length: 600 }, (_, n) => ({
    uuid: `m${n}`,
    sender: n % 2 === 0 ? "human" : "assistant",
    text: `Remark number ${n} about the harbour`,
    created_at: new Date(1_700_000_000_000 + n * 1_000).toISOString(),
  }));
  const file = join(telos.folder, "conversations.json");
  const harbour = { uuid: "c", name: "Harbour", created_at: "2024-01-01", chat_messages: messages };
  await Deno.writeTextFile(file, JSON.stringify([{ broken: true }, harbour]));
  const killed = await telos.run(["import", file], {
    env: { TELOS_TEST: "1", TELOS_CRASH_AT: "commit.decided:2" },
  });
  assert.equal(killed.code, 128 + 9, killed.err);
  const server = await telos.start();
  const resumed = await telos.json<Made>("import", file);
  assert.deepEqual([resumed.memories, resumed.made + resumed.known, resumed.problems], [600, 600, 1]);
  assert.ok(resumed.known >= 256, `${resumed.known} were known`);
  const again = await telos.run(["import", file]);
  assert.match(again.out, /^Nothing changed: all 600 memories/);
  assert.match(again.err, /Left out: conversations\[0\]: it is a conversation of neither/);
  const [hit] = await telos.json<{ text: string; source: string; at: number }[]>(
    "recall",
    "Remark number 599 about the harbour",
  );
  assert.deepEqual([hit?.text, hit?.source, hit?.at], [
    "Remark number 599 about the harbour",
    "Claude: Harbour",
    1_700_000_599_000,
  ]);
  const notes = join(telos.folder, "notes", "deep");
  await Deno.mkdir(notes, { recursive: true });
  await Deno.writeTextFile(join(notes, "a.md"), "# Shed\nThe key is blue.\n# Boat\nIt leaks.");
  await Deno.writeTextFile(join(notes, ".hidden.md"), "no");
  const markdown = await telos.json<Made>("import", join(telos.folder, "notes"));
  assert.deepEqual([markdown.made, markdown.known], [2, 0]);
  assert.match(await telos.did("recall", "what colour is the key"), /Shed.*The key is blue/s);
  assert.equal((await server.stop()).code, 0);
  await checkClosed(telos.image);
});
