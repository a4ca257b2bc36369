/**
 * Recall over 10,000 memories with the embedding of the query in it, through the door of an open image, against the
 * embedding alone in the same embedder: in turn, each query fresh, p50 of both.
 */
import { LocalDoor } from "../../ui/door/mod.ts";
import { openBenchImage, untilEmbedding } from "./living_image.ts";
import type { Row } from "./row.ts";
import { percentile, rounded, seededRandom } from "./statistics.ts";

const MEMORIES = 10_000;
const A_THOUGHT = 250;
const SEED = 11;

export const recallRow: Row = {
  row: "recall-10k",
  what: `recall over ${MEMORIES} memories, embedding included, p50`,
  unit: "ms",
  bound: "at most",
  required: 2,
  async measure({ full, folder, say }) {
    await using bench = await openBenchImage(`${folder}/image`);
    await untilEmbedding(bench);
    const door = new LocalDoor(bench.image);
    const random = seededRandom(SEED);
    const began = performance.now();
    for (let from = 0; from < MEMORIES; from += A_THOUGHT) {
      const memories = Array.from({ length: A_THOUGHT }, (_, i) => ({ text: sentence(random, from + i) }));
      await door.command({ command: "REMEMBER_MANY", memories });
      if (from % 2000 === 0) say(`${from + A_THOUGHT} of ${MEMORIES} memories`);
    }
    const remembered = (performance.now() - began) / 1000;
    const recalls: number[] = [];
    const embeds: number[] = [];
    const searches = full ? 600 : 200;
    for (let i = -20; i < searches; i++) {
      const recalled = await timed(() => door.recall({ q: question(random, i), k: 10 }));
      if (recalled.value.length !== 10) throw new Error(`Recall found ${recalled.value.length} of 10`);
      const embedded = await timed(() => bench.embedder().embed([question(random, i)]));
      // The first ones warm both up.
      if (i < 0) continue;
      recalls.push(recalled.ms);
      embeds.push(embedded.ms);
    }
    return {
      ours: percentile(recalls, 0.5),
      baseline: percentile(embeds, 0.5),
      how:
        `recall of 10 through the door of the open image, then Embedder.embed of another question, ${searches} ` +
        `fresh questions each in turn, seed ${SEED}`,
      beside: {
        "recall p95 ms": rounded(percentile(recalls, 0.95)),
        "embedding p95 ms": rounded(percentile(embeds, 0.95)),
        "memories a second when remembered": rounded(MEMORIES / remembered),
      },
    };
  },
};

export async function timed<T>(work: () => Promise<T>): Promise<{ ms: number; value: T }> {
  const began = performance.now();
  const value = await work();
  return { ms: performance.now() - began, value };
}

const WHO = [
  "Mira",
  "the old gardener",
  "my brother",
  "a nurse",
  "the captain",
  "Teodor",
  "our neighbour",
  "Ines",
];
const DID = [
  "found",
  "lost",
  "repaired",
  "painted",
  "sold",
  "borrowed",
  "described",
  "hid",
  "planted",
  "photographed",
];
const WHAT = [
  "a blue key",
  "the copper kettle",
  "a sailing boat",
  "two letters",
  "an apple tree",
  "the clock",
];
const WHERE = ["behind the shed", "at the harbour", "in the attic", "near the station", "on the island"];
const WHEN = ["before the storm", "in early spring", "on a Sunday", "after the concert", "at midnight"];

export function sentence(random: () => number, number: number): string {
  return `${pick(random, WHO)} ${pick(random, DID)} ${pick(random, WHAT)} ${pick(random, WHERE)} ` +
    `${pick(random, WHEN)}, entry ${number}`;
}

export function question(random: () => number, number: number): string {
  return `who ${pick(random, DID)} ${pick(random, WHAT)} ${pick(random, WHERE)}, and was it ${
    pick(random, WHEN)
  }? ${Math.floor(random() * 1e6)} ${number}`;
}

function pick(random: () => number, list: readonly string[]): string {
  return list[Math.floor(random() * list.length)]!;
}
