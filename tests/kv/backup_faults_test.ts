import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import {
  BackupDamagedError,
  BackupKey,
  type GoodPoint,
  keys,
  openStore,
  readChains,
  restoreBackup,
  SchemaError,
  takeBackup,
} from "../../kv/mod.ts";
import { randomFrom } from "../support/random.ts";
import { chainFiles, live, restoreAndCompare, type Scene, withScene } from "./backup_scene.ts";
import { collect, put, see, someone, withFolder } from "./support.ts";

const child = fileURLToPath(new URL("backup_child.ts", import.meta.url));

/** A chain of a full link and three more. @returns the position of each link */
async function fourLinks(scene: Scene, key: BackupKey | null = null): Promise<string[]> {
  const random = randomFrom(7);
  const positions: string[] = [];
  for (let n = 0; n < 4; n++) {
    await live(scene.store, random, 3);
    positions.push((await scene.backup({ key })).position);
  }
  return positions;
}

async function damage(
  scene: Scene,
  { key = null }: { key?: BackupKey | null } = {},
): Promise<BackupDamagedError> {
  const into = `${scene.root}/refused`;
  try {
    await restoreBackup({ from: scene.backups, into, derive: () => [], key });
  } catch (error) {
    if (!(error instanceof BackupDamagedError)) throw error;
    await assert.rejects(Deno.stat(into), Deno.errors.NotFound);
    return error;
  }
  throw new Error("it was restored");
}

const flip = async (file: string, at: number) => {
  const bytes = await Deno.readFile(file);
  bytes[at] = bytes[at]! ^ 1;
  await Deno.writeFile(file, bytes);
};

type Break = (files: readonly string[]) => Promise<void>;
const named = (files: readonly string[], name: string) => files.find((file) => file.endsWith(name))!;

const breaks: readonly (readonly [what: string, link: number, said: RegExp, breakIt: Break])[] = [
  [
    "a chunk is missing",
    2,
    /link 2: "000002-00000\.chunk" is missing/,
    (files) => Deno.remove(named(files, "000002-00000.chunk")),
  ],
  [
    "a chunk is cut",
    1,
    /link 1: "000001-00000\.chunk" is cut: it has 100 of \d+ bytes/,
    (files) => Deno.truncate(named(files, "000001-00000.chunk"), 100),
  ],
  [
    "a bit of a chunk is flipped",
    3,
    /link 3: "000003-00000\.chunk" is altered/,
    (files) => flip(named(files, "000003-00000.chunk"), 50),
  ],
  [
    "a manifest is missing",
    1,
    /link 1: "000001\.json" is missing/,
    (files) => Deno.remove(named(files, "000001.json")),
  ],
  [
    "a manifest is cut",
    2,
    /link 2: "000002\.json" is cut or altered/,
    (files) => Deno.truncate(named(files, "000002.json"), 200),
  ],
  ["a digit of a manifest is altered", 3, /link 3: "000003\.json" is altered/, async (files) => {
    const file = named(files, "000003.json");
    await Deno.writeTextFile(file, (await Deno.readTextFile(file)).replace(/"made": (\d)/, '"made": 9$1'));
  }],
  ["two manifests are swapped", 1, /link 1: "000001\.json" is out of place: it is link 2/, async (files) => {
    const [one, two] = [named(files, "000001.json"), named(files, "000002.json")];
    const text = await Deno.readTextFile(one);
    await Deno.copyFile(two, one);
    await Deno.writeTextFile(two, text);
  }],
  ["two chunks are swapped", 1, /link 1: "000001-00000\.chunk" is (cut|altered)/, async (files) => {
    const [one, two] = [named(files, "000001-00000.chunk"), named(files, "000002-00000.chunk")];
    const bytes = await Deno.readFile(one);
    await Deno.copyFile(two, one);
    await Deno.writeFile(two, bytes);
  }],
  [
    "the full one is altered",
    0,
    /link 0: "000000-00000\.chunk" is altered/,
    (files) => flip(named(files, "000000-00000.chunk"), 50),
  ],
];

for (const [what, link, said, breakIt] of breaks) {
  Deno.test(`KV161 ${what}: the link is named, and the last good point restores`, () =>
    withScene(async (scene) => {
      const positions = await fourLinks(scene);
      await breakIt(await chainFiles(scene));
      const { message, details, hint } = await damage(scene);
      assert.match(message, said);
      const [chain] = await readChains(scene.backups, scene.store.imageId, { deep: true });
      assert.match(chain!.problems[0]!.message, said);
      assert.equal(chain!.links.length, link);
      const good = details.lastGood as GoodPoint | null;
      if (link === 0) return void assert.equal(good, null);
      assert.equal(good!.position, positions[link - 1]);
      assert.ok(hint.includes(good!.position));
      await restoreAndCompare(scene, { to: good!.position });
    }));
}

Deno.test("KV161 when the newest chain is damaged in its full link, the point offered is of the chain before", () =>
  withScene(async (scene) => {
    const positions = await fourLinks(scene);
    await put(scene.store, "o1", "later");
    await scene.backup({ full: true });
    await flip((await chainFiles(scene)).find((file) => file.endsWith(".chunk"))!, 60);
    const good = (await damage(scene)).details.lastGood as GoodPoint;
    assert.equal(good.position, positions.at(-1));
    await restoreAndCompare(scene, { to: good.position });
  }));

Deno.test("KV161 with a key, a chunk of another place is refused even under a manifest that names it", () =>
  withScene(async (scene) => {
    const key = await BackupKey.read(BackupKey.generate());
    await fourLinks(scene, key);
    const files = await chainFiles(scene);
    const last = named(files, "000003.json");
    const text = await Deno.readTextFile(last);
    const { checksum: _checksum, signature, ...body } = JSON.parse(text);
    body.chunks = JSON.parse(await Deno.readTextFile(named(files, "000002.json"))).chunks
      .map((chunk: object) => ({ ...chunk, file: "000003-00000.chunk" }));
    await Deno.copyFile(named(files, "000002-00000.chunk"), named(files, "000003-00000.chunk"));
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(JSON.stringify(body)));
    const forged = { ...body, checksum: new Uint8Array(digest).toHex(), signature };
    await Deno.writeTextFile(last, JSON.stringify(forged));
    assert.match(
      (await damage(scene, { key })).message,
      /link 3: "000003\.json" is altered: .* signature of the key/,
    );
  }));

async function crashed(...args: string[]): Promise<void> {
  const { signal, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--unstable-kv", "-A", child, ...args],
  }).output();
  assert.equal(signal, "SIGKILL", new TextDecoder().decode(stderr));
}

/** An image of several chunks, closed. */
async function makeImage(root: string): Promise<void> {
  const store = await openStore({ folder: `${root}/image` });
  for (let part = 0; part < 12; part++) {
    await store.commit(someone, (thought) => {
      for (let n = 0; n < 20; n++) {
        thought.set(keys.object(`o${part}-${n}`), { text: `${part}-${n} `.repeat(6_000) });
      }
    });
  }
  await store.close();
}

for (const [point, passes] of [["backup.started", 1], ["backup.chunk", 2], ["backup.manifest", 1]] as const) {
  Deno.test(`KV162 SIGKILL at ${point}: there is no half link, and the next backup is whole`, () =>
    withFolder(async (root) => {
      await makeImage(root);
      await crashed("backup", root, point, String(passes));
      const store = await openStore({ folder: `${root}/image` });
      const options = { folder: `${root}/backups`, imageId: store.imageId };
      assert.deepEqual((await readChains(options.folder, null)).flatMap(({ links }) => links), []);
      assert.equal((await takeBackup(store.beneath, options)).kind, "full");
      await put(store, "o1", "between");
      await store.close();
      await crashed("backup", root, point, "1");
      const again = await openStore({ folder: `${root}/image` });
      assert.equal((await takeBackup(again.beneath, options)).kind, "incremental");
      await again.close();
      const chains = await readChains(options.folder, null, { deep: true });
      assert.deepEqual(
        chains.map(({ links, problems, unfinished }) => [links.length, problems, unfinished]),
        [
          [2, [], false],
        ],
      );
      const files = await collect(Deno.readDir(chains[0]!.folder));
      const known = chains[0]!.links.flatMap(({ manifest }) => manifest.chunks.map(({ file }) => file));
      assert.deepEqual(files.map(({ name }) => name).sort(), [...known, "000000.json", "000001.json"].sort());
      await restoreBackup({ from: options.folder, into: `${root}/new`, derive: () => [] });
      const restored = await openStore({ folder: `${root}/new` });
      assert.equal(await see(restored, "o1"), "between");
      assert.equal((await collect(restored.list(["object"]))).length, 241);
      await restored.close();
    }));
}

for (const point of ["restore.chunk", "restore.done"]) {
  Deno.test(`KV163 SIGKILL at ${point} leaves no half image, and the next attempt makes it`, () =>
    withFolder(async (root) => {
      await makeImage(root);
      const store = await openStore({ folder: `${root}/image` });
      await takeBackup(store.beneath, { folder: `${root}/backups`, imageId: store.imageId });
      await store.close();
      await crashed("restore", root, point, "1");
      await assert.rejects(Deno.stat(`${root}/restored`), Deno.errors.NotFound);
      await restoreBackup({ from: `${root}/backups`, into: `${root}/restored`, derive: () => [] });
      assert.deepEqual((await collect(Deno.readDir(root))).map(({ name }) => name).sort(), [
        "backups",
        "image",
        "restored",
      ]);
      const restored = await openStore({ folder: `${root}/restored` });
      assert.equal((await collect(restored.list(["object"]))).length, 240);
      await restored.close();
    }));
}

Deno.test("KV163 a restore or a backup that is given up leaves nothing half", () =>
  withScene(async (scene) => {
    await fourLinks(scene);
    const gone = AbortSignal.abort(new Error("given up"));
    await put(scene.store, "o1", "more");
    await assert.rejects(scene.backup({ signal: gone }), /given up/);
    const into = `${scene.root}/new`;
    await assert.rejects(
      restoreBackup({ from: scene.backups, into, derive: () => [], signal: gone }),
      /given up/,
    );
    assert.deepEqual((await collect(Deno.readDir(scene.root))).map(({ name }) => name).sort(), [
      "backups",
      "image",
    ]);
    const [chain] = await readChains(scene.backups, null, { deep: true });
    assert.deepEqual([chain!.links.length, chain!.problems], [4, []]);
  }));

Deno.test("KV162 a backup that fails in the middle gives its space back, and the links before it stay", () =>
  withScene(async (scene) => {
    const full = (point: string) => {
      if (point === "backup.chunk") throw new Error("no space is left");
    };
    await put(scene.store, "o1", "first");
    await assert.rejects(scene.backup({ crash: full }), /no space/);
    assert.deepEqual(await collect(Deno.readDir(`${scene.backups}/${scene.store.imageId}`)), []);
    await scene.backup();
    const before = await chainFiles(scene);
    await put(scene.store, "o1", "second");
    await assert.rejects(scene.backup({ crash: full }), /no space/);
    assert.deepEqual(await chainFiles(scene), before);
    assert.equal((await scene.backup()).link, 1);
    await restoreAndCompare(scene);
  }));

Deno.test("KV164 what a newer program has backed up is a SchemaError", () =>
  withScene(async (scene) => {
    await put(scene.store, "o1", 1);
    await scene.backup();
    const file = named(await chainFiles(scene), "000000.json");
    const { checksum: _checksum, signature, ...body } = JSON.parse(await Deno.readTextFile(file));
    body.schema += 1;
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(JSON.stringify(body)));
    await Deno.writeTextFile(
      file,
      JSON.stringify({ ...body, checksum: new Uint8Array(digest).toHex(), signature }),
    );
    const into = `${scene.root}/new`;
    await assert.rejects(restoreBackup({ from: scene.backups, into, derive: () => [] }), SchemaError);
    await assert.rejects(Deno.stat(into), Deno.errors.NotFound);
  }));
