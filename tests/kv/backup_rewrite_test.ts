/** Backups that are made while history is being written anew. */
import assert from "node:assert/strict";
import {
  BackupInterruptedError,
  keys,
  openStore,
  restoreBackup,
  type Store,
  takeBackup,
} from "../../kv/mod.ts";
import { someone, withFolder } from "./support.ts";
import { smallForms } from "./verify_support.ts";

/** The database itself; the first page of the log waits, once it is read, for something else to be done. */
function pausing(kv: Deno.Kv, meanwhile: () => Promise<unknown>): Deno.Kv {
  let paused = false;
  async function* list(selector: Deno.KvListSelector, options?: Deno.KvListOptions) {
    for await (const entry of kv.list(selector, options)) {
      if (!paused && "start" in selector && selector.start?.[0] === "log") {
        paused = true;
        await meanwhile();
      }
      yield entry;
    }
  }
  return new Proxy(kv, {
    get: (target, name) => {
      const value = Reflect.get(target, name, target);
      return name === "list" ? list : typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** Thoughts about two objects, the one in chunks; with `bytes` of the other their records spill, or do not. */
async function fill(store: Store, bytes: number): Promise<void> {
  for (let n = 0; n < 60; n++) {
    await store.commit(someone, (thought) => {
      thought.set(keys.object("secret"), { n, name: null, parents: [], text: "s".repeat(70_000) });
      thought.set(keys.object("other"), { n, name: null, parents: [], text: "o".repeat(bytes) });
    });
  }
}

type GoOn = (store: Store) => Promise<unknown>;

const forget: GoOn = (store) => store.history.forget({ oids: new Set(["secret"]), textsOf: () => [] });
const prune: GoOn = (store) => store.history.prune({ before: store.history.horizon });

/** Begins a pruning up to the head, and stops it after its first records. */
async function beginPruning(store: Store): Promise<void> {
  const stop = new AbortController();
  const onProgress = () => stop.abort(new Error("enough"));
  await assert.rejects(
    store.history.prune({ before: store.position, signal: stop.signal, onProgress }),
    /enough/,
  );
  assert.equal(store.history.isUnfinished, true);
}

async function assertRestores(root: string): Promise<void> {
  await restoreBackup({ from: `${root}/backups`, into: `${root}/restored`, derive: () => [] });
  const restored = await openStore({ folder: `${root}/restored` });
  assert.deepEqual((await restored.verify({ forms: smallForms })).problems, []);
  await restored.close();
}

const backupOf = (root: string, store: Store, kv: Deno.Kv) =>
  takeBackup(kv, { folder: `${root}/backups`, imageId: store.imageId });

for (const [what, goOn] of [["something is forgotten", forget], ["a pruning goes on", prune]] as const) {
  Deno.test(`KV153 a backup while ${what} has records as they are by then, with all their parts`, () =>
    withFolder(async (root) => {
      const store = await openStore({ folder: `${root}/image` });
      await fill(store, 50_000);
      if (goOn === prune) await beginPruning(store);
      await backupOf(root, store, pausing(store.beneath, () => goOn(store)));
      await assertRestores(root);
      await store.close();
    }));

  Deno.test(`KV153 a backup while ${what} is interrupted where a record was read whose chunks are gone`, () =>
    withFolder(async (root) => {
      const store = await openStore({ folder: `${root}/image` });
      await fill(store, 10);
      if (goOn === prune) await beginPruning(store);
      await assert.rejects(
        backupOf(root, store, pausing(store.beneath, () => goOn(store))),
        BackupInterruptedError,
      );
      await backupOf(root, store, store.beneath);
      await assertRestores(root);
      await store.close();
    }));
}

Deno.test("KV153 a backup while a pruning is stopped half way restores to an image without a fault", () =>
  withFolder(async (root) => {
    const store = await openStore({ folder: `${root}/image` });
    await fill(store, 50_000);
    await beginPruning(store);
    await backupOf(root, store, store.beneath);
    await assertRestores(root);
    await store.close();
  }));

Deno.test("KV155 what a pruning that was stopped half way was going to drop is dropped in what is restored too", () =>
  withFolder(async (root) => {
    const store = await openStore({ folder: `${root}/image` });
    await fill(store, 10);
    await beginPruning(store);
    const { horizon } = store.history;
    await backupOf(root, store, store.beneath);
    await store.close();
    await restoreBackup({ from: `${root}/backups`, into: `${root}/restored`, derive: () => [] });
    const restored = await openStore({ folder: `${root}/restored` });
    assert.deepEqual([restored.history.horizon, restored.history.isUnfinished], [horizon, true]);
    await restored.history.prune({ before: horizon });
    for await (const { position, thought } of restored.recorded()) assert.ok(thought.pruned, position);
    assert.deepEqual((await restored.verify({ forms: smallForms })).problems, []);
    await restored.close();
  }));
