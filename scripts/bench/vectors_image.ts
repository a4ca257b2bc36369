/**
 * Images whose memory has many rows: a new image with vectors besides, all in working memory. They stand in the store as
 * a restore would have put them there: the entries of the new image, and the vectors, in their stored form.
 */
import { v7 as uuidv7 } from "uuid";
import { isReserved, type Key, keys, makeImage, seal, startOfEpoch } from "../../kv/mod.ts";
import { hashSpace } from "../../vector/mod.ts";
import { openBenchImage, untilIndexed, wordsOnly } from "./living_image.ts";
import { seededRandom } from "./statistics.ts";

/** What the image writes itself, and what is history. */
const LEFT_OUT: ReadonlySet<unknown> = new Set(["log", "gone", "part", "redo", "version"]);
/** The greatest threshold of working memory: below it, nothing goes to the archive. */
const THRESHOLD_ROWS = 1_000_000;

/** Makes an image with so many vectors of length one in the space in which memory finds by words. */
export async function makeVectorsImage(folder: string, count: number, seed: number): Promise<void> {
  const base = `${folder}.base`;
  const bench = await openBenchImage(base, { models: wordsOnly });
  await untilIndexed(bench);
  const { operations } = bench.image;
  for (const [slot, value] of Object.entries({ enabled: false, threshold_rows: THRESHOLD_ROWS })) {
    await operations.setSlot("archive_manager", slot, value, { who: "bench" });
  }
  await bench[Symbol.asyncDispose]();
  const kv = await Deno.openKv(`${base}/image.kv`);
  try {
    const origin = {
      how: "restore",
      imageId: "bench",
      position: startOfEpoch(1),
      epoch: 1,
      at: Date.now(),
    } as const;
    await makeImage(folder, entriesOf(kv, count, seed), origin);
  } finally {
    kv.close();
    await Deno.remove(base, { recursive: true });
  }
}

async function* entriesOf(
  kv: Deno.Kv,
  count: number,
  seed: number,
): AsyncGenerator<readonly [Key, Uint8Array]> {
  for await (const { key, value } of kv.list<Uint8Array>({ prefix: [] })) {
    if (LEFT_OUT.has(key[0]) || (key[0] === "meta" && isReserved(key))) continue;
    yield [key, value];
  }
  const random = seededRandom(seed);
  for (let n = 0; n < count; n++) {
    const key = keys.vector(hashSpace.id, uuidv7());
    yield [key, seal(new Uint8Array(randomVector(random).buffer), key)];
  }
}

/** A vector of length one in that space. Loops, as a million of them are made. */
export function randomVector(random: () => number): Float32Array {
  const vector = new Float32Array(hashSpace.dimensions);
  let square = 0;
  for (let at = 0; at < vector.length; at++) {
    const value = vector[at] = random() - 0.5;
    square += value * value;
  }
  const scale = 1 / Math.sqrt(square);
  for (let at = 0; at < vector.length; at++) vector[at]! *= scale;
  return vector;
}
