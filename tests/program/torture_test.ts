/** The torture: a few kills in every run, the seeds that failed once, and that what is wrong is found. */
import assert from "node:assert/strict";
import { keys, openStore } from "../../kv/mod.ts";
import { build } from "../../scripts/build.ts";
import { inspect } from "../../scripts/torture/inspect.ts";
import { live } from "../../scripts/torture/life.ts";
import { applied, differences, type Model, type ModelObject } from "../../scripts/torture/model.ts";
import { Worker } from "../../scripts/torture/worker.ts";
import { chooseSeed } from "../support/random.ts";
import { root } from "./telos.ts";
import { FAILED_ONCE } from "./torture_seeds.ts";

const KILLS = 8;

async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "telos-torture-" });
  try {
    return await use(`${folder}/image`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("PR23 killed at named points and at random, again and again, an image keeps all that was acknowledged", async () => {
  await build({ root, say: () => undefined });
  const seed = chooseSeed("torture");
  await withFolder(async (folder) => {
    const { kills, acknowledged } = await live({ seed, kills: KILLS, folder, say: () => undefined });
    assert.equal(kills, KILLS);
    assert.ok(acknowledged >= 40, `only ${acknowledged} operations were acknowledged`);
  });
});

for (const { seed, kills, what } of FAILED_ONCE) {
  Deno.test(`PR23 seed ${seed}, which failed once: ${what}`, async () => {
    await build({ root, say: () => undefined });
    await withFolder((folder) => live({ seed, kills, folder, say: () => undefined }));
  });
}

Deno.test("PR24 torture finds what is missing, what is half there, and what was never asked for", () =>
  withFolder(async (folder) => {
    const worker = new Worker("w0", () => 0);
    const missing = await inspectAfter(folder, [worker], () => Promise.resolve());
    assert.deepEqual(missing, ["w0: w0 root is missing"]);
    const oid = "01900000-0000-7000-8000-000000000001";
    const half = await inspectAfter(folder, [worker], async (store) => {
      const context = {
        oid,
        name: "w0 root",
        parents: [],
        slots: { width: { kind: "data", value: 1 }, height: { kind: "data", value: 2 } },
        createdAt: 1,
        reason: null,
      };
      const stored = {
        machine: "object",
        version: 1,
        snapshot: { status: "active", value: "active", context },
      };
      await store.commit({ who: "test", why: "half" }, (thought) => thought.set(keys.object(oid), stored));
    });
    assert.deepEqual(half.filter((each) => each.startsWith("verify: ")).map((each) => each.split(": ")[1]), [
      "name_missing name/w0 root",
    ]);
    assert.deepEqual(half.filter((each) => !each.startsWith("verify: ")), [
      `name w0 root does not lead to ${oid}`,
      "w0: w0 root has the parent , not square",
      "w0: w0 root height is 2, not 1",
    ]);
  }));

async function inspectAfter(
  folder: string,
  workers: readonly Worker[],
  change: (store: Awaited<ReturnType<typeof openStore>>) => Promise<void>,
): Promise<string[]> {
  const store = await openStore({ folder });
  await change(store);
  await store.close();
  return await inspect(folder, workers);
}

const object = (parent: string, slots: ModelObject["slots"] = {}): ModelObject => ({
  parent,
  slots,
  place: null,
});

Deno.test("PR24 the model does what the operations do, and an undo takes it back", () => {
  const start: Model = {
    objects: new Map([["root", object("square", { width: 2, height: 3 })], ["a", object("root", { s: 1 })]]),
    memories: new Set(),
  };
  const grown = applied(applied(start, { type: "extend", source: "a", name: "b" }), {
    type: "rename",
    object: "a",
    name: "c",
  });
  assert.deepEqual([...grown.objects].map(([name, { parent }]) => [name, parent]), [
    ["root", "square"],
    ["b", "c"],
    ["c", "root"],
  ]);
  const scaled = applied(grown, { type: "scale", object: "root", factor: 2 });
  assert.deepEqual(differences(grown, scaled), ["root width is 4, not 2", "root height is 6, not 3"]);
  const gone = applied(scaled, { type: "delete", object: "c" });
  assert.deepEqual([...gone.objects.keys()], ["root"], "those below go too");
  assert.deepEqual(differences(applied(gone, { type: "undo", position: "p", before: scaled }), scaled), []);
  const moved = applied(scaled, { type: "move", object: "b", x: 1, y: 2 });
  assert.deepEqual(differences(scaled, moved), [], "where it was put by itself is not known");
  assert.deepEqual(differences(moved, scaled), ['b stands at null, not at {"x":1,"y":2}']);
  const remembered = applied(start, { type: "remember", texts: ["one", "two"] });
  assert.deepEqual(differences(remembered, start), ['"one" is not remembered', '"two" is not remembered']);
  assert.deepEqual(differences(start, remembered), ['"one" is remembered', '"two" is remembered']);
});
