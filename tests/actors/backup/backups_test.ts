import assert from "node:assert/strict";
import { Backups } from "../../../actors/backup/mod.ts";
import { openStore, readChains, takeBackup } from "../../../kv/mod.ts";
import type { BackupsView, Health } from "../../../ui/protocol.ts";
import { openTestImage, type TestImage, type TestImageOptions } from "../../support/image.ts";

const hour = 3_600_000;
const day = 24 * hour;

interface Scene extends AsyncDisposable {
  readonly root: string;
  readonly folder: string;
  /** Where backups go by themselves. */
  readonly backups: string;
  now: number;
  open(options?: TestImageOptions): Promise<TestImage>;
}

async function makeScene(): Promise<Scene> {
  const root = await Deno.makeTempDir({ prefix: "telos-backup-" });
  const scene: Scene = {
    root,
    folder: `${root}/image`,
    backups: `${root}/image-backups`,
    now: Date.UTC(2026, 10, 27),
    open: (options = {}) => openTestImage({ folder: `${root}/image`, clock: () => scene.now++, ...options }),
    [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }),
  };
  return scene;
}

/** Looks at the backups until they are as wanted; bounded. */
async function until(image: TestImage, wanted: (view: BackupsView) => boolean): Promise<BackupsView> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const view = await image.door.backups();
    if (wanted(view)) return view;
    if (performance.now() > deadline) throw new Error(`never as wanted: ${JSON.stringify(view)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function run(image: TestImage, command: "BACKUP" | "BACKUP_DRILL", full = false) {
  await until(image, ({ state }) => state !== "starting");
  const { result } = await image.door.command(command === "BACKUP" ? { command, full } : { command });
  const { run } = result as { run: number };
  const { ended } = await until(image, (view) => view.ended.some((each) => each.run === run));
  return ended.find((each) => each.run === run)!;
}

const set = (image: TestImage, slot: string, value: string | number | boolean) =>
  image.door.command({ command: "SET_SLOT", object: "backup_manager", slot, value });

const wrongWith = ({ degraded }: Health) =>
  degraded.filter(({ part }) => part === "backup").map(({ reason }) => reason);

Deno.test("BK1 deadlines survive a restart: what was due meanwhile is done, and once", async () => {
  await using scene = await makeScene();
  {
    await using image = await scene.open();
    const view = await until(image, ({ state }) => state === "waiting");
    assert.equal(view.last, null);
    assert.ok(view.next! > scene.now && view.next! <= scene.now + hour);
    assert.equal((await run(image, "BACKUP")).ok, true);
  }
  scene.now += 2 * day;
  {
    await using image = await scene.open();
    const waiting = await until(image, ({ state }) => state === "waiting");
    assert.ok(waiting.next! - scene.now <= 60_000, "it is due soon");
    assert.match(wrongWith(await image.door.health()).join(), /older than the policy allows/);
    scene.now += 60_000;
    // A change of a setting wakes what waits.
    await set(image, "keep_weeks", 5);
    const done = await until(image, ({ last, running }) => last?.link === 1 && running === null);
    assert.equal(done.last!.kind, "incremental");
    assert.ok(done.next! - scene.now > 23 * hour);
    assert.deepEqual(wrongWith(await image.door.health()), []);
  }
});

Deno.test("BK2 the slots of backup_manager are obeyed at once; one that cannot be a setting is named", async () => {
  await using scene = await makeScene();
  await using image = await scene.open();
  assert.equal((await run(image, "BACKUP")).ok, true);
  await set(image, "interval_hours", 2);
  await until(image, ({ next, last }) => next !== null && next - last!.made === 2 * hour);
  await set(image, "enabled", false);
  await until(image, ({ state, next }) => state === "off" && next === null);
  await set(image, "enabled", true);
  await set(image, "folder", "elsewhere");
  await until(image, ({ folder, last }) => folder === `${scene.root}/elsewhere` && last === null);
  await set(image, "keep_weeks", "many");
  await until(image, ({ reasons }) => reasons.some((reason) => reason.includes("backup_manager.keep_weeks")));
  assert.match(wrongWith(await image.door.health()).join(), /backup_manager\.keep_weeks is not obeyed/);
});

Deno.test("BK3 daily backups for ten weeks: a full one each week, and four weeks of them are kept", async () => {
  await using scene = await makeScene();
  await using image = await scene.open();
  await set(image, "interval_hours", 24);
  for (let week = 0; week < 10; week++) {
    assert.equal((await run(image, "BACKUP", true)).backup!.kind, "full");
    scene.now += 3 * day;
    await image.door.command({ command: "SET_SLOT", object: "shape", slot: "width", value: week });
    assert.equal((await run(image, "BACKUP")).backup!.kind, "incremental");
    scene.now += 4 * day;
  }
  const { chains } = await image.door.backups();
  assert.equal(chains.length, 4, "the newest, and those with a point of the last four weeks");
  assert.ok(chains.every(({ points, problems }) => points.length === 2 && problems.length === 0));
});

Deno.test("BK4 a drill restores the newest chain, looks at all of it, asks it, and leaves nothing but its report", async () => {
  await using scene = await makeScene();
  {
    await using image = await scene.open();
    await image.door.command({ command: "REMEMBER", text: "The blue key opens the shed" });
    await image.door.command({ command: "REMEMBER", text: "Bread needs an hour" });
    const { position } = (await run(image, "BACKUP")).backup!;
    const ended = await run(image, "BACKUP_DRILL");
    assert.equal(ended.ok, true, ended.message);
    assert.match(ended.message, /genesis describe answered \d+ characters; a recall found \S+ among 2/);
    const { drill } = await image.door.backups();
    assert.equal(drill!.position, position);
    assert.ok(drill!.objects > 20 && drill!.thoughts >= 3, JSON.stringify(drill));
    const left = await Array.fromAsync(Deno.readDir(`${scene.backups}/${image.image.store.imageId}`));
    assert.deepEqual(left.map(({ name }) => name).filter((name) => !/^\d{8}t/.test(name)), ["drill.json"]);
  }
  await using again = await scene.open();
  const { drill, nextDrill } = await until(again, ({ state }) => state === "waiting");
  assert.equal(drill!.ok, true, "it outlives the process");
  assert.ok(nextDrill! > scene.now + 6 * day);
});

Deno.test("BK5 a drill of a damaged chain fails with the link; health says so until a full backup is drilled", async () => {
  await using scene = await makeScene();
  await using image = await scene.open();
  await run(image, "BACKUP");
  const [chain] = await readChains(scene.backups, image.image.store.imageId);
  const chunk = `${chain!.folder}/000000-00000.chunk`;
  const bytes = await Deno.readFile(chunk);
  bytes[20] = bytes[20]! ^ 1;
  await Deno.writeFile(chunk, bytes);
  const failed = await run(image, "BACKUP_DRILL");
  assert.equal(failed.ok, false);
  assert.match(failed.message, /link 0: "000000-00000\.chunk" is altered/);
  const health = await image.door.health();
  assert.match(wrongWith(health).join(), /The last restore drill failed: .*000000-00000\.chunk/);
  assert.equal(health.status, "degraded");
  assert.equal((await run(image, "BACKUP")).backup!.why, "the restore drill of the newest chain failed");
  assert.equal((await run(image, "BACKUP_DRILL")).ok, true);
  assert.deepEqual(wrongWith(await image.door.health()), []);
});

Deno.test("BK6 a backup that fails is told in health, and done once its folder can be used", async () => {
  await using scene = await makeScene();
  await using image = await scene.open();
  await Deno.writeTextFile(scene.backups, "a file is in the way");
  const failed = await run(image, "BACKUP");
  assert.match(failed.message, /Cannot use the backup folder ".*image-backups": Not a directory/);
  assert.equal((await image.door.backups()).state, "failing");
  assert.match(wrongWith(await image.door.health()).join(), /The last attempt failed: Cannot use the backup/);
  await Deno.remove(scene.backups);
  await set(image, "keep_weeks", 3);
  await until(image, ({ last, reasons }) => last !== null && reasons.length === 0);
});

Deno.test("BK7 closing gives up what is under way and leaves no half link", async () => {
  await using scene = await makeScene();
  let passed = 0;
  {
    await using image = await scene.open({
      crash: (point) => void (point.startsWith("backup.") && passed++),
    });
    await until(image, ({ state }) => state === "waiting");
    await image.door.command({ command: "BACKUP" });
  }
  const before = passed;
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(passed, before, "nothing goes on after the image is closed");
  const chains = await readChains(scene.backups, null, { deep: true });
  assert.deepEqual(chains.flatMap(({ problems }) => problems), []);
  await using again = await scene.open();
  assert.equal((await run(again, "BACKUP")).ok, true);
});

Deno.test("BK2 while the folder that is set cannot be used, nothing is backed up into another", async () => {
  await using scene = await makeScene();
  {
    await using image = await scene.open();
    await set(image, "folder", "elsewhere");
  }
  await Deno.writeTextFile(`${scene.root}/elsewhere`, "a file is in the way");
  await using image = await scene.open();
  const failed = await run(image, "BACKUP");
  assert.equal(failed.ok, false);
  assert.match(failed.message, /Cannot use the backup folder ".*elsewhere"/);
  assert.deepEqual(await readChains(scene.backups, null), []);
});

Deno.test("BK7 a drill that is given up before its process is started starts none", async () => {
  await using scene = await makeScene();
  const store = await openStore({ folder: scene.folder });
  await takeBackup(store.beneath, { folder: scene.backups, imageId: store.imageId });
  const closed = Promise.withResolvers<void>();
  let spawned = 0;
  const backups = new Backups({
    store,
    clock: () => scene.now,
    readKey: () => {
      if (backups.status().state === "drilling") backups.close().then(closed.resolve, closed.reject);
      return Promise.resolve(null);
    },
    spawnDrill: () => {
      spawned++;
      return new Deno.Command("cat", { stdin: "piped", stdout: "piped", stderr: "piped" }).spawn();
    },
    onStatus: () => {},
  });
  backups.requestDrill();
  await closed.promise;
  assert.equal(spawned, 0);
  await store.close();
});
