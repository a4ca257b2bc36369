/**
 * Recall quality on real text: WordNet's entries as memories, asked for by example sentences and by paraphrases. Hybrid
 * recall against meaning alone and words alone in the same image, on the part of the questions by which no weight was
 * chosen. Reciprocal-rank fusion is printed beside it, as the floor.
 */
import type { RecallWeights } from "../../vector/mod.ts";
import { LocalDoor } from "../../ui/door/mod.ts";
import { openBenchImage, untilEmbedding } from "./living_image.ts";
import type { Row } from "./row.ts";
import { rounded } from "./statistics.ts";
import { chanceOf, type Gloss, questionsOf, readGlosses, textOf } from "./wordnet/glosses.ts";

const GLOSSES = 4_000;
const QUESTIONS = 500;
const A_THOUGHT = 250;
const K = 10;

const WAYS: Readonly<Record<string, Partial<RecallWeights>>> = {
  hybrid: {},
  meaning: { words: 0 },
  words: { meaning: 0, thread: 0 },
  "rank fusion": { fusion: "rank" },
};

export const qualityRow: Row = {
  row: "recall-quality",
  what:
    `hybrid recall of WordNet entries, MRR@${K} on the test split, against the better of meaning and words alone`,
  unit: "MRR",
  bound: "at least",
  required: 1.01,
  async measure({ full, folder, say }) {
    const all = await readGlosses();
    const glosses = full ? all : all.filter(({ id }) => chanceOf(id, "sample") < GLOSSES / all.length);
    const questions = questionsOf(glosses)
      .filter(({ split }) => split === "test")
      .sort((a, b) => chanceOf(a.text, "order") - chanceOf(b.text, "order"))
      .slice(0, full ? 4 * QUESTIONS : QUESTIONS);
    await using bench = await openBenchImage(`${folder}/image`);
    await untilEmbedding(bench);
    const oids = await rememberAll(new LocalDoor(bench.image), glosses, say);
    const found = new Map(Object.keys(WAYS).map((way) => [way, { reciprocal: 0, hits: 0 }]));
    for (const { text, answer } of questions) {
      for (const [way, weights] of Object.entries(WAYS)) {
        const hits = await bench.memory().recall({ text, k: K, now: 0, weights });
        const place = hits.findIndex(({ oid }) => oid === oids.get(answer));
        if (place === -1) continue;
        found.get(way)!.reciprocal += 1 / (place + 1);
        found.get(way)!.hits++;
      }
    }
    const mean = (way: string) => found.get(way)!.reciprocal / questions.length;
    const share = (way: string) => found.get(way)!.hits / questions.length;
    return {
      ours: mean("hybrid"),
      baseline: Math.max(mean("meaning"), mean("words")),
      how:
        `${questions.length} questions of the test split (examples and paraphrases) over ${glosses.length} entries, ` +
        "the same image and candidates, only the weights differ; weights were chosen on the dev split",
      beside: Object.fromEntries(
        Object.keys(WAYS).flatMap((way) => [
          [`${way} MRR@${K}`, rounded(mean(way))],
          [`${way} recall@${K}`, rounded(share(way))],
        ]),
      ),
    };
  },
};

async function rememberAll(
  door: LocalDoor,
  glosses: readonly Gloss[],
  say: (line: string) => void,
): Promise<Map<string, string>> {
  const oids = new Map<string, string>();
  for (let from = 0; from < glosses.length; from += A_THOUGHT) {
    const batch = glosses.slice(from, from + A_THOUGHT);
    const memories = batch.map((gloss) => ({ text: textOf(gloss) }));
    const { result } = await door.command({ command: "REMEMBER_MANY", memories });
    const made = (result as { objects: string[] }).objects;
    batch.forEach(({ id }, at) => oids.set(id, made[at]!));
    if (from % 2_000 === 0) say(`${from + batch.length} of ${glosses.length} entries`);
  }
  return oids;
}
