/**
 * The memory as a whole, through the door of an open image: recall over 100,000 memories, whether what was remembered is
 * found at once under load, and what a seal and a swap do to those who ask meanwhile. As embedding so many texts would
 * measure the model, only some are embedded, and the others lie about these as near texts do: vectors of pure chance
 * have no neighbours, and no graph finds any among them.
 */
import { v7 as uuidv7 } from "uuid";
import type { RecallChannel } from "../../actors/system/mod.ts";
import { create } from "../../actors/world/mod.ts";
import { LocalDoor } from "../../ui/door/mod.ts";
import { type BenchImage, openBenchImage, untilEmbedding, untilIndexed, wordsOnly } from "./living_image.ts";
import { question, sentence, timed } from "./recall_row.ts";
import type { Row } from "./row.ts";
import { percentile, rounded, seededRandom } from "./statistics.ts";
import { randomVector } from "./vectors_image.ts";

const A_THOUGHT = 250;
const SEED = 17;
const SETTLED_MS_MAX = 20 * 60_000;

const MEMORIES = 100_000;
const RECALL_MS_MAX = 15;

export const recallRow100k: Row = {
  row: "recall-100k",
  what: `recall over ${MEMORIES} memories, embedding included, p50, against its bound of ${RECALL_MS_MAX} ms`,
  unit: "ms",
  bound: "at most",
  required: 1,
  async measure({ full, folder, say }) {
    await using bench = await openBenchImage(`${folder}/image`);
    await untilEmbedding(bench);
    const random = seededRandom(SEED);
    await rememberMadeUp(bench, MEMORIES, { random, say });
    await untilArchived(bench);
    const door = new LocalDoor(bench.image);
    const recalls: number[] = [];
    const embeds: number[] = [];
    for (let n = -20; n < (full ? 1_000 : 300); n++) {
      const recalled = await timed(() => door.recall({ q: question(random, n), k: 10 }));
      if (recalled.value.length !== 10) throw new Error(`Recall found ${recalled.value.length} of 10`);
      const embedded = await timed(() => bench.embedder().embed([question(random, n)]));
      // The first ones warm both up.
      if (n < 0) continue;
      recalls.push(recalled.ms);
      embeds.push(embedded.ms);
    }
    const { L1, L2 } = bench.image.health.tiers;
    return {
      ours: percentile(recalls, 0.5),
      baseline: RECALL_MS_MAX,
      how:
        `recall of 10 by meaning, words and threads through the door, ${recalls.length} fresh questions; the vectors lie ` +
        `about those of ${EMBEDDED} texts of the same kind, seed ${SEED}`,
      beside: {
        "p95 ms": rounded(percentile(recalls, 0.95)),
        "p99 ms": rounded(percentile(recalls, 0.99)),
        "embedding alone p50 ms": rounded(percentile(embeds, 0.5)),
        "L1 rows": L1.rows,
        "L2 rows": L2.rows,
      },
    };
  },
};

const WRITERS = 8;

export const foundRow: Row = {
  row: "found-at-once",
  what: "memories found, by meaning and by words, by the recall that follows their remembering, under load",
  unit: "found",
  bound: "at least",
  required: 1,
  async measure({ full, folder, say }) {
    const tries = full ? 10_000 : 2_000;
    await using bench = await openBenchImage(`${folder}/image`, { models: wordsOnly });
    await untilIndexed(bench);
    await bench.image.operations.setSlot("archive_manager", "threshold_rows", 500, { who: "bench" });
    const door = new LocalDoor(bench.image);
    let begun = 0;
    let found = 0;
    const missed: string[] = [];
    const write = async () => {
      while (begun < tries) {
        const n = begun++;
        const text = `the parcel marked zq${n.toString(36)}x came by the morning boat`;
        const { result } = await door.command({ command: "REMEMBER", text });
        const { oid } = result as { oid: string };
        const isFound = async (q: string, channel: RecallChannel) =>
          (await door.recall({ q, k: 3 })).find((each) => each.oid === oid)?.channels?.includes(channel) ===
            true;
        // To the question others may be nearer in meaning, as only a part of a word is the same: to its own text none is.
        const byWords = await isFound(`where is zq${n.toString(36)}x`, "words");
        const byMeaning = await isFound(text, "meaning");
        if (byWords && byMeaning) found++;
        else missed.push(`${text} (words ${byWords}, meaning ${byMeaning})`);
        if (n % 500 === 0) say(`${n} of ${tries}`);
      }
    };
    await Promise.all(Array.from({ length: WRITERS }, write));
    if (missed.length > 0) say(`not found: ${missed.slice(0, 5).join("; ")}`);
    return {
      ours: found,
      baseline: tries,
      how:
        `REMEMBER, then a recall of its own word and one of its text, ${WRITERS} at a time, seals, merges and swaps ` +
        "under way",
      beside: { segments: bench.image.health.tiers.L2.segments },
    };
  },
};

const SWAP_ROWS = 30_000;
const SWAP_QUESTIONS = 64;
const ROUNDS = 2;

export const swapRow: Row = {
  row: "swap-load",
  what:
    "p99 of recall while the archive is built anew and swapped, against the quiet one; none fails, none is stale",
  unit: "ms",
  bound: "at most",
  required: 2,
  async measure({ full, folder, say }) {
    await using bench = await openBenchImage(`${folder}/image`, { models: wordsOnly });
    await untilIndexed(bench);
    const random = seededRandom(SEED);
    const oids = await rememberMadeUp(bench, SWAP_ROWS, { random, say });
    await untilArchived(bench);
    const memory = bench.memory();
    const asked = await memory.embed(Array.from({ length: SWAP_QUESTIONS }, (_, n) => question(random, n)));
    const fresh = () => near(asked[Math.floor(random() * SWAP_QUESTIONS)]!, random);
    const search = () => timed(() => memory.search(fresh(), 10));
    for (let n = 0; n < 200; n++) await search();
    const quiet: number[] = [];
    for (let n = 0; n < 5_000; n++) quiet.push((await search()).ms);
    const busy: number[] = [];
    let failed = 0;
    let stale = 0;
    for (let round = 0; round < (full ? 3 * ROUNDS : ROUNDS); round++) {
      let isRunning = true;
      const rebuilt = memory.rebuild().finally(() => isRunning = false);
      const gone = new Set<string>();
      while (isRunning) {
        try {
          const { ms, value } = await search();
          busy.push(ms);
          stale += value.filter(({ oid }) => gone.has(oid)).length;
        } catch (error) {
          failed++;
          say(String(error));
        }
        const victim = busy.length % 20 === 0 ? oids.pop() : undefined;
        if (victim === undefined) continue;
        await bench.image.operations.delete(victim, false, { who: "bench" });
        gone.add(victim);
      }
      const failure = await rebuilt;
      if (failure !== null) throw new Error(`The rebuild failed: ${failure}`);
    }
    if (failed > 0 || stale > 0) {
      throw new Error(`${failed} searches failed, ${stale} hits were deleted before`);
    }
    return {
      ours: percentile(busy, 0.99),
      baseline: percentile(quiet, 0.99),
      how:
        `searches over ${SWAP_ROWS} rows one after the other while all is rebuilt from the store and rows are deleted, ` +
        `${busy.length} of them; quiet: ${quiet.length}; 0 failed, 0 stale`,
      beside: {
        "busy p50 ms": rounded(percentile(busy, 0.5)),
        "quiet p50 ms": rounded(percentile(quiet, 0.5)),
      },
    };
  },
};

interface MadeUp {
  readonly random: () => number;
  readonly say: (line: string) => void;
}

/** Texts that are embedded, and how far from one of them a vector lies: its cosine with it is 0.93. */
const EMBEDDED = 2_000;
const LEANING = 0.4;

/** Real texts under vectors that lie about those of some others, many a thought. @returns the oids */
async function rememberMadeUp(
  { image, memory }: BenchImage,
  count: number,
  { random, say }: MadeUp,
): Promise<string[]> {
  const embedded = await memory().embed(Array.from({ length: EMBEDDED }, (_, n) => sentence(random, n)));
  const prototype = await image.world.resolve("context_fractal_prototype");
  const oids: string[] = [];
  while (oids.length < count) {
    const at = Date.now();
    const texts = Array.from({ length: A_THOUGHT }, (_, n) => sentence(random, oids.length + n));
    const rows = texts.map(() => ({
      oid: uuidv7(),
      vector: near(embedded[Math.floor(random() * EMBEDDED)]!, random),
    }));
    await image.world.thought({ who: "bench", why: "many memories", kind: "remember" }, async (tx) => {
      for (const [n, { oid }] of rows.entries()) {
        const slots = {
          text_chunk: { kind: "data" as const, value: texts[n]! },
          creation_timestamp: { kind: "data" as const, value: at },
        };
        await create(tx, { oid, at }, { name: null, parents: [prototype], slots });
      }
      memory().stage(tx.thought, { rows, removed: [] });
    });
    oids.push(...rows.map(({ oid }) => oid));
    if (oids.length % 10_000 === 0) say(`${oids.length} of ${count} memories`);
  }
  return oids;
}

/** A vector of length one about another. */
function near(centre: Float32Array, random: () => number): Float32Array {
  const aside = randomVector(random);
  const vector = centre.map((value, at) => value + LEANING * aside[at]!);
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

/** Waits until all that is over the threshold is in the archive and nothing is being sealed. */
async function untilArchived({ image, memory }: BenchImage): Promise<void> {
  const until = performance.now() + SETTLED_MS_MAX;
  for (;;) {
    const { ready, tiers } = image.health;
    const { archive, lexical } = memory().status;
    const isWhole = ready.index.state === "ready" && lexical.state === "ready";
    if (isWhole && archive.state === "idle" && tiers.L2.rows > 0 && tiers.L1.rows <= 20_000) return;
    if (performance.now() > until || archive.state === "failed") {
      throw new Error(`Never settled: ${JSON.stringify({ ready, tiers, archive })}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
