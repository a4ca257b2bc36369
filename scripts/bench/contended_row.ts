/**
 * Sixteen writers who each read one object and write what they read plus one, against the same sixteen with an object
 * each. No increment may be lost, none refused, and no writer may be left behind: else the row is not measured.
 */
import { setSlot, type World } from "../../actors/world/mod.ts";
import { examineDisk } from "./disk.ts";
import { makeObjects } from "./objects.ts";
import type { Row } from "./row.ts";
import { median, percentile, rounded } from "./statistics.ts";
import { openBenchWorld } from "./world.ts";

const WRITERS = 16;
const ROUND_MS = 1_500;
/** A writer with less than this share of what each has on average is starved. */
const STARVED_SHARE = 0.25;

interface Round {
  readonly perSecond: number;
  /** The share of the slowest writer in what each has on average. */
  readonly leastShare: number;
  readonly waits: readonly number[];
}

export const contendedRow: Row = {
  row: "contended",
  what:
    `${WRITERS} writers of one object, thoughts a second, against ${WRITERS} writers of ${WRITERS} objects`,
  unit: "/s",
  bound: "at least",
  required: 0.5,
  async measure({ full, folder }) {
    const disk = await examineDisk(folder);
    await using bench = await openBenchWorld(`${folder}/image`);
    const { world, store } = bench;
    const oids = await makeObjects(
      world,
      Array.from({ length: WRITERS + 1 }, (_, n) => ({
        name: `counter ${n}`,
        parents: [],
        slots: { count: { kind: "data" as const, value: 0 } },
      })),
    );
    const shared = oids.pop()!;
    const rounds = { contended: [] as Round[], apart: [] as Round[], alone: [] as Round[] };
    for (let round = -1; round < (full ? 11 : 5); round++) {
      const measured = [
        await writeFor(world, Array.from({ length: WRITERS }, () => shared)),
        await writeFor(world, oids),
        await writeFor(world, [shared]),
      ] as const;
      // The first round warms everything up.
      if (round < 0) continue;
      rounds.contended.push(measured[0]);
      rounds.apart.push(measured[1]);
      rounds.alone.push(measured[2]);
    }
    const waits = rounds.contended.flatMap((each) => each.waits);
    const { thoughts, conflicts } = store.stats();
    return {
      ours: rateOf(rounds.contended),
      baseline: rateOf(rounds.apart),
      how:
        `world.thought that reads the count and sets it plus one, ${ROUND_MS} ms a round, none lost or refused; ` +
        `medians of ${rounds.apart.length} rounds in turn`,
      beside: {
        "file system": disk.fileSystem,
        "one fsync ms": disk.fsyncMs,
        "one writer alone /s": rounded(rateOf(rounds.alone)),
        "share of the slowest writer": rounded(Math.min(...rounds.contended.map((each) => each.leastShare))),
        "wait p50 ms": rounded(percentile(waits, 0.5)),
        "wait p99 ms": rounded(percentile(waits, 0.99)),
        "wait most ms": rounded(Math.max(...waits)),
        "runs a thought": rounded(1 + conflicts / thoughts),
      },
    };
  },
};

function rateOf(rounds: readonly Round[]): number {
  return median(rounds.map(({ perSecond }) => perSecond));
}

/** One writer for each oid of the list. @throws {Error} when an increment was lost or a writer starved */
async function writeFor(world: World, oids: readonly string[]): Promise<Round> {
  const before = await sumOf(world, oids);
  const counts = oids.map(() => 0);
  const waits: number[] = [];
  const began = performance.now();
  await Promise.all(oids.map(async (oid, writer) => {
    while (performance.now() - began < ROUND_MS) {
      const asked = performance.now();
      await world.thought({ who: `writer ${writer}`, why: "count" }, async (tx) => {
        const count = (await tx.require(oid)).slots.count;
        if (count?.kind !== "data" || typeof count.value !== "number") {
          throw new Error("The count is no number");
        }
        await setSlot(tx, oid, "count", count.value + 1);
      }, { follows: true });
      waits.push(performance.now() - asked);
      counts[writer]!++;
    }
  }));
  const seconds = (performance.now() - began) / 1000;
  const done = counts.reduce((sum, count) => sum + count, 0);
  const found = await sumOf(world, oids) - before;
  if (found !== done) throw new Error(`${done} increments were acknowledged, and ${found} are there`);
  const leastShare = Math.min(...counts) / (done / oids.length);
  if (leastShare < STARVED_SHARE) throw new Error(`A writer was starved: ${counts.join(", ")} thoughts each`);
  return { perSecond: done / seconds, leastShare, waits };
}

async function sumOf(world: World, oids: readonly string[]): Promise<number> {
  let sum = 0;
  for (const oid of new Set(oids)) {
    const count = (await world.context(oid)).slots.count;
    if (count?.kind === "data") sum += count.value as number;
  }
  return sum;
}
