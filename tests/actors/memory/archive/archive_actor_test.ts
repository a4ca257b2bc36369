/** The archive actor over a real archive, its clock driven by hand. */
import assert from "node:assert/strict";
import {
  archiveActorLimits,
  archiveSettingsDefault,
  readArchiveSettings,
} from "../../../../actors/memory/archive/mod.ts";
import { inFolder, vectorOf } from "../../../vector/archive/fixture.ts";
import { Owner } from "./owner.ts";

/** Runs a test with a started owner whose `archive_manager` has these slots, and stops it. */
function withOwner(
  slots: Record<string, unknown>,
  run: (owner: Owner, folder: string) => Promise<void>,
): () => Promise<void> {
  return () =>
    inFolder(async (folder) => {
      const owner = new Owner(folder);
      owner.slots = slots;
      owner.actor.start();
      try {
        await run(owner, folder);
      } finally {
        await owner.stop();
      }
    });
}

Deno.test(
  "AR20 over the threshold of archive_manager a seal begins, shows its phases, and working memory may drop what it holds",
  withOwner({ threshold_rows: 200 }, async (owner) => {
    await owner.until("idle");
    assert.deepEqual(owner.served, [""]);
    owner.remember(0, 200);
    assert.equal(owner.status.state, "idle");
    owner.remember(200, 201);
    assert.equal(owner.status.state, "building");
    const status = await owner.until("idle");
    assert.equal(status.rows, 201);
    assert.equal(status.segments, 1);
    assert.equal(status.watermark, owner.head);
    assert.equal(status.reason, null);
    assert.equal(status.restarts, 0);
    assert.deepEqual(owner.served, ["", owner.head]);
    assert.equal(owner.working.size, 0);
    const states = owner.statuses.map(({ state }) => state);
    const phases = states.filter((state, index) => state !== states[index - 1]);
    assert.deepEqual(phases, ["opening", "idle", "building", "verifying", "swapping", "idle"]);
    assert.equal((await owner.archive?.search(vectorOf(5), 10))?.[0].id, "row 5");
  }),
);

Deno.test(
  "AR21 when the interval has passed and something is newer, it is sealed; when nothing is, nothing is",
  withOwner({ interval_seconds: 60 }, async (owner) => {
    await owner.until("idle");
    owner.clock.increment(60_000);
    assert.equal(owner.status.state, "idle");
    owner.remember(0, 30);
    owner.clock.increment(59_999);
    assert.equal(owner.status.state, "idle");
    owner.clock.increment(1);
    assert.equal(owner.status.state, "building");
    assert.equal((await owner.until("idle")).rows, 30);
    owner.remember(30, 40);
    owner.change({ enabled: false });
    owner.clock.increment(1_000_000);
    assert.equal(owner.status.state, "idle");
    assert.match(owner.status.reason ?? "", /enabled is off/);
    owner.change({ enabled: true, threshold_rows: 5 });
    assert.equal(owner.status.state, "building", "a setting is obeyed at once");
    assert.equal((await owner.until("idle")).rows, 40);
    assert.equal(owner.status.segments, 2);
  }),
);

Deno.test(
  "AR22 a slot that cannot be a setting is not obeyed and is named; the others are",
  withOwner({}, async (owner) => {
    await owner.until("idle");
    owner.change({ threshold_rows: "many", interval_seconds: 60 });
    assert.match(owner.status.reason ?? "", /archive_manager\.threshold_rows is not obeyed/);
    assert.equal(
      owner.actor.getSnapshot().context.settings.thresholdRows,
      archiveSettingsDefault.thresholdRows,
    );
    assert.equal(owner.actor.getSnapshot().context.settings.intervalMs, 60_000);
    owner.change({ threshold_rows: 10 });
    assert.equal(owner.status.reason, null);
    for (
      const slots of [{ interval_seconds: 0 }, { enabled: "yes" }, { folder: "../outside" }, {
        threshold_rows: 1.5,
      }]
    ) {
      const { settings, problems } = readArchiveSettings(slots, archiveSettingsDefault);
      assert.deepEqual(settings, archiveSettingsDefault);
      assert.equal(problems.length, 1);
    }
  }),
);

Deno.test(
  "AR23 a killed builder is backed off from with its reason in sight, the wait doubles, and the seal is made in the end",
  withOwner({ threshold_rows: 2000 }, async (owner) => {
    await owner.until("idle");
    owner.remember(0, 2001);
    for (const failures of [1, 2]) {
      await owner.until("building", ({ sealedRows }) => sealedRows > 0);
      owner.children.at(-1)?.kill("SIGKILL");
      const status = await owner.until("backingOff");
      assert.match(status.reason ?? "", /SIGKILL/);
      assert.equal(status.restarts, failures);
      const waitMs = archiveActorLimits.backOffFirstMs * 2 ** (failures - 1);
      owner.clock.increment(waitMs - 1);
      assert.equal(owner.status.state, "backingOff");
      owner.clock.increment(1);
    }
    const status = await owner.until("idle", ({ rows }) => rows > 0);
    assert.equal(status.rows, 2001);
    assert.equal(status.reason, null);
    assert.equal(status.restarts, 2);
  }),
);

Deno.test(
  "AR24 after six failures in a row it rests as failed with the reason, and tries again when asked",
  withOwner({ threshold_rows: 10 }, async (owner) => {
    await owner.until("idle");
    owner.failRows = new Error("the store is closed");
    owner.remember(0, 20);
    for (let failures = 1; failures < archiveActorLimits.failuresMax; failures++) {
      await owner.until("backingOff");
      owner.clock.increment(archiveActorLimits.backOffMaxMs);
      await owner.until(["backingOff", "failed"], ({ restarts }) => restarts === failures + 1);
    }
    const status = owner.status;
    assert.equal(status.state, "failed");
    assert.match(status.reason ?? "", /the store is closed/);
    owner.clock.increment(archiveActorLimits.backOffMaxMs);
    assert.equal(owner.status.state, "failed");
    owner.failRows = null;
    owner.actor.send({ type: "SEAL_REQUESTED" });
    assert.equal((await owner.until("idle", ({ rows }) => rows > 0)).rows, 20);
    assert.equal(owner.status.reason, null);
  }),
);

Deno.test("AR24 an archive that cannot be opened is tried again with its reason, and opens when it can", () =>
  inFolder(async (folder) => {
    const owner = new Owner(folder);
    owner.failOpening = new Error("the disk is away");
    owner.actor.start();
    assert.match((await owner.until("backingOff")).reason ?? "", /the disk is away/);
    owner.failOpening = null;
    owner.clock.increment(archiveActorLimits.backOffFirstMs);
    assert.equal((await owner.until("idle")).reason, null);
    await owner.stop();
  }));

Deno.test("AR25 after a restart, what died since the watermark is masked before the archive serves", () =>
  inFolder(async (folder) => {
    const first = new Owner(folder);
    first.slots = { threshold_rows: 100 };
    first.actor.start();
    await first.until("idle");
    first.remember(0, 150);
    await first.until("idle", ({ rows }) => rows === 150);
    first.forget(7);
    await first.stop();
    assert.equal(first.archive, null);
    const second = new Owner(folder);
    first.live.forEach((row, id) => second.live.set(id, row));
    second.deathLog.push(...first.deathLog, { id: "row 9", position: "000001-00000000000000000999-0000" });
    second.actor.start();
    await second.until("idle");
    const found = await second.archive?.search(vectorOf(7), 150) ?? [];
    assert.equal(found.length, 148);
    assert(!found.some(({ id }) => id === "row 7" || id === "row 9"));
    await second.stop();
  }));

Deno.test(
  "AR26 a purge makes all anew, and nothing of what died stays on the disk",
  withOwner({ threshold_rows: 50 }, async (owner, folder) => {
    await owner.until("idle");
    owner.remember(0, 60);
    await owner.until("idle", ({ rows }) => rows === 60);
    owner.remember(60, 115);
    await owner.until("idle", ({ rows }) => rows === 115);
    assert.equal(owner.status.segments, 2);
    owner.forget(3);
    owner.actor.send({ type: "SEAL_REQUESTED", purge: true });
    const status = await owner.until("idle", ({ rows }) => rows === 114);
    assert.equal(status.segments, 1);
    assert.equal(status.masked, 0);
    for (const { name } of Deno.readDirSync(`${folder}/archive`)) {
      const text = new TextDecoder().decode(Deno.readFileSync(`${folder}/archive/${name}`));
      assert(!/row 3\0/.test(text), `${name} still holds the row`);
    }
  }),
);

Deno.test(
  "AR27 another embedding space replaces the archive, and another folder opens another",
  withOwner({ threshold_rows: 20 }, async (owner, folder) => {
    await owner.until("idle");
    owner.remember(0, 30);
    await owner.until("idle", ({ rows }) => rows === 30);
    owner.space = { id: "another", dimensions: 16 };
    owner.live.clear();
    owner.working.clear();
    owner.remember(0, 40);
    const status = await owner.until("idle", ({ rows }) => rows === 40);
    assert.equal(status.segments, 1);
    assert.equal(owner.archive?.manifest?.space.id, "another");
    owner.change({ folder: "elsewhere" });
    await owner.until("idle", ({ rows }) => rows === 0);
    assert.equal(owner.archive?.folder, `${folder}/elsewhere`);
    assert.equal(owner.working.size, 40, "working memory holds again what the new archive does not");
  }),
);

Deno.test("AR28 a damaged segment is found at opening, working memory is told, and a seal heals it by itself", () =>
  inFolder(async (folder) => {
    const first = new Owner(folder);
    first.slots = { threshold_rows: 100 };
    first.actor.start();
    await first.until("idle");
    first.remember(0, 150);
    await first.until("idle", ({ rows }) => rows === 150);
    await first.stop();
    await Deno.truncate(`${folder}/archive/segment-00000001.usearch`, 3000);
    const second = new Owner(folder);
    first.live.forEach((row, id) => second.live.set(id, row));
    second.actor.start();
    const status = await second.until("idle", ({ rows }) => rows === 150);
    assert.equal(second.served[0], "", "all must be in working memory until it is sealed again");
    assert(
      second.statuses.some(({ degraded, reason }) => degraded && /segment-00000001.*3000/.test(reason ?? "")),
    );
    assert.equal(status.degraded, false);
    assert.equal(status.reason, null);
    await second.stop();
  }));

Deno.test("AR29 stopped in the middle of a seal, it ends the builder, closes the archive, and leaves nothing half-done", () =>
  inFolder(async (folder) => {
    const owner = new Owner(folder);
    owner.slots = { threshold_rows: 3000 };
    owner.actor.start();
    await owner.until("idle");
    owner.remember(0, 3001);
    await owner.until("building", ({ sealedRows }) => sealedRows > 0);
    await owner.stop();
    assert.equal(owner.status.state, "stopped");
    assert.equal(owner.archive, null);
    assert.deepEqual([...Deno.readDirSync(`${folder}/archive`)], []);
    for (const child of owner.children) assert.notEqual((await child.status).signal, null);
  }));

Deno.test(
  "AR30 after a seal the segments that have become many are merged, without those of their rows that died",
  withOwner({ threshold_rows: 1 }, async (owner) => {
    await owner.until("idle");
    for (let n = 0; n < 4; n++) {
      owner.remember(n * 20, n * 20 + 20);
      await owner.until("idle", ({ rows }) => rows >= n * 20 + 19);
      if (n === 1) owner.forget(5);
    }
    const status = await owner.until("idle", ({ segments }) => segments === 1);
    assert.equal(status.rows, 79);
    assert.equal(status.watermark, owner.head);
    assert.equal(status.reason, null);
    const found = await owner.archive!.search(vectorOf(5), 100);
    assert.equal(found.length, 79);
    assert.equal(found.some(({ id }) => id === "row 5"), false);
  }),
);
