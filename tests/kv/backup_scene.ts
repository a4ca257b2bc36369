/** What the tests of the backup share: an image under thoughts of all sizes, and a plain model of every state it had. */
import assert from "node:assert/strict";
import {
  type BackupResult,
  type Key,
  keys,
  openStore,
  type Position,
  restoreBackup,
  type RestoreOptions,
  type RestoreResult,
  type Store,
  takeBackup,
  type TakeBackupOptions,
} from "../../kv/mod.ts";
import { collect, someone, withFolder } from "./support.ts";

/** What the image held right after a thought, by the text of the key. */
export interface Moment {
  readonly position: Position;
  readonly at: number;
  readonly state: ReadonlyMap<string, unknown>;
}

export interface Scene {
  readonly root: string;
  readonly backups: string;
  readonly store: Store;
  readonly moments: readonly Moment[];
  backup(options?: Partial<TakeBackupOptions>): Promise<BackupResult>;
}

/** Keys of every family with history. */
export const sceneKeys: readonly Key[] = [
  ...Array.from({ length: 8 }, (_, n) => keys.object(`o${n}`)),
  ...Array.from({ length: 3 }, (_, n) => keys.morph("main", `o${n}`)),
  ...Array.from({ length: 3 }, (_, n) => keys.vector("space", `o${n}`)),
  keys.hypervector("o1"),
];

/** An image in a folder of its own whose every state is kept beside it; the image is closed afterwards. */
export async function withScene(test: (scene: Scene) => Promise<void>): Promise<void> {
  await withFolder(async (root) => {
    const store = await openStore({ folder: `${root}/image` });
    const moments: Moment[] = [];
    store.onCommitted((thoughts) => {
      for (const { position, at, changes } of thoughts) {
        const state = new Map(moments.at(-1)?.state);
        for (const { key, after } of changes) {
          if (after === null || after === undefined) state.delete(key.join("/"));
          else state.set(key.join("/"), after);
        }
        moments.push({ position, at, state });
      }
    });
    const backups = `${root}/backups`;
    const backup = (options: Partial<TakeBackupOptions> = {}) =>
      takeBackup(store.beneath, { folder: backups, imageId: store.imageId, ...options });
    try {
      await test({ root, backups, store, moments, backup });
    } finally {
      await store.close();
    }
  });
}

/** Thoughts in groups: small and large values, deletions, records that spill, many keys at once. */
export async function live(store: Store, random: () => number, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const group = Math.floor(random() * 4) + 1;
    const thoughts = Array.from({ length: group }, (_, place) => {
      // Each has keys of its own, so that they can share an atomic operation.
      const own = sceneKeys.filter((_, n) => n % group === place && random() < 0.4);
      const writes = own.map((key) => [key, valueOf(random)] as const);
      return store.commit(someone, (thought) => {
        for (const [key, value] of writes) {
          if (value === null) thought.delete(key);
          else thought.set(key, value);
        }
        if (place === 0) thought.set(keys.meta("note"), round);
      });
    });
    await Promise.all(thoughts);
  }
}

function valueOf(random: () => number): unknown {
  const kind = random();
  if (kind < 0.2) return null;
  if (kind < 0.3) return { text: `large ${random()}`, bytes: new Uint8Array(70_000).fill(random() * 255) };
  if (kind < 0.5) return { text: "m".repeat(20_000), chance: random() };
  return { chance: random() };
}

/** Restores, and looks at the new image: its state, and every moment of its history, are those of the model. */
export async function restoreAndCompare(
  scene: Pick<Scene, "root" | "backups" | "moments">,
  options: Partial<RestoreOptions> = {},
): Promise<RestoreResult> {
  const into = `${scene.root}/restored-${crypto.randomUUID()}`;
  const result = await restoreBackup({ from: scene.backups, into, derive: () => [], ...options });
  const store = await openStore({ folder: into });
  try {
    const place = scene.moments.findIndex(({ position }) => position === result.restored);
    const past = scene.moments.slice(0, place + 1);
    assert.deepEqual(await stateOf(store), Object.fromEntries(past.at(-1)?.state ?? []));
    assert.deepEqual(
      (await store.log({ limit: 1_000 })).map(({ position }) => position),
      past.map(({ position }) => position),
    );
    for (const { position, state } of past) {
      for (const key of sceneKeys) {
        const then = await store.asOf(position).get(key);
        assert.deepEqual(then, state.get(key.join("/")) ?? null, `${key.join("/")} as of ${position}`);
      }
    }
    const { position } = await store.commit(someone, (thought) => thought.set(keys.object("after"), "life"));
    assert.ok(position > result.restored, "positions go on");
  } finally {
    await store.close();
  }
  return result;
}

async function stateOf(store: Store): Promise<Record<string, unknown>> {
  const state: Record<string, unknown> = {};
  for (const family of ["object", "morph", "vector", "hypervector"]) {
    for (const { key, value } of await collect(store.list([family]))) state[key.join("/")] = value;
  }
  return state;
}

/** Files of the newest chain, sorted. */
export async function chainFiles({ backups, store }: Pick<Scene, "backups" | "store">): Promise<string[]> {
  const parent = `${backups}/${store.imageId}`;
  const chains = (await collect(Deno.readDir(parent))).map(({ name }) => name).sort();
  const folder = `${parent}/${chains.at(-1)}`;
  return (await collect(Deno.readDir(folder))).map(({ name }) => `${folder}/${name}`).sort();
}
