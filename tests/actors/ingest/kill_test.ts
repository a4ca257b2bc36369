/** Killed again and again, at every step of a commit: nothing twice, nothing missing, every count right. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { openTestImage } from "../../support/image.ts";
import { chunksIn, Files, ingestUntil, manyNotes } from "./fixture.ts";

const child = fileURLToPath(new URL("dying_ingest.ts", import.meta.url));

const points: readonly (readonly [point: string, n: number])[] = [
  ["commit.validated", 3],
  ["commit.decided", 3],
  ["index.finish", 2],
];

Deno.test("IG7 killed at any step, an ingest goes on where it was: nothing is there twice, nothing is missing", async () => {
  await using files = await Files.create({
    ...manyNotes(12, 40),
    "broken.bin": "\0",
    "twice.md": manyNotes(1, 40)["000.md"]!,
  });
  const folder = await Deno.makeTempDir({ prefix: "telos-image-" });
  try {
    for (const [point, n] of points) {
      const { signal, stdout } = await new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          "-A",
          "--unstable-kv",
          "--quiet",
          "--frozen",
          child,
          folder,
          files.folder,
          point,
          String(n),
        ],
        stderr: "inherit",
      }).output();
      assert.equal(signal, "SIGKILL", `at ${point}: ${new TextDecoder().decode(stdout)}`);
    }
    await using test = await openTestImage({ folder });
    const { made, known, files: read, skipped, problems } = await ingestUntil(
      test.door,
      ({ state }) => state === "done",
    );
    assert.deepEqual({ made, known, read, skipped, problems }, {
      made: 480,
      known: 40,
      read: 13,
      skipped: 1,
      problems: 1,
    });
    const wanted = new Set((await chunksIn(files.folder)).map(({ oid }) => oid));
    const { world, store } = test.image;
    const prototype = await world.resolve("context_fractal_prototype");
    const there: string[] = [];
    for await (const { key } of store.list(["child", prototype])) there.push(key.at(-1) as string);
    assert.deepEqual(there.filter((oid) => wanted.has(oid)).toSorted(), [...wanted].toSorted());
    const imports = (await store.log({ limit: 1_000 })).filter(({ kind }) => kind === "import");
    const objects = imports.flatMap(({ changes }) => changes.map(({ key }) => key)).filter(([family]) =>
      family === "object"
    );
    assert.equal(objects.length, 480, "no memory was made twice");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
