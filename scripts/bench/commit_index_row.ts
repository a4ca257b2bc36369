/**
 * What a commit costs that brings one row into the index, in an image whose index has a million vectors against one with a
 * thousand: `world.thought` with a new memory and its vector, found by the next search. The embedding is not timed: it is
 * the same for both, and far more than the commit.
 */
import { v7 as uuidv7 } from "uuid";
import { create } from "../../actors/world/mod.ts";
import { examineDisk } from "./disk.ts";
import { type BenchImage, openBenchImage, untilIndexed, wordsOnly } from "./living_image.ts";
import type { Row } from "./row.ts";
import { median, seededRandom } from "./statistics.ts";
import { makeVectorsImage, randomVector } from "./vectors_image.ts";

const LARGE = 1_000_000;
const SMALL = 1_000;
const A_ROUND = 25;
const WARM_UP_ROUNDS = 5;
const SEED = 13;

export const commitIndexRow: Row = {
  row: "commit-index",
  what: `a commit that adds a vector, in an index of ${LARGE} against ${SMALL}`,
  unit: "ms",
  bound: "at most",
  required: 1.2,
  async measure({ full, folder, say }) {
    const disk = await examineDisk(folder);
    const began = performance.now();
    await makeVectorsImage(`${folder}/large`, LARGE, SEED);
    await makeVectorsImage(`${folder}/small`, SMALL, SEED + 1);
    say(`made ${LARGE + SMALL} vectors in ${((performance.now() - began) / 1000).toFixed(0)} s`);
    await using large = await openFilled(`${folder}/large`, LARGE);
    await using small = await openFilled(`${folder}/small`, SMALL);
    say(`filled the indexes, ${((performance.now() - began) / 1000).toFixed(0)} s`);
    const random = seededRandom(SEED + 2);
    const times = { large: [] as number[], small: [] as number[] };
    for (let round = -WARM_UP_ROUNDS; round < (full ? 60 : 24); round++) {
      // Each is the first of every other round, so that neither has the warmer caches.
      for (const which of round % 2 === 0 ? ["large", "small"] as const : ["small", "large"] as const) {
        const taken = await commitRows(which === "large" ? large : small, random);
        if (round >= 0) times[which].push(taken);
      }
    }
    return {
      ours: median(times.large),
      baseline: median(times.small),
      how:
        `world.thought with one new memory and its vector, ${A_ROUND} one after the other in turn, all rows in working ` +
        `memory; medians of ${times.large.length} rounds, seed ${SEED}`,
      beside: { "file system": disk.fileSystem, "one fsync ms": disk.fsyncMs },
    };
  },
};

async function openFilled(folder: string, rows: number): Promise<BenchImage> {
  const bench = await openBenchImage(folder, { models: wordsOnly });
  await untilIndexed(bench);
  const held = bench.image.health.tiers.L1.rows;
  if (held < rows) throw new Error(`Working memory holds ${held} of ${rows} rows`);
  return bench;
}

/** @returns milliseconds of each */
async function commitRows({ image, memory }: BenchImage, random: () => number): Promise<number> {
  const prototype = await image.world.resolve("context_fractal_prototype");
  const vectors = Array.from({ length: A_ROUND }, () => randomVector(random));
  const began = performance.now();
  for (const vector of vectors) {
    const oid = uuidv7();
    await image.world.thought({ who: "bench", why: "one memory", kind: "remember" }, async (tx) => {
      const at = Date.now();
      const text_chunk = { kind: "data" as const, value: "A row of the bench." };
      const creation_timestamp = { kind: "data" as const, value: at };
      const slots = { text_chunk, creation_timestamp };
      await create(tx, { oid, at }, { name: null, parents: [prototype], slots });
      memory().stage(tx.thought, { rows: [{ oid, vector }], removed: [] });
    });
  }
  return (performance.now() - began) / A_ROUND;
}
