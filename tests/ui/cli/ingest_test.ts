/** `telos ingest` over a living image, in this process and through a server. */
import assert from "node:assert/strict";
import { type Door, RemoteDoor } from "../../../ui/door/mod.ts";
import { ingestSchema, ingestViewSchema } from "../../../ui/protocol.ts";
import { MemoryDoor } from "../../support/memory_door.ts";
import { Files } from "../../actors/ingest/fixture.ts";
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
