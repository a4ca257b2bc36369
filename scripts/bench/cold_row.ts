/**
 * The first touch of an object that nobody has touched since the image was opened: `door.object(name)`, which finds the
 * name, reads the object, its chain and its position. Fresh objects from all over the image, in one of a million objects
 * against one of ten thousand, in turn.
 */
import { LocalDoor } from "../../ui/door/mod.ts";
import { largeImage, MILLION, nameOf } from "./large_image.ts";
import { openBenchImage, untilEmbedding } from "./living_image.ts";
import type { Row } from "./row.ts";
import { percentile, rounded, seededRandom } from "./statistics.ts";

const SMALL = 10_000;
const A_ROUND = 200;
const SEED = 11;
const TOUCH_MS_MAX = 1;
/** Flat: a tree of a hundred times the pages is a level or two deeper, and its leaves are in the system's cache only. */
const FLAT = 1.5;

export const coldRow: Row = {
  row: "cold-touch",
  what: `first touch of a cold object, p50, in ${MILLION} objects against ${SMALL}`,
  unit: "ms",
  bound: "at most",
  required: FLAT,
  oursMax: TOUCH_MS_MAX,
  async measure(context) {
    const folders = { large: await largeImage(context, MILLION), small: await largeImage(context, SMALL) };
    // A disk's own slowness is not measured: the files are in the system's cache, the objects nowhere.
    for (const folder of Object.values(folders)) await readThrough(`${folder}/image.kv`);
    await using large = await openBenchImage(folders.large);
    await using small = await openBenchImage(folders.small);
    await untilEmbedding(large);
    await untilEmbedding(small);
    const rounds = context.full ? 20 : 10;
    const order = {
      large: shuffled(MILLION, (rounds + 1) * A_ROUND),
      small: shuffled(SMALL, (rounds + 1) * A_ROUND),
    };
    const doors = { large: new LocalDoor(large.image), small: new LocalDoor(small.image) };
    const times = { large: [] as number[], small: [] as number[] };
    for (let round = 0; round <= rounds; round++) {
      for (const which of ["large", "small"] as const) {
        const chosen = order[which].slice(round * A_ROUND, (round + 1) * A_ROUND);
        const taken = await touchEach(doors[which], chosen);
        // The first round warms the code up.
        if (round > 0) times[which].push(...taken);
      }
    }
    return {
      ours: percentile(times.large, 0.5),
      baseline: percentile(times.small, 0.5),
      how: `door.object(name) of ${times.large.length} objects each, chosen by seed ${SEED}, none twice; ` +
        `p50, ${A_ROUND} each in turn`,
      beside: {
        "p99 ms": rounded(percentile(times.large, 0.99)),
        "p99 of the small ms": rounded(percentile(times.small, 0.99)),
      },
    };
  },
};

async function readThrough(path: string): Promise<void> {
  using file = await Deno.open(path);
  const block = new Uint8Array(1 << 20);
  while (await file.read(block) !== null);
}

async function touchEach(door: LocalDoor, numbers: readonly number[]): Promise<number[]> {
  const times: number[] = [];
  for (const number of numbers) {
    const began = performance.now();
    const { slots } = await door.object(nameOf(number));
    times.push(performance.now() - began);
    if (slots.width !== number) throw new Error(`${nameOf(number)} has the width ${String(slots.width)}`);
  }
  return times;
}

/** `count` different numbers below `below`. */
function shuffled(below: number, count: number): number[] {
  const random = seededRandom(SEED);
  const chosen = new Set<number>();
  while (chosen.size < count) chosen.add(Math.floor(random() * below));
  return [...chosen];
}
