/**
 * Ingest of a folder of Markdown into an open image with the real model, against the embedding alone: the memories that
 * came of it, embedded again by the same embedder with nothing else to do. In turn, fresh texts in each round. An ingest
 * ends when its last memory is found by meaning and by words. Beside it, what a change of a slot takes meanwhile.
 */
import { join } from "node:path";
import type { Ingest, IngestView } from "../../ui/protocol.ts";
import { LocalDoor } from "../../ui/door/mod.ts";
import { type BenchImage, openBenchImage, untilEmbedding, untilWords } from "./living_image.ts";
import type { Row } from "./row.ts";
import { percentile, rounded } from "./statistics.ts";
import { chanceOf, type Gloss, readGlosses } from "./wordnet/glosses.ts";

const FILES = 24;
/** Sections of a file, and the most glosses of a section. */
const SECTIONS = 25;
const GLOSSES_MAX = 9;
const EMBEDDED_AT_ONCE = 10_000;
const SLOT_PAUSE_MS = 20;
const POLL_MS = 10;

export const ingestRow: Row = {
  row: "ingest",
  what: "ingest of Markdown, committed and found, against the embedding model alone",
  unit: "memories/s",
  bound: "at least",
  required: 0.9,
  async measure({ full, folder, say }) {
    const glosses = shuffled(await readGlosses());
    await using bench = await openBenchImage(`${folder}/image`);
    await untilEmbedding(bench);
    const door = new LocalDoor(bench.image);
    const pairs: { readonly ours: number; readonly theirs: number }[] = [];
    let used = 0;
    const rounds = full ? 7 : 3;
    for (let round = 0; round <= rounds; round++) {
      const path = join(folder, `notes-${round}`);
      const files = round === 0 ? 2 : FILES;
      used = await writeNotes(path, glosses, used, files);
      const began = performance.now();
      const { made, problems } = await ingested(bench, door, path);
      const seconds = (performance.now() - began) / 1000;
      if (problems > 0 || made === 0) {
        throw new Error(`The ingest made ${made} memories, ${problems} problems`);
      }
      const texts = await textsOf(bench, `notes-${round}/`);
      if (texts.length !== made) throw new Error(`${made} memories were made and ${texts.length} are there`);
      const embedBegan = performance.now();
      for (let from = 0; from < texts.length; from += EMBEDDED_AT_ONCE) {
        await bench.embedder().embed(texts.slice(from, from + EMBEDDED_AT_ONCE));
      }
      const embedSeconds = (performance.now() - embedBegan) / 1000;
      // The first round warms both up.
      if (round === 0) continue;
      pairs.push({ ours: made / seconds, theirs: made / embedSeconds });
      say(
        `round ${round}: ${made} memories, ${rounded(made / seconds)} against ${
          rounded(made / embedSeconds)
        } a second`,
      );
    }
    const quiet = await slotTimes(door, () => Promise.resolve(), 60);
    const path = join(folder, "notes-busy");
    await writeNotes(path, glosses, used, FILES);
    const meanwhile = await slotTimes(door, () => ingested(bench, door, path));
    // What else the machine does changes from round to round: the two of one round are compared, not those of two.
    const ratios = pairs.map(({ ours, theirs }) => ours / theirs);
    const middle = pairs[ratios.indexOf(ratios.toSorted((a, b) => a - b)[ratios.length >> 1]!)]!;
    return {
      ours: middle.ours,
      baseline: middle.theirs,
      how: `${FILES} files of WordNet's glosses a round, INGEST until its memories are found, in turn with ` +
        `Embedder.embed of the same texts in one call; the round of the median ratio of ${rounds}; one thread of the model each`,
      beside: {
        "ratios of the rounds": ratios.map(rounded).join(", "),
        "SET_SLOT p50 ms, quiet": rounded(percentile(quiet, 0.5)),
        "SET_SLOT p50 ms during an ingest": rounded(percentile(meanwhile, 0.5)),
        "SET_SLOT p99 ms during an ingest": rounded(percentile(meanwhile, 0.99)),
        "SET_SLOTs during an ingest": meanwhile.length,
      },
    };
  },
};

async function ingested(bench: BenchImage, door: LocalDoor, path: string): Promise<Ingest> {
  const { result } = await door.command({ command: "INGEST", path });
  const { id } = (result as IngestView).ingest!;
  for (;;) {
    const { ingest } = await door.ingest();
    if (ingest?.id === id && ingest.state === "done") break;
    if (ingest?.state === "paused") throw new Error(`The ingest paused: ${ingest.reason}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  await untilWords(bench);
  return (await door.ingest()).ingest!;
}

/** The texts of the memories that an ingest made. */
async function textsOf({ image }: BenchImage, label: string): Promise<string[]> {
  const prototype = await image.world.resolve("context_fractal_prototype");
  const texts: string[] = [];
  for await (const { key } of image.store.list(["child", prototype])) {
    const slots = (await image.world.registry.load(key.at(-1) as string))?.context.slots;
    const [file, text] = [slots?.file, slots?.text_chunk];
    if (file?.kind !== "data" || text?.kind !== "data") continue;
    if (String(file.value).startsWith(label)) texts.push(String(text.value));
  }
  return texts;
}

/** How long changes of a slot take while something is under way, milliseconds; at least so many. */
async function slotTimes(door: LocalDoor, work: () => Promise<unknown>, least = 0): Promise<number[]> {
  const state = { over: false };
  const working = work().finally(() => state.over = true);
  const times: number[] = [];
  while (!state.over || times.length < least) {
    const began = performance.now();
    await door.command({ command: "SET_SLOT", object: "square", slot: "width", value: times.length + 1 });
    times.push(performance.now() - began);
    await new Promise((resolve) => setTimeout(resolve, SLOT_PAUSE_MS));
  }
  await working;
  return times;
}

/** Files of sections under headings, of lengths that differ as notes do. @returns the place of the next gloss */
async function writeNotes(
  path: string,
  glosses: readonly Gloss[],
  from: number,
  files: number,
): Promise<number> {
  await Deno.mkdir(path);
  let at = from;
  for (let file = 0; file < files; file++) {
    const lines = [`# Notes ${file}`];
    for (let section = 0; section < SECTIONS; section++) {
      const count = 1 + Math.floor(chanceOf(`${path} ${file} ${section}`, "length") * GLOSSES_MAX);
      lines.push("", `## ${glosses[at % glosses.length]!.words.join(", ")}`, "");
      for (let n = 0; n < count; n++) {
        const { definition, examples } = glosses[at++ % glosses.length]!;
        lines.push([definition, ...examples].join(". "), "");
      }
    }
    await Deno.writeTextFile(join(path, `${file}.md`), lines.join("\n"));
  }
  return at;
}

function shuffled(glosses: readonly Gloss[]): Gloss[] {
  return glosses.map((gloss) => ({ gloss, chance: chanceOf(gloss.id, "ingest") }))
    .sort((a, b) => a.chance - b.chance).map(({ gloss }) => gloss);
}
