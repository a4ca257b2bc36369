import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { type Key, keys, makeImage, OccupiedError, openStore, ValueError } from "../../kv/mod.ts";
import { collect, put, see, withDatabase, withFolder } from "./support.ts";

const origin = {
  how: "fork",
  imageId: "parent",
  position: "000003-00000000000000060000-0000",
  epoch: 3,
  at: 5_000,
} as const;

/** What a store would copy: the stored forms of a closed image. */
async function storedForms(
  folder: string,
  families: readonly string[],
): Promise<[Key, Uint8Array | undefined][]> {
  return await withDatabase(folder, async (kv) => {
    const found: [Key, Uint8Array][] = [];
    for (const family of families) {
      for await (const { key, value } of kv.list<Uint8Array>({ prefix: [family] })) found.push([key, value]);
    }
    return found;
  });
}

async function* each<T>(list: readonly T[]): AsyncGenerator<T> {
  for (const item of list) yield await Promise.resolve(item);
}

async function makeParent(folder: string): Promise<void> {
  const store = await openStore({ folder });
  for (let n = 0; n < 40; n++) await put(store, `o${n}`, { n, text: "t".repeat(n === 7 ? 200_000 : 100) });
  await store.close();
}

Deno.test("KV150 an image that is made from another's entries has all of them, an epoch and an id of its own", () =>
  withFolder(async (root) => {
    await makeParent(`${root}/parent`);
    const entries = await storedForms(`${root}/parent`, ["object", "blob"]);
    const made = await makeImage(`${root}/child`, each(entries), origin);
    assert.equal(made.position, "000004-00000000000000000000-0000");
    const store = await openStore({ folder: `${root}/child`, clock: () => 1_000 });
    assert.equal(store.imageId, made.imageId);
    assert.equal(store.position, made.position);
    assert.deepEqual(await see(store, "o7"), { n: 7, text: "t".repeat(200_000) });
    assert.equal((await collect(store.list(["object"]))).length, 40);
    const { at, position } = await store.commit(
      { who: "test", why: "life" },
      (thought) => thought.set(keys.object("o1"), 2),
    );
    assert.ok(position.startsWith("000004-"), position);
    assert.equal(at, 5_001, "time goes on after the parent's");
    assert.deepEqual(await store.asOf(made.position).get(keys.object("o1")), { n: 1, text: "t".repeat(100) });
    await store.close();
    assert.deepEqual((await Array.fromAsync(Deno.readDir(root))).map(({ name }) => name).sort(), [
      "child",
      "parent",
    ]);
  }));

Deno.test("KV150 more entries than fit one atomic operation, the last of a key holds", () =>
  withFolder(async (root) => {
    const list: [Key, Uint8Array | undefined][] = [];
    const forms = await (async () => {
      await makeParent(`${root}/parent`);
      return await storedForms(`${root}/parent`, ["object"]);
    })();
    for (let n = 0; n < 5_000; n++) list.push([keys.object(`x${n}`), forms[n % 5]![1]]);
    list.push([keys.object("x0"), undefined], [keys.object("x1"), forms[3]![1]]);
    await makeImage(`${root}/child`, each(list), origin);
    const store = await openStore({ folder: `${root}/child` });
    assert.equal((await collect(store.list(["object"]))).length, 4_999);
    assert.equal(await see(store, "x0"), null);
    assert.deepEqual(await see(store, "x1"), await see(store, "x3"));
    await store.close();
  }));

Deno.test("KV151 a failure in the middle leaves nothing", () =>
  withFolder(async (root) => {
    async function* broken(): AsyncGenerator<[Key, Uint8Array]> {
      yield await Promise.resolve([keys.object("a"), new Uint8Array(3)] as [Key, Uint8Array]);
      throw new RangeError("no more");
    }
    await assert.rejects(makeImage(`${root}/child`, broken(), origin), /no more/);
    await assert.rejects(
      makeImage(`${root}/child`, each<[Key, Uint8Array]>([[keys.head(), new Uint8Array(1)]]), origin),
      ValueError,
    );
    assert.deepEqual(await Array.fromAsync(Deno.readDir(root)), []);
  }));

Deno.test("KV151 after SIGKILL just before the end there is no image, and the next attempt makes it", () =>
  withFolder(async (root) => {
    const child = fileURLToPath(new URL("new_image_child.ts", import.meta.url));
    const { signal } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-check", "--unstable-kv", "-A", child, `${root}/child`],
    }).output();
    assert.equal(signal, "SIGKILL");
    const [left, ...others] = await Array.fromAsync(Deno.readDir(root));
    assert.match(left!.name, /^child\.partial-/);
    assert.deepEqual(others, []);
    await makeImage(`${root}/child`, each([]), origin);
    assert.deepEqual((await Array.fromAsync(Deno.readDir(root))).map(({ name }) => name), ["child"]);
  }));

Deno.test("KV152 a folder with something in it is refused and stays; an empty one is taken", () =>
  withFolder(async (root) => {
    await Deno.mkdir(`${root}/full`);
    await Deno.writeTextFile(`${root}/full/letter`, "dear");
    await assert.rejects(
      makeImage(`${root}/full`, each([]), origin),
      (error: unknown) => error instanceof OccupiedError && error.details.holds === "letter",
    );
    assert.equal(await Deno.readTextFile(`${root}/full/letter`), "dear");
    await Deno.mkdir(`${root}/empty`);
    await makeImage(`${root}/empty`, each([]), origin);
    await (await openStore({ folder: `${root}/empty` })).close();
  }));
