/** `telos forget` over a real image. */
import assert from "node:assert/strict";
import { LocalDoor } from "../../../ui/door/mod.ts";
import { openTestImage } from "../../support/image.ts";
import { terminal } from "./terminal.ts";

Deno.test("UI179 forget says what is gone, who quotes it, and that older backups hold it", async () => {
  await using image = await openTestImage();
  const door = new LocalDoor(image.image);
  // The image stays open from command to command.
  door.close = () => Promise.resolve();
  const { runWith } = terminal();
  const run = (...args: string[]) => runWith({ openLocal: () => Promise.resolve(door) }, ...args);
  const remember = async (text: string) =>
    (JSON.parse((await run("remember", "--json", text)).out) as { result: { oid: string } }).result.oid;
  const secret = await remember("the spare key lies under the third flowerpot");
  const quoting = await remember("He wrote: the spare key lies under the third flowerpot!");

  const { out, code } = await run("forget", secret);
  assert.equal(code, 0);
  assert.ok(out.startsWith(`Erased ${secret}: no byte of what it held is left in the image's files. `), out);
  assert.ok(out.includes(`These quote it, and were left as they are:\n  ${quoting}\n`), out);
  assert.match(out, /Backups, forks and exports made before still hold it\./);
  const { result } = JSON.parse((await run("forget", "--json", quoting)).out) as {
    result: { state: string };
  };
  assert.equal(result.state, "erased");
  assert.equal((await run("forget", secret)).code, 3);
  assert.match((await run("forget", "genesis")).err, /the image lives by it/);
});

Deno.test("UI179 verify --forgotten says which files of an image hold a text", async () => {
  const folder = await Deno.makeTempDir();
  const { run } = terminal();
  const look = (...more: string[]) =>
    run("verify", "--image", folder, "--forgotten", "the third flowerpot", ...more);
  await Deno.writeTextFile(`${folder}/image.kv`, "under the fourth flowerpot");
  assert.deepEqual(await look().then(({ code, out }) => [code, out]), [
    0,
    "No file of the image holds it.\n",
  ]);
  await Deno.writeTextFile(`${folder}/image.kv-wal`, "under the third flowerpot");
  const { code, out } = await look();
  assert.equal(code, 5);
  assert.equal(out, `These hold it:\n  ${folder}/image.kv-wal\n`);
  assert.deepEqual(JSON.parse((await look("--json")).out), { ok: false, files: [`${folder}/image.kv-wal`] });
  await Deno.writeTextFile(`${folder}/image.kv-wal`, "forgot 01a21e3a-d82d-7216-bff2-05ce3661c5be");
  const id = await run("verify", "--image", folder, "--forgotten", "01a21e3a-d82d-7216-bff2-05ce3661c5be");
  assert.match(id.out, /That is an id: .* look for its text/);
  await Deno.remove(folder, { recursive: true });
});
