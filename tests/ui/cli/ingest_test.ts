/** `telos ingest` over a living image, in this process and through a server. */
import assert from "node:assert/strict";
import { type Door, RemoteDoor } from "../../../ui/door/mod.ts";
import { ingestSchema, ingestViewSchema } from "../../../ui/protocol.ts";
import { MemoryDoor } from "../../support/memory_door.ts";
import { begin, Files, ingestUntil, manyNotes } from "../../actors/ingest/fixture.ts";
import { openTestImage } from "../../support/image.ts";
import { serve } from "../../support/served_door.ts";
import { terminal } from "./terminal.ts";

Deno.test("UI230 ingest takes in a folder, says what it made and left out, and that a second time changes nothing", async () => {
  await using files = await Files.create({
    "a.md": "# Shed\n\nThe blue key.",
    "b.txt": "The ferry.",
    "c.bin": "\0",
  });
  await using test = await openTestImage();
  await using served = await serve({ door: test.door });
  const run = (...args: string[]) =>
    terminal().runWith({ openLocal: () => Promise.resolve(new RemoteDoor({ url: served.url })) }, ...args);

  assert.match((await run("ingest", "--status")).out, /^Nothing was taken in so far\.\n$/);
  const first = await run("ingest", files.folder);
  assert.equal(first.code, 0, first.err);
  assert.match(
    first.out,
    /: 2 memories of 2 files made, 0 were here already\. Left out: 1, 1 file among them\.\n$/,
  );
  assert.match(first.err, /^Left out: notes\/c\.bin: it is binary$/m);
  const second = await run("ingest", files.folder);
  assert.match(second.out, /^Nothing changed: all 2 memories of .* are here already\./);
  const { state, known } = JSON.parse((await run("ingest", "--status", "--json")).out);
  assert.deepEqual([state, known], ["done", 2]);
  const answer = ingestViewSchema.parse(await (await fetch(`${served.url}/api/ingest`)).json());
  assert.equal(answer.ingest?.path, files.folder);
});

Deno.test("UI230 an ingest that cannot be is refused in words, with the exit code for it", async () => {
  await using test = await openTestImage();
  await using served = await serve({ door: test.door });
  const run = (...args: string[]) =>
    terminal().runWith({ openLocal: () => Promise.resolve(new RemoteDoor({ url: served.url })) }, ...args);
  const missing = await run("ingest", "/no/such/folder");
  assert.equal(missing.code, 2);
  assert.match(missing.err, /Cannot take in "\/no\/such\/folder" as it is not there/);
  const none = await run("ingest", "--resume");
  assert.equal(none.code, 4);
  assert.match(none.err, /Cannot resume an ingest as there is none/);
  assert.equal((await run("ingest")).code, 2);
  assert.equal((await run("ingest", "/tmp", "--pause")).code, 2);
});

Deno.test("UI230 --status without a server tells of what is stored, and that one under way goes on with a server", async () => {
  await using files = await Files.create({ "a.md": "# Shed\n\nThe blue key." });
  const folder = await Deno.makeTempDir({ prefix: "telos-image-" });
  const run = async (test: { readonly door: Door }, ...args: string[]) =>
    await terminal().runWith({ openLocal: () => Promise.resolve(test.door) }, ...args);
  try {
    {
      await using test = await openTestImage({ folder });
      assert.equal((await run(test, "ingest", files.folder)).code, 0);
    }
    await using test = await openTestImage({ folder });
    const status = await run(test, "ingest", "--status");
    assert.match(status.out, /^Took in .*: 1 memory of 1 file made/);
    assert.equal(status.err, "");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  const door: Door = new MemoryDoor();
  const underWay = ingestSchema.parse({
    ...{ id: "1", path: "/notes", state: "running", reason: null, begun: 1, ended: null, totals: null },
    ...{
      files: 1,
      skipped: 0,
      bytes: 9,
      made: 1,
      known: 0,
      problems: 0,
      named: [],
      rate: null,
      current: null,
    },
  });
  door.ingest = () => Promise.resolve({ ingest: underWay });
  const status = await run({ door }, "ingest", "--status", "--json");
  assert.deepEqual(JSON.parse(status.out), underWay);
  assert.match(status.err, /^No server has the image open, .*`telos start`.*`telos ingest --resume`/);
});

/** Breaks an ingest off on its way, as the end of the program does. */
async function breakOff(folder: string, path: string): Promise<number> {
  await using test = await openTestImage({ folder });
  await begin(test.door, path);
  return (await ingestUntil(test.door, ({ made }) => made > 0)).made;
}

Deno.test("UI260 the same path again goes on with an ingest that was broken off, another is refused in words", async () => {
  await using files = await Files.create(manyNotes(30, 20));
  await using others = await Files.create({ "a.md": "Another." });
  const folder = await Deno.makeTempDir({ prefix: "telos-image-" });
  const run = async (...args: string[]) => {
    await using test = await openTestImage({ folder });
    return await terminal().runWith({ openLocal: () => Promise.resolve(test.door) }, ...args);
  };
  try {
    assert.ok(await breakOff(folder, files.folder) < 600, "it was broken off on its way");
    const refused = await run("ingest", others.folder);
    assert.equal(refused.code, 4);
    assert.ok(refused.err.includes(`as that of ${files.folder} is broken off on its way`), refused.err);
    assert.match(refused.err, /`telos ingest --resume`.*`telos ingest --cancel`/);
    const again = await run("ingest", files.folder);
    assert.equal(again.code, 0, again.err);
    assert.match(again.err, /^It goes on where it was: \d+ memories of \d+ files made/);
    assert.match(again.out, /: 600 memories of 30 files made, 0 were here already\./);
    assert.match((await run("ingest", others.folder)).out, /^Took in .*: 1 memory of 1 file made/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("UI261 Ctrl-C in ingest says what is kept and how to go on, and what a server goes on with", async () => {
  await using files = await Files.create(manyNotes(40, 40));
  const folder = await Deno.makeTempDir({ prefix: "telos-image-" });
  const onceUnderWay = (door: Door) => (callback: () => void) => {
    ingestUntil(door, ({ made }) => made > 0).then(callback);
    return () => {};
  };
  try {
    {
      await using test = await openTestImage({ folder });
      const changes = { openLocal: () => Promise.resolve(test.door), onInterrupt: onceUnderWay(test.door) };
      const ran = await terminal().runWith(changes, "ingest", files.folder);
      assert.equal(ran.code, 1);
      assert.match(
        ran.err,
        /telos: The ingest was stopped: \d+ memor(y|ies) of \d+ files? made, .* here already, and they stay\n +Go on with `telos ingest --resume`\.\n$/,
      );
    }
    await using test = await openTestImage({ folder });
    await using served = await serve({ door: test.door });
    await Deno.copyFile(`${served.folder}/server.json`, `${folder}/server.json`);
    const onInterrupt = onceUnderWay(test.door);
    const ran = await terminal().runWith(
      { onInterrupt, env: { TELOS_IMAGE: folder } },
      ...["ingest", files.folder],
    );
    assert.equal(ran.code, 1, ran.out);
    assert.ok(
      ran.err.includes(`not waited for any more: the server at ${served.url} goes on with it\n`),
      ran.err,
    );
    assert.match(ran.err, /`telos ingest --status`/);
    assert.equal((await ingestUntil(test.door, ({ state }) => state === "done")).made, 1_600);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("UI261 Ctrl-C in import keeps what was taken in of notes, and nothing of an archive", async () => {
  const notes = Object.fromEntries(Array.from({ length: 1_200 }, (_, n) => [`${n}.md`, `Note ${n}.`]));
  await using files = await Files.create(notes);
  const archive = `${files.folder}/image.jsonl`;
  const made = `${files.folder}/made`;
  await using test = await openTestImage();
  await using served = await serve({ door: test.door });
  const openLocal = () => Promise.resolve(new RemoteDoor({ url: served.url }));
  assert.equal((await terminal().runWith({ openLocal }, "export", "--out", archive)).code, 0);

  let interrupt = () => {};
  const onInterrupt = (callback: () => void) => {
    interrupt = callback;
    return () => {};
  };
  const door = new RemoteDoor({ url: served.url });
  const takeIn = door.exchange.ingest.bind(door.exchange);
  door.exchange.ingest = async (...batch) => {
    interrupt();
    return await takeIn(...batch);
  };
  const stopped = await terminal().runWith(
    { openLocal: () => Promise.resolve(door), onInterrupt },
    "import",
    files.folder,
  );
  assert.equal(stopped.code, 1);
  const [, taken] = /stopped: (\d+) memories of Markdown taken in, \1 of them new, and they stay\n/.exec(
    stopped.err,
  )!;
  assert.ok(Number(taken) > 0 && Number(taken) < 1_200, "it was stopped on its way");
  assert.match(stopped.err, /The same `telos import` again takes in the rest/);
  const rest = await terminal().runWith({ openLocal }, "import", files.folder);
  assert.match(rest.out, new RegExp(`^Imported ${1_200 - Number(taken)} memories .*, ${taken} were here`));

  const atOnce = (callback: () => void) => {
    callback();
    return () => {};
  };
  const image = await terminal().runWith(
    { openLocal, onInterrupt: atOnce },
    "import",
    archive,
    "--image",
    made,
  );
  assert.deepEqual([image.code, image.out], [1, ""]);
  assert.match(
    image.err,
    /^telos: The import was stopped\n +Nothing of it is left: the image was not made\.\n$/,
  );
  await assert.rejects(Deno.stat(made), Deno.errors.NotFound);
  await Deno.mkdir(made);
  await Deno.writeTextFile(`${made}/image.kv`, "");
  const { position } = await test.door.health().then(({ image }) => image);
  const living = await terminal().runWith(
    { openLocal, onInterrupt: atOnce },
    "import",
    archive,
    "--image",
    made,
  );
  assert.deepEqual([living.code, living.out], [1, ""]);
  assert.match(living.err, /Nothing of it was taken in/);
  assert.equal((await test.door.health()).image.position, position);
});
