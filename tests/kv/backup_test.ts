import assert from "node:assert/strict";
import {
  BackupKey,
  BackupKeyError,
  HorizonError,
  keys,
  NoBackupError,
  OccupiedError,
  openStore,
  PositionError,
  readChains,
  restoreBackup,
  rotate,
  takeBackup,
} from "../../kv/mod.ts";
import { chooseSeed, randomFrom } from "../support/random.ts";
import { chainFiles, live, restoreAndCompare, sceneKeys, withScene } from "./backup_scene.ts";
import { collect, put, see, someone, withFolder } from "./support.ts";

const day = 86_400_000;
const aKey = () => BackupKey.read(BackupKey.generate());

Deno.test("KV153 a full backup while thoughts go on is the image as of one thought, history included", () =>
  withScene(async (scene) => {
    const random = randomFrom(chooseSeed("backup under load"));
    await live(scene.store, random, 20);
    let done = false;
    const going = (async () => {
      while (!done) await live(scene.store, random, 1);
    })();
    const { position, kind, why } = await scene.backup();
    done = true;
    await going;
    assert.deepEqual([kind, why], ["full", null]);
    const { restored } = await restoreAndCompare(scene);
    assert.equal(restored, position);
  }));

Deno.test("KV154 an incremental backup holds what changed since the last, while thoughts go on", () =>
  withScene(async (scene) => {
    const random = randomFrom(chooseSeed("incremental backups"));
    const positions: string[] = [];
    for (let n = 0; n < 3; n++) {
      await live(scene.store, random, 6);
      const going = live(scene.store, random, 4);
      const { kind, position } = await scene.backup();
      await going;
      assert.equal(kind, n === 0 ? "full" : "incremental");
      positions.push(position);
      const { restored } = await restoreAndCompare(scene);
      assert.equal(restored, position);
    }
    for (const to of positions) assert.equal((await restoreAndCompare(scene, { to })).restored, to);
  }));

Deno.test("KV154 an incremental backup costs what changed, and one without a change next to nothing", () =>
  withScene(async ({ store, backup }) => {
    await store.commit(someone, (thought) => {
      for (let n = 0; n < 3_000; n++) thought.set(keys.object(`many${n}`), { chance: Math.random(), n });
    });
    const full = await backup();
    for (let n = 0; n < 5; n++) await put(store, `many${n}`, "changed");
    const some = await backup();
    const none = await backup();
    assert.ok(some.bytes * 20 < full.bytes, `${some.bytes} of ${full.bytes} bytes`);
    assert.deepEqual([some.thoughts, some.entries], [5, 10]);
    assert.deepEqual([none.kind, none.entries, none.bytes], ["incremental", 0, 0]);
    assert.equal(none.position, some.position);
  }));

Deno.test("KV155 any thought, and any time, of a chain can be restored to, within a group as well", () =>
  withScene(async (scene) => {
    const random = randomFrom(chooseSeed("restore anywhere"));
    await live(scene.store, random, 8);
    await scene.backup();
    await live(scene.store, random, 8);
    await scene.backup();
    assert.ok(scene.store.stats().groupLargest > 1, "some thoughts shared an atomic operation");
    const picked = scene.moments.filter((_, n) => n % 6 === 1 || n === scene.moments.length - 1);
    for (const { position, at } of picked) {
      assert.equal((await restoreAndCompare(scene, { to: position })).restored, position);
      const byTime = await restoreAndCompare(scene, { to: at });
      assert.deepEqual([byTime.restored, byTime.at], [position, at]);
    }
  }));

Deno.test("KV155 chunks that nothing refers to any more are not left after a restore to an earlier thought", () =>
  withScene(async (scene) => {
    await put(scene.store, "o1", "small");
    const to = scene.store.position;
    await put(scene.store, "o1", "b".repeat(200_000));
    await put(scene.store, "o1", "c".repeat(200_000));
    await scene.backup();
    const { folder } = await restoreAndCompare(scene, { to });
    const store = await openStore({ folder });
    assert.deepEqual(await collect(store.beneath.list({ prefix: ["blob"] })), []);
    await store.close();
  }));

Deno.test("KV156 what is derived from objects is made anew, as of the point", () =>
  withScene(async ({ store, backups, root, backup }) => {
    const named = (name: string) =>
      store.commit(someone, (thought) => {
        thought.set(keys.object("a"), { name });
        thought.set(keys.name(name), "a");
      });
    const { position } = await named("early");
    await named("late");
    await backup();
    const derive = (
      oid: string,
      value: unknown,
    ) => [[keys.name((value as { name: string }).name), oid] as const];
    await restoreBackup({ from: backups, into: `${root}/then`, to: position, derive });
    const then = await openStore({ folder: `${root}/then` });
    assert.equal((await then.get(keys.name("early")))?.value, "a");
    assert.equal(await then.get(keys.name("late")), null);
    await then.close();
  }));

Deno.test("KV157 a point that no backup holds is refused with the newest that there is", () =>
  withScene(async ({ store, backups, root, backup }) => {
    const restore = (to: string | number) =>
      restoreBackup({ from: backups, into: `${root}/new`, to, derive: () => [] });
    await assert.rejects(
      restoreBackup({ from: backups, into: `${root}/new`, derive: () => [] }),
      NoBackupError,
    );
    await put(store, "o1", 1);
    const { position, at } = await backup();
    await put(store, "o1", 2);
    for (const to of [store.position, at + 1_000_000]) {
      await assert.rejects(
        restore(to),
        (error: unknown) =>
          error instanceof NoBackupError &&
          (error.details.newest as { position: string }).position === position,
      );
    }
    await assert.rejects(restore(at - 1_000_000), /no thought as old/);
    await assert.rejects(restore("tomorrow"), PositionError);
    await Deno.mkdir(`${root}/new`);
    await Deno.writeTextFile(`${root}/new/letter`, "dear");
    await assert.rejects(restore(position), OccupiedError);
    assert.deepEqual((await collect(Deno.readDir(root))).map(({ name }) => name).sort(), [
      "backups",
      "image",
      "new",
    ]);
  }));

Deno.test("KV157 what was pruned is refused, by position and by time; what is after it restores as it was", () =>
  withScene(async (scene) => {
    const { store, backup, backups, root } = scene;
    await live(store, randomFrom(11), 10);
    const [early, horizon, late] = [2, 8, 12].map((n) => scene.moments[n]!);
    await store.history.prune({ before: horizon!.position });
    const { why, kind } = await backup();
    assert.deepEqual([kind, why], ["full", null]);
    for (const to of [early!.position, early!.at]) {
      await assert.rejects(
        restoreBackup({ from: backups, into: `${root}/new`, to, derive: () => [] }),
        NoBackupError,
      );
    }
    await restoreBackup({ from: backups, into: `${root}/late`, to: late!.at, derive: () => [] });
    const restored = await openStore({ folder: `${root}/late` });
    for (const { position, state } of scene.moments.slice(8, 13)) {
      for (const key of sceneKeys) {
        assert.deepEqual(await restored.asOf(position).get(key), state.get(key.join("/")) ?? null);
      }
    }
    assert.throws(() => restored.asOf(early!.position), HorizonError);
    assert.equal(restored.history.isUnfinished, false);
    await restored.close();
  }));

Deno.test("KV158 an encrypted backup shows nothing of what it holds, and opens with its key alone", () =>
  withScene(async (scene) => {
    const { store, backup, backups, root } = scene;
    const key = await aKey();
    await put(store, "secret", "the blue key opens the shed ".repeat(4));
    await backup({ key });
    await put(store, "secret", "it was moved");
    await backup({ key });
    for (const file of await chainFiles(scene)) {
      const text = new TextDecoder("latin1").decode(await Deno.readFile(file));
      assert.ok(!text.includes("shed") && !text.includes("secret"), file);
    }
    const restore = (given: BackupKey | null) =>
      restoreBackup({ from: backups, into: `${root}/new`, key: given, derive: () => [] });
    await assert.rejects(restore(null), BackupKeyError);
    await assert.rejects(
      restore(await aKey()),
      (error: unknown) => error instanceof BackupKeyError && error.details.needed === key.id,
    );
    await restore(key);
    const opened = await openStore({ folder: `${root}/new` });
    assert.equal(await see(opened, "secret"), "it was moved");
    await opened.close();
  }));

Deno.test("KV158 text that is no key is refused, and not repeated", async () => {
  for (const text of ["", "password", "A".repeat(42)]) {
    await assert.rejects(
      BackupKey.read(text),
      (error: unknown) => error instanceof BackupKeyError && (text === "" || !error.message.includes(text)),
    );
  }
  const text = BackupKey.generate();
  assert.equal((await BackupKey.read(`${text}\n`)).id, (await BackupKey.read(text)).id);
});

Deno.test("KV159 a full backup is made, and says why, when an incremental one would not do", () =>
  withScene(async (scene) => {
    const { store, backup } = scene;
    await put(store, "o1", 1);
    await backup();
    const key = await aKey();
    const other = await backup({ key });
    assert.deepEqual([other.kind, other.why], ["full", "the key is another"]);
    assert.equal((await backup({ key })).kind, "incremental");
    await store.commit({ ...someone, kind: "forgotten" }, (thought) => thought.set(keys.object("o1"), 2));
    assert.match((await backup({ key })).why!, /forgotten/);
    const [chunk] = (await chainFiles(scene)).filter((file) => file.endsWith(".chunk"));
    await Deno.remove(chunk!);
    const healed = await backup({ key });
    assert.deepEqual([healed.kind, healed.why], ["full", "the newest chain is damaged"]);
    assert.equal((await backup({ key, full: true })).why, null);
  }));

Deno.test("KV159 an image that was put back by hand does not go on with the chain of its later self", () =>
  withFolder(async (root) => {
    const folder = `${root}/image`;
    const first = await openStore({ folder });
    await put(first, "o1", 1);
    await first.close();
    await Deno.copyFile(`${folder}/image.kv`, `${root}/copy`);
    const later = await openStore({ folder });
    await put(later, "o1", 2);
    await takeBackup(later.beneath, { folder: `${root}/backups`, imageId: later.imageId });
    await later.close();
    await Deno.copyFile(`${root}/copy`, `${folder}/image.kv`);
    const back = await openStore({ folder });
    const made = await takeBackup(back.beneath, { folder: `${root}/backups`, imageId: back.imageId });
    await back.close();
    assert.deepEqual([made.kind, made.why], ["full", "the image is not the one of the last backup"]);
  }));

Deno.test("KV160 rotation removes chains whose newest link is too old, each as a whole, and never the newest", () =>
  withScene(async ({ store, backup, backups }) => {
    const start = Date.UTC(2026, 0, 4);
    const made: string[] = [];
    for (let at = 0; at < 70; at++) {
      await put(store, "o1", at);
      const { chain, kind } = await backup({ full: at % 7 === 0, clock: () => start + at * day });
      if (kind === "full") made.push(chain);
    }
    const rotateAt = (now: number) =>
      rotate({ folder: backups, imageId: store.imageId, keepMs: 28 * day, now });
    const removed = await rotateAt(start + 69 * day);
    assert.deepEqual(removed, made.slice(0, 5), "the newest link of the fifth is of day 34, 35 days ago");
    const left = await readChains(backups, store.imageId, { deep: true });
    assert.deepEqual(
      left.map(({ chain, links }) => [chain, links.length]),
      made.slice(5).map((chain) => [chain, 7]),
    );
    assert.deepEqual(left.flatMap(({ problems }) => problems), []);
    await rotateAt(start + 4_000 * day);
    assert.deepEqual((await readChains(backups, store.imageId)).map(({ chain }) => chain), made.slice(-1));
  }));
