/**
 * An incremental backup after a thousand changes in an image of a million objects, against the full one before it, made
 * by the image's own backup while it is open. The time of restoring the chain stands beside.
 */
import { derivedKeys } from "../../actors/world/mod.ts";
import type { BackupsView } from "../../actors/backup/mod.ts";
import { restoreBackup } from "../../kv/mod.ts";
import { largeImage, MILLION, nameOf } from "./large_image.ts";
import { type BenchImage, openBenchImage, wordsOnly } from "./living_image.ts";
import type { Figures, Row, RowContext } from "./row.ts";
import { rounded } from "./statistics.ts";

const CHANGES = 1_000;
const POLL_MS = 20;

type Backup = NonNullable<BackupsView["ended"][number]["backup"]>;

export const backupRow: Row = {
  row: "backup-incremental",
  what:
    `incremental backup after ${CHANGES} changes in ${MILLION} objects, time or bytes, in % of the full one`,
  unit: "%",
  bound: "at most",
  required: 0.01,
  measure: (context) => measureBackups(context, MILLION),
};

/** The larger of the two shares, time and bytes, is the figure. */
export async function measureBackups(context: RowContext, objects: number): Promise<Figures> {
  const folder = await largeImage(context, objects);
  const backups = `${context.folder}/backups`;
  const { full, incremental, stalledMs } = await backUpTwice(folder, backups, objects);
  const began = performance.now();
  const restored = await restoreBackup({
    from: backups,
    into: `${context.folder}/restored`,
    derive: derivedKeys,
  });
  const restoreMs = performance.now() - began;
  const time = 100 * incremental.tookMs / full.tookMs;
  const bytes = 100 * incremental.bytes / full.bytes;
  return {
    ours: Math.max(time, bytes),
    baseline: 100,
    how:
      `the image's own backup, full and then incremental after ${CHANGES} thoughts of one slot each, image open`,
    beside: {
      "time %": rounded(time),
      "bytes %": rounded(bytes),
      "full s": rounded(full.tookMs / 1_000),
      "full MB": rounded(full.bytes / 1e6),
      "incremental ms": rounded(incremental.tookMs),
      "incremental kB": rounded(incremental.bytes / 1e3),
      "longest stall of the event loop during the full one ms": rounded(stalledMs),
      "restore s": rounded(restoreMs / 1_000),
      "restored objects": restored.objects,
    },
  };
}

async function backUpTwice(folder: string, backups: string, objects: number) {
  await using bench = await openBenchImage(folder, { models: wordsOnly });
  const { operations, world } = bench.image;
  const request = { who: "bench" };
  await operations.setSlot("backup_manager", "folder", backups, request);
  const stall = watchStalls();
  const full = await backUp(bench, true);
  const stalledMs = stall.stop();
  const step = Math.max(1, Math.floor(objects / CHANGES));
  for (let n = 0; n < CHANGES; n++) {
    const oid = await world.resolve(nameOf((n * step) % objects));
    await operations.setSlot(oid, "width", n, request);
  }
  const incremental = await backUp(bench, false);
  await operations.setSlot("backup_manager", "folder", "", request);
  return { full, incremental, stalledMs };
}

async function backUp({ image }: BenchImage, full: boolean): Promise<Backup> {
  const run = (await startedBackups(image)).request({ full });
  for (;;) {
    const ended = image.backups.view().ended.find((each) => each.run === run);
    if (ended?.backup) return ended.backup;
    if (ended !== undefined) throw new Error(`The backup failed: ${ended.message}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** The backup starts behind the opening. */
async function startedBackups(image: BenchImage["image"]) {
  for (;;) {
    const backup = image.health.actors.find(({ name }) => name === "backup");
    if (backup?.state === "running") return image.backups;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** The longest time for which nothing else could run. */
function watchStalls(): { stop(): number } {
  let last = performance.now();
  let longest = 0;
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last - 1);
    last = performance.now();
  }, 1);
  return {
    stop: () => {
      clearInterval(timer);
      return longest;
    },
  };
}
