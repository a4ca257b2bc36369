/** Ingest in a living image: once, bounded, in the background, and never in the person's way. */
import assert from "node:assert/strict";
import { spawnChild } from "../../../actors/system/assets.ts";
import { healthUntil, openTestImage } from "../../support/image.ts";
import { openWithMemory, realModel, testWithModel } from "../memory/fixture.ts";
import { begin, chunksIn, Files, ingest, ingestUntil, manyNotes } from "./fixture.ts";

Deno.test("IG3, IG4 what is taken in is found by meaning, words, source, kind and time; the same text is one memory", async () => {
  await using files = await Files.create({
    "garden.md": "---\ndate: 2020-05-01\n---\n# Shed\n\nThe blue key opens the shed.\n",
    "copy/garden.md": "---\ndate: 2020-05-01\n---\n# Shed\n\nThe blue key opens\nthe shed.\n",
    "harbour.txt": "The ferry left the harbour at noon.",
  });
  await using test = await openTestImage();
  const first = await ingest(test.door, files.folder);
  assert.deepEqual([first.made, first.known, first.files, first.problems], [2, 1, 3, 0]);
  await healthUntil(test.door, ({ ready }) => ready.lexical.state === "ready");
  const [hit] = await test.door.recall({ q: "blue key of the shed" });
  assert.match(hit!.source!, /garden\.md § Shed$/);
  assert.equal(hit!.at, Date.parse("2020-05-01"));
  const found = async (filter: Parameters<typeof test.door.recall>[0]["filter"]) =>
    (await test.door.recall({ q: "blue key ferry", filter: filter! })).map(({ text }) => text);
  assert.deepEqual(await found({ kind: "text" }), ["The ferry left the harbour at noon."]);
  assert.deepEqual(await found({ until: Date.parse("2021-01-01") }), [
    "Shed\n\nThe blue key opens\nthe shed.",
  ]);
  assert.deepEqual(await found({ slots: { file: "notes/harbour.txt" } }), [
    "The ferry left the harbour at noon.",
  ]);

  const objects = await objectsOf(test);
  const second = await ingest(test.door, files.folder);
  assert.deepEqual([second.made, second.known], [0, 3]);
  assert.deepEqual(await objectsOf(test), objects, "nothing changed");
  // What was taken in is undone like anything else, and is then taken in again.
  await test.door.command({ command: "UNDO" });
  assert.deepEqual(await test.door.recall({ q: "blue key of the shed" }), []);
  assert.equal((await ingest(test.door, files.folder)).made, 2);
});

type Opened = Pick<Awaited<ReturnType<typeof openTestImage>>, "image" | "door">;

async function objectsOf({ door }: Opened): Promise<(readonly [string, string | null])[]> {
  const { objects } = await door.objects({ limit: 1_000 });
  return objects.map(({ oid, position }) => [oid, position]);
}

Deno.test("IG4 what import has taken in is not taken in again", async () => {
  const message = { uuid: "m1", sender: "human", text: "What floats?", created_at: "2024-01-02T03:04:05Z" };
  const exported = JSON.stringify([{ uuid: "c1", name: "Boats", chat_messages: [message] }]);
  await using files = await Files.create({ "conversations.json": exported });
  await using test = await openTestImage();
  const alias = (await chunksIn(files.folder))[0]!.alias!;
  await test.door.exchange.ingest([{
    oid: alias,
    text: "What floats?",
    source: "Claude: Boats",
    thread: "claude:c1",
  }]);
  const { made, known } = await ingest(test.door, files.folder);
  assert.deepEqual([made, known], [0, 1]);
});

Deno.test("IG8 an ingest is paused, resumed and cancelled, and a paused one stays so when the image is opened again", async () => {
  await using files = await Files.create(manyNotes(30, 20));
  const folder = await Deno.makeTempDir({ prefix: "telos-image-" });
  const control = (action: "pause" | "resume" | "cancel") => ({ command: "INGEST_CONTROL" as const, action });
  try {
    let paused: number;
    {
      await using test = await openTestImage({ folder });
      await begin(test.door, files.folder);
      await ingestUntil(test.door, ({ made }) => made > 0);
      await test.door.command(control("pause"));
      const { ingest } = await test.door.ingest();
      assert.equal(ingest!.state, "paused");
      assert.ok(ingest!.made < 600, "it was stopped on its way");
      paused = ingest!.made;
      await assert.rejects(test.door.command(control("pause")), { code: "ingest_none" });
    }
    {
      await using test = await openTestImage({ folder });
      assert.deepEqual((await ingestUntil(test.door, () => true)).made, paused);
      assert.equal((await test.door.ingest()).ingest!.state, "paused");
      await test.door.command(control("resume"));
      await ingestUntil(test.door, ({ made }) => made > paused);
      // It goes on where it is closed in the midst of it.
    }
    await using test = await openTestImage({ folder });
    const { made, known, files: read } = await ingestUntil(test.door, ({ state }) => state === "done");
    assert.deepEqual([made, known, read], [600, 0, 30]);
    await files.write("more.txt", "More of it.\n");
    await begin(test.door, files.folder);
    await test.door.command(control("cancel")).catch((error) => assert.equal(error.code, "ingest_none"));
    await assert.rejects(test.door.command(control("resume")), { code: "ingest_none" });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("IG9 what a person does during an ingest is done between two of its thoughts", async () => {
  await using files = await Files.create(manyNotes(20, 60));
  await using test = await openTestImage();
  const asked = Promise.withResolvers<Promise<{ position: string }>>();
  const stop = test.image.store.onCommitted((thoughts) => {
    if (!thoughts.some(({ kind }) => kind === "import")) return;
    stop();
    asked.resolve(test.door.command({ command: "SET_SLOT", object: "square", slot: "width", value: 7 }));
  });
  await begin(test.door, files.folder);
  const { position } = await (await asked.promise);
  await ingestUntil(test.door, ({ state }) => state === "done");
  const thoughts = await test.door.log({ limit: 1_000 });
  const imports = thoughts.filter(({ kind }) => kind === "import");
  assert.ok(imports.length >= 15, `${imports.length} thoughts`);
  assert.ok(position < imports.at(-1)!.position, "the person did not wait for the end");
  for (const { objects } of imports) assert.ok(objects.length <= 64 * 2, "a thought is small");
});

Deno.test("IG9 whoever listens hears how far an ingest is, and who joins hears it at once", async () => {
  await using files = await Files.create({ "a.txt": "One." });
  await using test = await openTestImage();
  await ingest(test.door, files.folder);
  const controller = new AbortController();
  for await (const { event } of test.door.events({ signal: controller.signal })) {
    if (event.command !== "INGEST_PROGRESS") continue;
    assert.deepEqual([event.ingest.state, event.ingest.made, event.ingest.totals?.files], ["done", 1, 1]);
    controller.abort();
  }
});

testWithModel("IG10 while the model does not run an ingest waits, and goes on when it does", async () => {
  const state = { isBroken: true };
  const dead = () =>
    new Deno.Command(Deno.execPath(), {
      args: ["eval", "Deno.exit(1)"],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  await using files = await Files.create({ "a.txt": "One.", "b.txt": "Two." });
  await using image = await openWithMemory({
    models: realModel,
    spawn: () => state.isBroken ? dead() : spawnChild("embedder"),
    bounds: { restartMs: 20, restartMaxMs: 100, failuresMax: Infinity },
    readyWaitMs: 2_000,
  });
  await begin(image.door, files.folder);
  const waiting = await ingestUntil(image.door, ({ state }) => state === "waiting");
  assert.match(waiting.reason!, /embedding model/);
  state.isBroken = false;
  const { made, reason } = await ingestUntil(image.door, ({ state }) => state === "done");
  assert.deepEqual([made, reason], [2, null]);
});

Deno.test("IG10 what does not go away pauses it with the reason, and it can be resumed", async () => {
  await using files = await Files.create(manyNotes(30, 20));
  await using test = await openTestImage();
  await begin(test.door, files.folder);
  await ingestUntil(test.door, ({ made }) => made > 0);
  await test.door.command({ command: "INGEST_CONTROL", action: "pause" });
  await Deno.rename(files.folder, `${files.folder}-away`);
  await test.door.command({ command: "INGEST_CONTROL", action: "resume" });
  const { reason } = await ingestUntil(test.door, ({ state }) => state === "waiting" || state === "paused");
  assert.match(reason!, /Cannot read what is to be taken in: No such file/);
  await Deno.rename(`${files.folder}-away`, files.folder);
  assert.equal((await ingestUntil(test.door, ({ state }) => state === "done")).made, 600);
});

Deno.test("IG11 one ingest at a time, of a file or a folder that is there", async () => {
  await using files = await Files.create(manyNotes(10, 40));
  await using test = await openTestImage();
  for (
    const [path, why] of [["notes", /no whole path/], [`${files.folder}/none`, /not there/], [
      "/dev/null",
      /neither/,
    ]]
  ) {
    const refused = { code: "ingest_path", message: why as RegExp };
    await assert.rejects(test.door.command({ command: "INGEST", path: path as string }), refused);
  }
  await assert.rejects(test.door.command({ command: "INGEST_CONTROL", action: "resume" }), {
    code: "ingest_none",
  });
  await begin(test.door, files.folder);
  await assert.rejects(begin(test.door, files.folder), { code: "ingest_busy" });
  await test.door.command({ command: "INGEST_CONTROL", action: "cancel" });
  assert.equal((await test.door.ingest()).ingest!.state, "cancelled");
  const { made, known } = await ingest(test.door, files.folder);
  assert.equal(made + known, 400, "what had been taken in stays");
});
