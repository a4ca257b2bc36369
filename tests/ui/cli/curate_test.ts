/** `telos curate` over a living image, through a server. */
import assert from "node:assert/strict";
import { RemoteDoor } from "../../../ui/door/mod.ts";
import { remember, topics } from "../../actors/curation/scene.ts";
import { openTestImage } from "../../support/image.ts";
import { serve } from "../../support/served_door.ts";
import { terminal } from "./terminal.ts";

Deno.test("UI200 curate tells what was done and why, with the undo of each, and its status", async () => {
  await using test = await openTestImage();
  await using served = await serve({ door: test.door });
  const run = (...args: string[]) =>
    terminal().runWith({ openLocal: () => Promise.resolve(new RemoteDoor({ url: served.url })) }, ...args);

  assert.match(
    (await run("curate", "--status")).out,
    /^waiting\n.*\n {2}concepts 0\n {2}There was no run yet\./s,
  );
  await remember(test.door, [...topics.sea, topics.sea[0]]);
  const said = await run("curate");
  assert.equal(said.code, 0, said.err);
  assert.match(
    said.out,
    /^done: looked at 6 memories and 0 concepts in \d+\.\d s\n1 concept made, 1 duplicate masked\n/,
  );
  assert.match(said.out, /without a mind: /);
  assert.match(
    said.out,
    /masked +We walked to the lighthouse by the sea.*\n +duplicate: the same text\n +telos undo /,
  );
  const [, position] = /telos undo (\S+)/.exec(said.out)!;
  assert.equal((await run("undo", position!)).code, 0);
  const { report, concepts } = JSON.parse((await run("curate", "--status", "--json")).out);
  assert.equal(concepts.length, 1);
  assert.equal(report.counts.duplicates, 1);
  const again = JSON.parse((await run("curate", "--json")).out);
  assert.deepEqual([again.outcome, again.counts.duplicates], ["done", 0]);
  assert.match((await run("curate", "--stop")).out, /Nothing was under way/);
});
