/** What a kill leaves behind: everything that was acknowledged, found; nothing that was not decided. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { TextLineStream } from "../../support/text_lines.ts";
import { hashSpace, pinnedModels } from "../../../vector/mod.ts";
import { memoryUntil, openWithMemory, realModel, storedRows, testWithModel } from "./fixture.ts";
import { assertInStep, rowsIn } from "./oracle.ts";

const child = fileURLToPath(new URL("dying_image.ts", import.meta.url));
const modelSpace = pinnedModels[0]!.space;

/** Runs the image until it dies: by itself, or killed after a line that `last` is content with. */
async function die(
  args: readonly string[],
  last: (line: string, lines: number) => boolean,
): Promise<string[]> {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--unstable-kv", "--quiet", "--frozen", child, ...args],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines: string[] = [];
  for await (
    const line of process.stdout.pipeThrough(new TextLineStream())
  ) {
    lines.push(line);
    if (last(line, lines.length)) process.kill("SIGKILL");
  }
  equal((await process.status).signal, "SIGKILL");
  return lines;
}

interface Said {
  readonly oid: string;
  readonly text: string | null;
}

/** What each memory was acknowledged to say last. */
const lastSaid = (lines: readonly string[]) =>
  new Map(lines.map((line) => JSON.parse(line) as Said).map(({ oid, text }) => [oid, text]));

const points: readonly (readonly [point: string, n: number] | null)[] = [
  null,
  ["index.finish", 40],
  ["commit.decided", 41],
  ["commit.voted", 44],
  ["swap.renamed", 1],
  ["swap.manifest", 1],
];

for (const point of points) {
  Deno.test(`ME40 killed ${point === null ? "at any moment" : `at ${point[0]}`}, the image opens with all that was acknowledged, found by the next recall`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      const args = point === null ? [] : [point[0], String(point[1])];
      const lines = await die([folder, "remember", ...args], (_, count) => point === null && count === 60);
      const said = lastSaid(lines);
      ok(said.size > 10, `only ${said.size} memories were acknowledged`);
      await using image = await openWithMemory({ folder });
      const texts = [...said.values()].flatMap((text) => text === null ? [] : [text]);
      const memory = () => image.parts.memory!;
      await memoryUntil(image, ({ embedder }) => embedder.state === "degraded");
      await assertInStep({ memory: memory(), store: image.image.store, texts, recall: 0.9 });
      const rows = await rowsIn(image.image.store, hashSpace.id);
      for (const [oid, text] of said) {
        const shown = await image.door.object(oid).catch(() => null);
        // What was under way when it died may be decided without being acknowledged.
        if (oid !== [...said.keys()].at(-1)) equal(shown?.slots.text_chunk ?? null, text);
        equal(
          rows.has(oid),
          shown !== null,
          `${oid} has a row without an object, or an object without a row`,
        );
      }
      ok(rows.size <= said.size + 1);
      await memoryUntil(image, ({ lexical, index }) => lexical.state === "ready" && index.state === "ready");
      const { problems } = await memory().check();
      equal(problems, [], "vectors, archive and words agree with the store");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

testWithModel(
  "ME41 killed in the midst of a re-embedding, the image serves as before, goes on where it was, and makes one switch",
  async () => {
    const folder = await Deno.makeTempDir();
    try {
      let oids: string[];
      {
        await using image = await openWithMemory({ folder });
        oids = await image.remember(...Array.from({ length: 150 }, (_, n) => `note ${n} about topic${n}`));
      }
      await die([folder, "move"], (line) => Number(line) > 0.2);
      {
        await using image = await openWithMemory({ folder });
        const half = (await storedRows(image, modelSpace.id)).length;
        ok(half > 0 && half < 150, `${half} rows were brought over`);
        // A recall waits for the memory, which starts behind the image.
        equal(await image.recall("topic77", 1), ["note 77 about topic77"]);
        equal(image.parts.memory!.status.space.id, hashSpace.id);
        // Its row in the other space goes with the old text, though nothing is being moved now.
        await image.image.operations.setSlot(oids[0]!, "text_chunk", "the stove does not work", {
          who: "a test",
        });
        equal((await storedRows(image, modelSpace.id)).includes(oids[0]!), false);
      }
      await using image = await openWithMemory({ folder, models: realModel });
      await memoryUntil(
        image,
        ({ space, index }) => space.id === modelSpace.id && index.progress === undefined,
      );
      equal(await storedRows(image, modelSpace.id), oids.toSorted());
      equal(await image.recall("the oven is broken", 1), ["the stove does not work"]);
      const log = await image.image.store.log({ limit: 1_000 });
      equal(log.filter(({ why }) => why === `the embedding space is ${modelSpace.id}`).length, 1);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);
