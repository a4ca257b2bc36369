import assert from "node:assert/strict";
import { workerUrl } from "../../actors/system/assets.ts";
import { fileURLToPath } from "node:url";
import {
  filesWith,
  type ImageForms,
  keys,
  openStore,
  type Position,
  startOfEpoch,
  type Store,
} from "../../kv/mod.ts";
import { chunked, fillLargely, secret, textsOf } from "./rewrite_scene.ts";
import { collect, withDatabase, withFolder } from "./support.ts";

const child = fileURLToPath(new URL("rewrite_child.ts", import.meta.url));

async function killed(folder: string, point: string, what: "prune" | "forget", about: string): Promise<void> {
  const { signal, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--unstable-kv", "-A", child, folder, point, what, about],
  }).output();
  assert.equal(signal, "SIGKILL", new TextDecoder().decode(stderr));
}

async function stateAt(store: Store, position: Position): Promise<Map<string, unknown>> {
  const objects = await collect(store.asOf(position).objects());
  return new Map(objects.map(({ oid, value }) => [oid, value]));
}

/** Keys of chunks and parts, and what waits to be done. */
async function pieces(folder: string): Promise<{ part: number; blob: number; redo: number }> {
  return await withDatabase(folder, async (kv) => {
    const counts = { part: 0, blob: 0, redo: 0 };
    for (const family of ["part", "blob", "redo"] as const) {
      for await (const _ of kv.list({ prefix: [family] })) counts[family]++;
    }
    return counts;
  });
}

/** What the image looks like when nothing interrupts. */
async function undisturbed(
  work: (store: Store, rounds: Awaited<ReturnType<typeof fillLargely>>) => Promise<unknown>,
) {
  let counts = { part: 0, blob: 0, redo: 0 };
  await withFolder(async (folder) => {
    const store = await openStore({ folder });
    await work(store, await fillLargely(store));
    await store.close();
    counts = await pieces(folder);
  });
  return counts;
}

const forms: ImageForms = { object: () => ({ name: null, parents: [] }), check: () => null };
const points = ["rewrite.staged", "rewrite.parts", "rewrite.decided"];

Deno.test("KV140 SIGKILL while a record that fits no atomic operation is pruned: it reads whole, and the next pruning leaves nothing over", async () => {
  const expected = await undisturbed((store, rounds) => store.history.prune({ before: rounds[1]!.position }));
  assert.equal(expected.redo, 0);
  for (const point of points) {
    await withFolder(async (folder) => {
      let store = await openStore({ folder });
      const rounds = await fillLargely(store);
      await store.close();
      await killed(folder, point, "prune", rounds[1]!.position);
      store = await openStore({ folder });
      assert.equal(store.history.isUnfinished, true);
      assert.equal((await store.log()).length, rounds.length, "every record reads");
      await store.close();
      assert.equal((await pieces(folder)).redo, 0, "opening has ended it");
      store = await openStore({ folder });
      await store.history.prune({ before: startOfEpoch(1) });
      for (const { position, state } of rounds.slice(1)) {
        assert.deepEqual(await stateAt(store, position), state);
      }
      const report = await store.verify({ forms });
      assert.deepEqual(report.problems, []);
      await store.close();
      assert.deepEqual(await pieces(folder), expected, `nothing is left over after ${point}`);
    });
  }
});

Deno.test("KV140 SIGKILL while such a record is made to forget: all else reads as before, and forgetting again leaves no byte", async () => {
  for (const point of points) {
    await withFolder(async (folder) => {
      let store = await openStore({ folder });
      const rounds = await fillLargely(store);
      await store.commit({ who: "test", why: "gone" }, (thought) => thought.delete(keys.object(chunked)));
      await store.close();
      await killed(folder, point, "forget", chunked);
      store = await openStore({ folder });
      for (const { position, state } of rounds) {
        const then = await stateAt(store, position);
        for (const [oid, value] of state) if (oid !== chunked) assert.deepEqual(then.get(oid), value);
      }
      await store.history.forget({ oids: new Set([chunked]), textsOf });
      await store.compact(workerUrl("compact"));
      assert.equal(await store.asOf(rounds[1]!.position).get(keys.object(chunked)), null);
      assert.deepEqual((await store.verify({ forms })).problems, []);
      await store.close();
      assert.deepEqual(await filesWith(folder, secret), [], `after ${point}`);
      const { blob, redo } = await pieces(folder);
      assert.deepEqual({ blob, redo }, { blob: 0, redo: 0 });
    });
  }
});

Deno.test("KV140 who reads the log while it is pruned reads each record as it was or as it is", () =>
  withFolder(async (folder) => {
    const store = await openStore({ folder });
    const rounds = await fillLargely(store);
    let done = false;
    const pruning = store.history.prune({ before: rounds.at(-1)!.position }).finally(() => done = true);
    let readings = 0;
    do {
      const found = await collect(store.recorded());
      assert.deepEqual(found.map(({ position }) => position), rounds.map(({ position }) => position));
      readings++;
    } while (!done);
    await pruning;
    assert.ok(readings > 0);
    await store.close();
  }));
