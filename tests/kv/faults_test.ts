/** What the machine beneath the store can do to it: no room, no permission, a torn write-ahead log. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import {
  FolderError,
  type Key,
  keys,
  makeImage,
  openStore,
  seal,
  startOfEpoch,
  type Store,
  StoreError,
  verifyFolder,
} from "../../kv/mod.ts";
import { collect, put, see, someone, withFolder } from "./support.ts";
import { lines, putObject, smallForms } from "./verify_support.ts";

const root = Deno.build.os === "linux" && Deno.uid() === 0;
const isThere = async (program: string) =>
  (await new Deno.Command("sh", { args: ["-c", `command -v ${program}`], stdout: "null" }).output()).success;

/** A file system of a few megabytes, by root only. */
async function withSmallDisk(megabytes: number, test: (folder: string) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    await command("mount", "-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", folder);
    try {
      await test(folder);
    } finally {
      await command("umount", "--lazy", folder);
    }
  });
}

async function command(program: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, { args, stderr: "piped" }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
}

/** Takes all room but some bytes. */
async function fillDisk(path: string, leave: number): Promise<void> {
  await command(
    "sh",
    "-c",
    `dd if=/dev/zero of='${path}' bs=4k 2>/dev/null; truncate -s -${leave} '${path}'`,
  );
}

const mayMount = root && await isThere("mount");
if (!mayMount) {
  console.log("skipped: KV112 a full disk is a typed error: only root may mount a small file system");
}

Deno.test({
  name:
    "KV112 on a full disk a thought is refused with a typed error, nothing of it stays, and work goes on when there is room",
  ignore: !mayMount,
  fn: () =>
    withSmallDisk(12, async (folder) => {
      const reported: unknown[] = [];
      const store = await openStore({ folder, onError: (error) => reported.push(error) });
      await putObject(store, "root", { name: "root", parents: [] });
      await fillDisk(`${folder}/filler`, 0);
      const thoughts: ((store: Store) => Promise<unknown>)[] = [
        (store) => put(store, "small", { name: null, parents: [], text: "s".repeat(40_000) }),
        (store) => put(store, "blob", { name: null, parents: [], text: "b".repeat(900_000) }),
        (store) =>
          store.commit(someone, (thought) => {
            for (let n = 0; n < 3_000; n++) thought.set(keys.object(`l${n}`), { name: null, parents: [], n });
          }),
      ];
      const refused: unknown[] = [];
      for (const think of thoughts) {
        // The write-ahead log may have room for a few more.
        for (let n = 0; n < 200; n++) {
          const error = await think(store).then(() => null, (error) => error);
          if (error === null) continue;
          refused.push(error);
          break;
        }
      }
      assert.equal(refused.length, 3);
      for (const error of refused) {
        assert.ok(error instanceof StoreError, `${error}`);
        assert.match(error.message, /full/);
      }
      const before = store.position;
      assert.equal((await see<{ name: string }>(store, "root"))?.name, "root");
      await Deno.remove(`${folder}/filler`);
      for (const think of thoughts) await think(store);
      assert.ok(store.position > before);
      assert.equal(
        (await collect(store.list(["object"], { start: keys.object("l") }))).length >= 3_000,
        true,
      );
      assert.deepEqual(lines(await store.verify({ forms: smallForms })), []);
      await store.close();
      assert.deepEqual(lines(await verifyFolder(folder, { forms: smallForms })), []);
      for (const error of reported) assert.match(String(error), /full/);
    }),
});

Deno.test({
  name:
    "KV119 on a full disk no image is called damaged, and one that is being made is refused with a typed error",
  ignore: !mayMount,
  fn: () =>
    withSmallDisk(12, async (folder) => {
      const image = `${folder}/image`;
      const store = await openStore({ folder: image });
      for (let n = 0; n < 20; n++) {
        await put(store, `o${n}`, { name: null, parents: [], text: "t".repeat(40_000) });
      }
      await store.close();
      await fillDisk(`${folder}/filler`, 0);
      await assert.rejects(verifyFolder(image, { forms: smallForms }), (error: Error & { hint?: string }) => {
        assert.ok(error instanceof FolderError, `${error}`);
        assert.match(error.hint!, /full/);
        return true;
      });
      await Deno.remove(`${folder}/filler`);
      const origin = { how: "fork" as const, imageId: "i", position: startOfEpoch(1), epoch: 1, at: 0 };
      const read = await openStore({ folder: image });
      await fillDisk(`${folder}/filler`, 300_000);
      await assert.rejects(makeImage(`${folder}/made`, pairs(read), origin), FolderError);
      await read.close();
      await Deno.remove(`${folder}/filler`);
      const left = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
      assert.deepEqual(left, ["image"]);
      assert.deepEqual(lines(await verifyFolder(image, { forms: smallForms })), []);
    }),
});

/** The objects of a store as they are stored. */
async function* pairs(store: Store): AsyncGenerator<[Key, Uint8Array]> {
  for await (const { key, value } of store.list(keys.objects())) yield [key, seal(value, key)];
}

const child = fileURLToPath(new URL("faults_child.ts", import.meta.url));

/** Opens the image in a process without root's right to write wherever it likes, and answers what it printed. */
async function openWithoutOverride(folder: string): Promise<string> {
  const args = ["run", "--no-check", "--unstable-kv", "-A", child, folder];
  const [program, given] = root
    ? ["setpriv", ["--bounding-set=-dac_override", "--inh-caps=-dac_override", Deno.execPath(), ...args]]
    : [Deno.execPath(), args];
  const { stdout, stderr } = await new Deno.Command(program as string, { args: given as string[] }).output();
  return new TextDecoder().decode(stdout) || new TextDecoder().decode(stderr);
}

const mayDrop = Deno.build.os === "linux" && (!root || await isThere("setpriv"));
if (!mayDrop) {
  console.log(
    "skipped: KV71 a folder without permission to write: there is no setpriv to give up root's rights",
  );
}

Deno.test({
  name:
    "KV71 a folder, or a database in it, that may not be written is a typed error, for root without its rights too",
  ignore: !mayDrop,
  fn: () =>
    withFolder(async (folder) => {
      await Deno.mkdir(`${folder}/closed`, { mode: 0o500 });
      assert.match(await openWithoutOverride(`${folder}/closed`), /^FolderError folder_unwritable/);
      const store = await openStore({ folder: `${folder}/image` });
      await put(store, "a", 1);
      await store.close();
      const whole = await Deno.readFile(`${folder}/image/image.kv`);
      await Deno.chmod(`${folder}/image`, 0o500);
      await Deno.chmod(`${folder}/image/image.kv`, 0o400);
      assert.match(await openWithoutOverride(`${folder}/image`), /^FolderError folder_unwritable/);
      assert.deepEqual(await Deno.readFile(`${folder}/image/image.kv`), whole);
      await Deno.chmod(`${folder}/image`, 0o700);
      assert.match(
        await openWithoutOverride(`${folder}/image`),
        /^FolderError folder_unwritable.*image\.kv must/,
      );
      await Deno.chmod(`${folder}/image/image.kv`, 0o600);
      await Deno.writeFile(`${folder}/image/image.kv-shm`, new Uint8Array(), { mode: 0o400 });
      assert.match(
        await openWithoutOverride(`${folder}/image`),
        /^FolderError folder_unwritable.*image\.kv-shm must/,
      );
      await Deno.remove(`${folder}/image/image.kv-shm`);
      assert.match(await openWithoutOverride(`${folder}/image`), /^opened/);
    }),
});

Deno.test("KV114 a write-ahead log that is cut or altered anywhere leaves a whole image at an earlier thought", () =>
  withFolder(async (folder) => {
    const image = `${folder}/image`;
    const store = await openStore({ folder: image });
    await putObject(store, "root", { name: "root", parents: [] });
    for (let n = 1; n <= 30; n++) {
      await putObject(store, "counter", { name: "counter", parents: ["root"], text: String(n) });
    }
    // As a crash leaves it: the log is not yet taken into the file.
    await command("cp", "-r", image, `${folder}/crashed`);
    await store.close();
    const wal = await Deno.readFile(`${folder}/crashed/image.kv-wal`);
    assert.ok(wal.length > 100_000);
    const seen: number[] = [];
    for (const share of [1, 0.95, 0.8, 0.6, 0.4]) {
      for (const how of ["cut", "altered"] as const) {
        const folderNow = `${folder}/${how}-${share}`;
        await command("cp", "-r", `${folder}/crashed`, folderNow);
        await Deno.remove(`${folderNow}/image.kv-shm`).catch(() => undefined);
        const at = Math.min(wal.length - 1, Math.floor(wal.length * share));
        const torn = how === "cut" ? wal.slice(0, at) : wal.slice();
        if (how === "altered") torn[at]! ^= 0x10;
        await Deno.writeFile(`${folderNow}/image.kv-wal`, torn);
        const report = await verifyFolder(folderNow, { forms: smallForms });
        assert.deepEqual(lines(report), [], `${how} at ${share}`);
        const again = await openStore({ folder: folderNow });
        const counter = await see<{ text: string }>(again, "counter");
        assert.equal((await again.log({ limit: 100 })).length, Number(counter?.text ?? 0) + 1);
        seen.push(Number(counter?.text ?? 0));
        await putObject(again, "after", { name: null, parents: ["root"] });
        await again.close();
      }
    }
    assert.ok(seen[0]! >= 29 && seen.at(-1)! < 29, seen.join());
  }));
