/**
 * Curation of WordNet's entries in an open image, without a language model: how long a run over 10,000 takes beside the
 * embedding, and how many planted duplicates it finds. What is planted, and where, is a pure function of the entries.
 */
import { LocalDoor } from "../../ui/door/mod.ts";
import { openBenchImage, untilEmbedding } from "./living_image.ts";
import type { Row } from "./row.ts";
import { rounded } from "./statistics.ts";
import { chanceOf, type Gloss, readGlosses, textOf } from "./wordnet/glosses.ts";

const MEMORIES = 10_000;
const A_THOUGHT = 250;
const SECONDS_MAX = 30;

export const curateRow: Row = {
  row: "curate-10k",
  what:
    `a run of curation over ${MEMORIES} memories without a model, beside the embedding, against its bound of ${SECONDS_MAX} s`,
  unit: "s",
  bound: "at most",
  required: 1,
  async measure({ folder, say }) {
    const glosses = await someGlosses(MEMORIES);
    await using bench = await openBenchImage(`${folder}/image`);
    await untilEmbedding(bench);
    const door = new LocalDoor(bench.image);
    await rememberAll(door, glosses.map(textOf), say);
    const report = await curate(door);
    if (report.looked.memories !== MEMORIES) throw new Error(`It looked at ${report.looked.memories}`);
    const again = await curate(door);
    return {
      ours: (report.tookMs - report.embeddingMs) / 1_000,
      baseline: SECONDS_MAX,
      how:
        `CURATE through the door, from its start to its report, ${MEMORIES} entries of WordNet with the vectors of ` +
        "the real model; concepts named by extraction, each a thought of its own, fsynced",
      beside: {
        "embedding of definitions s": rounded(report.embeddingMs / 1_000),
        "concepts": report.counts.created,
        "duplicates": report.counts.duplicates,
        "junk": report.counts.junk,
        "second run s": rounded((again.tookMs - again.embeddingMs) / 1_000),
        "changed by the second run": again.counts.created + again.counts.grown + again.counts.merged +
          again.counts.split,
      },
    };
  },
};

const PLANTED_AMONG = 4_000;
/** Of each kind. */
const PLANTED = 60;

/** What a copy is changed by; null when the text gives no occasion. */
const CHANGES: Readonly<Record<string, (text: string) => string | null>> = {
  exact: (text) => text,
  case: (text) => text.toUpperCase(),
  marks: (text) => `${text.replace(/[,;]/g, "")}.`,
  spaces: (text) => `  ${text.split(" ").join("  ")}\n`,
  typo: (text) => swapLetters(text),
  filler: (text) =>
    / (?:is|are|of|with) /.test(text) ? text.replace(/ (is|are|of|with) /, " $1 really ") : null,
};

export const duplicatesRow: Row = {
  row: "duplicates",
  what:
    `planted duplicates, exact and near, that curation masks, of ${PLANTED} of each kind among ${PLANTED_AMONG}`,
  unit: "share",
  bound: "at least",
  required: 0.99,
  async measure({ folder, say }) {
    const texts = (await someGlosses(PLANTED_AMONG)).map(textOf);
    const planted = plant(texts);
    await using bench = await openBenchImage(`${folder}/image`);
    await untilEmbedding(bench);
    const door = new LocalDoor(bench.image);
    const originals = await rememberAll(door, texts, say);
    const copies = await rememberAll(door, planted.map(({ text }) => text), say);
    const report = await curate(door);
    const found = new Map(Object.keys(CHANGES).map((kind) => [kind, { of: 0, masked: 0 }]));
    let maskedPlanted = 0;
    for (const [at, { kind, original }] of planted.entries()) {
      // Of two that say the same either may be the one that stays.
      const [copy, first] = await Promise.all([
        isMasked(door, copies[at]!),
        isMasked(door, originals[original]!),
      ]);
      const tally = found.get(kind)!;
      tally.of++;
      if (copy || first) tally.masked++;
      maskedPlanted += Number(copy) + Number(first);
    }
    const all = [...found.values()];
    return {
      ours: all.reduce((sum, { masked }) => sum + masked, 0),
      baseline: all.reduce((sum, { of }) => sum + of, 0),
      how: "a copy counts when it, or what it was made of, is masked after one run; each is planted once",
      beside: {
        ...Object.fromEntries([...found].map(([kind, { of, masked }]) => [kind, `${masked} of ${of}`])),
        "masked beside those planted": report.counts.duplicates - maskedPlanted,
      },
    };
  },
};

interface Planted {
  readonly kind: string;
  readonly text: string;
  /** Place of what it is a copy of. */
  readonly original: number;
}

function plant(texts: readonly string[]): Planted[] {
  const order = texts.map((_, at) => at).sort((a, b) =>
    chanceOf(texts[a]!, "plant") - chanceOf(texts[b]!, "plant")
  );
  return Object.entries(CHANGES).flatMap(([kind, change]) => {
    const planted: Planted[] = [];
    while (planted.length < PLANTED && order.length > 0) {
      const original = order.pop()!;
      const text = change(texts[original]!);
      if (text !== null && text.split(" ").length >= 6) planted.push({ kind, text, original });
    }
    return planted;
  });
}

/** Two letters in the middle of the longest small word change places. */
function swapLetters(text: string): string | null {
  const words = text.split(":").slice(1).join(":").match(/\b[a-z]{6,}\b/g) ?? [];
  const word = words.reduce((a, b) => b.length > a.length ? b : a, "");
  const at = Math.floor(word.length / 2);
  if (word === "" || word[at] === word[at - 1]) return null;
  const slip = word.slice(0, at - 1) + word[at]! + word[at - 1]! + word.slice(at + 1);
  const place = text.lastIndexOf(word);
  return text.slice(0, place) + slip + text.slice(place + word.length);
}

async function someGlosses(count: number): Promise<Gloss[]> {
  const all = await readGlosses();
  return all.sort((a, b) => chanceOf(a.id, "curate") - chanceOf(b.id, "curate")).slice(0, count);
}

async function rememberAll(
  door: LocalDoor,
  texts: readonly string[],
  say: (line: string) => void,
): Promise<string[]> {
  const oids: string[] = [];
  for (let from = 0; from < texts.length; from += A_THOUGHT) {
    const memories = texts.slice(from, from + A_THOUGHT).map((text) => ({ text }));
    const { result } = await door.command({ command: "REMEMBER_MANY", memories });
    oids.push(...(result as { objects: string[] }).objects);
    if (from % 2_000 === 0) say(`${from + memories.length} of ${texts.length} remembered`);
  }
  return oids;
}

async function curate(door: LocalDoor) {
  const { run } = (await door.command({ command: "CURATE" })).result as { run: number };
  for (;;) {
    const { ended } = await door.curation();
    const mine = ended.find((each) => each.run === run);
    if (mine === undefined) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      continue;
    }
    const { outcome, reason } = mine.report;
    if (outcome !== "done") throw new Error(`The run ended as ${outcome}: ${reason}`);
    return mine.report;
  }
}

async function isMasked(door: LocalDoor, oid: string): Promise<boolean> {
  return (await door.object(oid)).slots.masked !== undefined;
}
