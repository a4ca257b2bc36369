import assert from "node:assert/strict";
import { join } from "node:path";
import { type BackupsView, objectViewSchema } from "../../ui/protocol.ts";
import { Telos } from "./telos.ts";

type Ended = BackupsView["ended"][number];

const widthIn = async (telos: Telos, image: string) =>
  objectViewSchema.parse(await telos.json("inspect", "square", "--image", image)).slots.width;

/** Files of the newest chain. */
async function chainOf(telos: Telos): Promise<string> {
  const parent = `${telos.image}-backups`;
  const [image] = await Array.fromAsync(Deno.readDir(parent));
  const chains = await Array.fromAsync(Deno.readDir(`${parent}/${image!.name}`));
  const newest = chains.filter(({ isDirectory }) => isDirectory).map(({ name }) => name).sort().at(-1);
  return `${parent}/${image!.name}/${newest}`;
}

Deno.test("PR60 backups of a served image and of one at rest; any thought of them becomes an image again", async () => {
  await using telos = await Telos.create();
  await telos.did("set", "square", "width", "6");
  const first = await telos.json<Ended>("backup");
  assert.deepEqual([first.ok, first.backup!.kind, first.backup!.link], [true, "full", 0]);
  const server = await telos.start();
  await telos.did("set", "square", "width", "7");
  const [changed] = await telos.json<{ position: string; at: number }[]>("history", "square", "--limit", "1");
  await telos.did("set", "square", "width", "8");
  const second = await telos.json<Ended>("backup");
  assert.deepEqual([second.backup!.kind, second.backup!.link], ["incremental", 1]);
  assert.match(await telos.did("backup", "--drill"), /^The drill went well: restored, verified and asked/);
  assert.match(
    await telos.did("backup", "--status"),
    /last +\d+ seconds? ago, incremental.*\n.*\n +drill .* went well/,
  );
  assert.equal((await server.stop()).code, 0);

  const folder = (name: string) => join(telos.folder, name);
  assert.match(await telos.did("restore", folder("newest")), /^Restored \d+ objects as of 000001-/);
  await telos.did("restore", "--to", changed!.position, folder("by-position"));
  await telos.did("restore", "--to", new Date(changed!.at).toISOString(), folder("by-time"));
  assert.deepEqual(
    [
      await widthIn(telos, folder("newest")),
      await widthIn(telos, folder("by-position")),
      await widthIn(telos, folder("by-time")),
    ],
    [8, 7, 7],
  );
  assert.equal(await telos.did("send", "square", "area", "--image", folder("by-time")), "35\n", "it lives");
  const list = await telos.json<{ points: { position: string }[] }[]>("restore", "--list");
  assert.deepEqual(list.map(({ points }) => points.length), [2]);
});

Deno.test("PR61 what cannot be restored is refused with its code, and the last good point restores", async () => {
  await using telos = await Telos.create();
  const into = join(telos.folder, "new");
  const refused = async (code: number, said: RegExp, ...args: string[]) => {
    const ran = await telos.run(args);
    assert.equal(ran.code, code, ran.err);
    assert.match(ran.err, said);
    return ran;
  };
  await refused(3, /There is no backup in .*image-backups/, "restore", into);
  await refused(2, /restore needs the folder/, "restore");
  const good = (await telos.json<Ended>("backup")).backup!;
  await telos.did("set", "square", "width", "9");
  await telos.json<Ended>("backup");
  await refused(2, /--to must be a position or a time/, "restore", "--to", "yesterday", into);
  await refused(3, /holds 2999-01-01/, "restore", "--to", "2999-01-01", into);
  await refused(4, /the folder must be empty/, "restore", telos.image);
  await Deno.remove(`${await chainOf(telos)}/000001-00000.chunk`);
  const { err } = await refused(5, /link 1: "000001-00000\.chunk" is missing/, "restore", into);
  assert.ok(err.includes(`--to ${good.position}`), err);
  await telos.did("restore", "--to", good.position, into);
  assert.equal(await widthIn(telos, into), 5);
});

Deno.test("PR62 a key is made once, encrypts what the server backs up, and is needed to restore", async () => {
  await using telos = await Telos.create();
  const key = join(telos.folder, "telos.key");
  assert.match(await telos.did("backup", "--new-key", key), /keep a copy elsewhere/);
  assert.equal((await Deno.stat(key)).mode! & 0o777, 0o600);
  assert.equal((await telos.run(["backup", "--new-key", key])).code, 2);
  const server = await telos.start({ env: { TELOS_BACKUP_KEY: key } });
  assert.equal((await telos.json<Ended>("backup")).ok, true);
  assert.equal((await server.stop()).code, 0);
  const chunk = await Deno.readFile(`${await chainOf(telos)}/000000-00000.chunk`);
  assert.notDeepEqual([...chunk.subarray(0, 4)], [0x28, 0xb5, 0x2f, 0xfd], "no zstandard to be seen");
  const into = join(telos.folder, "new");
  const without = await telos.run(["restore", into]);
  assert.equal(without.code, 2);
  assert.match(without.err, /encrypted with the key [0-9a-f]{16}: none was given/);
  await telos.did("restore", "--backup-key", key, into);
  assert.equal(await widthIn(telos, into), 5);
});

Deno.test("PR63 killed at each point of a backup or a restore, nothing is half there and the next one is whole", async () => {
  await using telos = await Telos.create();
  const crash = (at: string) => ({ TELOS_TEST: "1", TELOS_CRASH_AT: at });
  for (const [n, point] of ["backup.chunk", "backup.manifest"].entries()) {
    const server = await telos.start({ env: crash(point) });
    await telos.did("set", "square", "width", String(20 + n));
    const ran = await telos.run(["backup"]);
    assert.notEqual(ran.code, 0, `${point}: the server went away`);
    assert.equal((await server.ended).code, 128 + 9, `${point}: it was not killed`);
    const made = await telos.json<Ended>("backup");
    assert.deepEqual([made.backup!.link, made.ok], [n, true]);
  }
  const into = join(telos.folder, "new");
  const { code } = await telos.run(["restore", into], { env: crash("restore.done") });
  assert.equal(code, 128 + 9);
  await assert.rejects(Deno.stat(into), Deno.errors.NotFound);
  await telos.did("restore", into);
  assert.equal(await widthIn(telos, into), 21);
  const left = await Array.fromAsync(Deno.readDir(telos.folder));
  assert.deepEqual(left.filter(({ name }) => name.includes("partial")), []);
});
