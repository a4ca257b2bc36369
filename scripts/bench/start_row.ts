/**
 * From the start of the process to its first answers on an image of 100,000 objects: the later of `GET /health` 200 and
 * the first `GET /api/objects/<the last name made>` 200 with the right slots. Against the bound of 1.5 s, and against the
 * same of an image as it is when new. Time to first recall stands beside it.
 */
import { makeObjects } from "./objects.ts";
import { modelsFolder, openBenchImage } from "./living_image.ts";
import type { Row, RowContext } from "./row.ts";
import { serveImage, untilAnswered } from "./served_image.ts";
import { median, rounded } from "./statistics.ts";

const OBJECTS = 100_000;
const START_MS_MAX = 1500;

export const startRow: Row = {
  row: "start-100k",
  what: `start to the first answers on an image of ${OBJECTS} objects, against a new image`,
  unit: "ms",
  bound: "at most",
  required: 1.3,
  oursMax: START_MS_MAX,
  async measure(context) {
    const { full, empty, recall } = await measureStarts(context);
    return {
      ours: median(full),
      baseline: median(empty),
      how:
        "the process of `deno task start`, until GET /health and GET /api/objects/<last name> both answered 200; " +
        `medians of ${full.length} rounds, in turn with a new image`,
      beside: { "slowest ms": rounded(Math.max(...full)), "first recall ms": rounded(median(recall)) },
    };
  },
};

async function measureStarts(
  context: RowContext,
): Promise<{ full: number[]; empty: number[]; recall: number[] }> {
  const { folder, full: more, say } = context;
  const empty = `${folder}/empty`;
  const large = `${folder}/large`;
  await makeImage(empty, 0, say);
  await makeImage(large, OBJECTS, say);
  const starts = { full: [] as number[], empty: [] as number[], recall: [] as number[] };
  // The first round of each fills the page cache and Deno's caches.
  for (let round = 0; round <= (more ? 11 : 5); round++) {
    const ofEmpty = await start(empty, "genesis", null);
    const ofLarge = await start(large, nameOf(OBJECTS - 1), OBJECTS - 1);
    if (round === 0) continue;
    starts.empty.push(ofEmpty.answered);
    starts.full.push(ofLarge.answered);
    starts.recall.push(ofLarge.recalled);
  }
  return starts;
}

async function start(folder: string, name: string, width: number | null) {
  await using served = await serveImage(folder, { TELOS_MODELS: modelsFolder() });
  const right = (body: unknown) =>
    width === null || (body as { slots: Record<string, unknown> }).slots.width === width;
  const [health, object] = await Promise.all([
    untilAnswered(served, "/health"),
    untilAnswered(served, `/api/objects/${encodeURIComponent(name)}`, right),
  ]);
  const recalled = await untilAnswered(served, "/api/recall?q=anything&k=1");
  return { answered: Math.max(health, object), recalled };
}

async function makeImage(folder: string, objects: number, say: (line: string) => void): Promise<void> {
  await using bench = await openBenchImage(folder);
  const { world } = bench.image;
  const genesis = await world.resolve("genesis");
  const began = performance.now();
  for (let from = 0; from < objects; from += 10_000) {
    await makeObjects(
      world,
      Array.from({ length: 10_000 }, (_, i) => ({
        name: nameOf(from + i),
        parents: [genesis],
        slots: { width: { kind: "data", value: from + i }, height: { kind: "data", value: 2 } },
      })),
    );
  }
  if (objects > 0) say(`made ${objects} objects in ${((performance.now() - began) / 1000).toFixed(0)} s`);
}

function nameOf(number: number): string {
  return `object ${number}`;
}
