import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { CorruptError, FolderError, keys, openStore, SchemaError, startOfEpoch } from "../../kv/mod.ts";
import { migrate, openImage, schemaAfter } from "../../kv/schema.ts";
import { peek, poke, put, see, someone, withDatabase, withFolder } from "./support.ts";

Deno.test("KV70 opening makes an image with an id, and the same image is found again where it was left", () =>
  withFolder(async (folder) => {
    const first = await openStore({ folder: `${folder}/deep/er` });
    const { imageId } = first;
    assert.match(imageId, /^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    assert.equal(first.position, startOfEpoch(1));
    const position = await put(first, "a", 1);
    await first.close();
    const second = await openStore({ folder: `${folder}/deep/er` });
    assert.deepEqual([second.imageId, second.position, await see(second, "a")], [imageId, position, 1]);
    await second.close();
  }));

Deno.test("KV71 a folder that cannot be made or written is a typed error that names it", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    for (const bad of [`${folder}/file`, `${folder}/file/below`, "/proc/none", `${folder}/nul\0`]) {
      await assert.rejects(
        openStore({ folder: bad }),
        (error) => error instanceof FolderError && error.details.folder === bad && error.cause !== undefined,
      );
    }
    await Deno.mkdir(`${folder}/taken/image.kv`, { recursive: true });
    await assert.rejects(openStore({ folder: `${folder}/taken` }), FolderError);
    await Deno.remove(`${folder}/taken/image.kv`);
    await (await openStore({ folder: `${folder}/taken` })).close();
  });
});

Deno.test("KV71 a file where the folder should be is said to be one", () =>
  withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "mine");
    await assert.rejects(
      openStore({ folder: `${folder}/file` }),
      (error) => error instanceof FolderError && /it is a file, not a folder/.test(error.message),
    );
    assert.equal(await Deno.readTextFile(`${folder}/file`), "mine");
  }));

Deno.test({
  name: "KV71 a folder in which nobody may write, whoever asks, is a typed error",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    // The kernel's own folders take no file from anybody, root included.
    for (const folder of ["/proc/self", "/proc/self/below"]) {
      await assert.rejects(
        openStore({ folder }),
        (error) => error instanceof FolderError && error.details.folder === folder,
      );
    }
  },
});

Deno.test("KV72 an image of a newer schema is refused with both versions, is left as it is, and is not locked", () =>
  withFolder(async (folder) => {
    const store = await openStore({ folder });
    await put(store, "a", 1);
    await store.close();
    await withDatabase(folder, (kv) => poke(kv, keys.schema(), { v: 7 }));
    for (let n = 0; n < 2; n++) {
      await assert.rejects(
        openStore({ folder }),
        (error) => error instanceof SchemaError && error.details.found === 7 && error.details.known === 1,
      );
    }
    await withDatabase(folder, async (kv) => assert.deepEqual(await peek(kv, keys.schema()), { v: 7 }));
  }));

Deno.test("KV73 migrations run in order, each recorded, from where the image stands", () =>
  withFolder(async (folder) => {
    await (await openStore({ folder })).close();
    await withDatabase(folder, async (kv) => {
      const ran: number[] = [];
      const steps = [2, 3, 4].map((to) => ({
        to,
        run: () => {
          ran.push(to);
          return to === 4 && ran.length < 4 ? Promise.reject(new Error("power cut")) : Promise.resolve();
        },
      }));
      const options = { clock: Date.now, newId: () => "x", steps };
      await assert.rejects(openImage(kv, options), /power cut/);
      assert.deepEqual(await peek(kv, keys.schema()), { v: 3 });
      assert.equal((await openImage(kv, options)).head.position, startOfEpoch(1));
      assert.deepEqual([ran, await peek(kv, keys.schema())], [[2, 3, 4, 4], { v: 4 }]);
      await migrate(kv, 4, steps);
      assert.deepEqual(ran, [2, 3, 4, 4]);
      assert.throws(() =>
        schemaAfter([{ to: 2, run: () => Promise.resolve() }, { to: 4, run: () => Promise.resolve() }])
      );
    });
  }));

Deno.test("KV74 records of the store that do not validate are typed errors at opening, and nothing is overwritten", async () => {
  const damages: [string, (kv: Deno.Kv) => Promise<unknown>][] = [
    ["head", (kv) => poke(kv, keys.head(), { v: 1, epoch: "one" })],
    ["head", (kv) => kv.delete(keys.head())],
    ["identity", (kv) => poke(kv, keys.image(), 5)],
    ["watermark", (kv) => poke(kv, keys.versionsWatermark(), { v: 1, position: "x" })],
    ["schema", (kv) => poke(kv, keys.schema(), "1")],
    ["head", (kv) => kv.set(keys.head(), new Uint8Array([1, 2, 3]))],
    ["without checksums", (kv) => kv.set(keys.schema(), { v: 1 })],
    ["no schema", (kv) => kv.delete(keys.schema())],
    [
      "large thought",
      (kv) =>
        poke(kv, keys.head(), {
          v: 1,
          epoch: 1,
          at: 1,
          count: 1,
          redo: { batch: "gone", chunks: 1, mutations: 1 },
        }),
    ],
  ];
  for (const [what, damage] of damages) {
    await withFolder(async (folder) => {
      const store = await openStore({ folder });
      await put(store, "a", 1);
      await store.close();
      await withDatabase(folder, damage);
      const error = await openStore({ folder }).then(() => null, (cause) => cause);
      assert.ok(error instanceof CorruptError, `${what}: ${error}`);
      assert.match(error.message, new RegExp(what));
      await withDatabase(folder, async (kv) => assert.equal(await peek(kv, keys.object("a")), 1));
    });
  }
});

Deno.test("KV75 a damaged value or log record is a typed error that names it, and all others live", () =>
  withFolder(async (folder) => {
    const first = await openStore({ folder });
    await put(first, "well", 1);
    const damaged = await put(first, "damaged", { text: "intact" });
    const last = await put(first, "well", 2);
    await first.close();
    await withDatabase(
      folder,
      (kv) => poke(kv, keys.log(1, damaged.slice(7, 27)), { v: 1, at: [1], thoughts: [{}] }),
    );
    const database = new DatabaseSync(`${folder}/image.kv`);
    const rows = database.prepare("select k, v from kv").all() as { k: Uint8Array; v: Uint8Array }[];
    const row = rows.find(({ k, v }) => contains(k, "object") && contains(v, "intact"))!;
    database.prepare("update kv set v = ? where k = ?").run(
      new Uint8Array([0xff, 0x0f, 0x99, 1, 2, 3]),
      row.k,
    );
    database.close();
    const store = await openStore({ folder });
    await assert.rejects(
      store.get(keys.object("damaged")),
      (error) => error instanceof CorruptError && error.message.includes('"damaged"'),
    );
    assert.equal(await see(store, "well"), 2);
    await assert.rejects(store.logEntry(damaged), CorruptError);
    assert.equal((await store.logEntry(last))?.changes[0]?.before, 1);
    await put(store, "well", 3);
    await store.close();
  }));

function contains(bytes: Uint8Array, text: string): boolean {
  return new TextDecoder("latin1").decode(bytes).includes(text);
}

Deno.test("KV76 a log that does not read after a crash fails the reading of the past, and nothing else", () =>
  withFolder(async (folder) => {
    const first = await openStore({ folder });
    const position = await put(first, "a", 1);
    await put(first, "a", 2);
    await first.close();
    await withDatabase(folder, async (kv) => {
      await poke(kv, keys.versionsWatermark(), { v: 1, position: startOfEpoch(1) });
      await kv.set(keys.log(1, position.slice(7, 27)), "damaged");
    });
    const store = await openStore({ folder });
    await put(store, "a", 3);
    assert.equal(await see(store, "a"), 3);
    await assert.rejects(store.asOf(position).get(keys.object("a")), CorruptError);
    assert.match(store.stats().versionsFailure!, /damaged/);
    await store.close();
    await (await openStore({ folder })).close();
  }));

Deno.test("KV77 opening takes no longer for a larger image", () =>
  withFolder(async (folder) => {
    const time = async (path: string) => {
      const times: number[] = [];
      for (let n = 0; n < 7; n++) {
        const started = performance.now();
        const store = await openStore({ folder: path });
        times.push(performance.now() - started);
        await store.close();
      }
      return times.sort((a, b) => a - b)[3]!;
    };
    const large = await openStore({ folder: `${folder}/large` });
    for (let round = 0; round < 4; round++) {
      await large.commit(someone, (thought) => {
        for (let n = 0; n < 5_000; n++) {
          thought.set(keys.object(`${round}-${n}`), { n, text: "t".repeat(50) });
        }
      });
    }
    await large.close();
    await (await openStore({ folder: `${folder}/empty` })).close();
    const empty = await time(`${folder}/empty`);
    const full = await time(`${folder}/large`);
    assert.ok(full < empty * 3 + 20, `${full} ms for 20,000 objects, ${empty} ms for none`);
  }));

Deno.test("KV78 a database file that is none, or is torn, is a typed error that names it, and stays as it is", () =>
  withFolder(async (folder) => {
    const store = await openStore({ folder });
    for (let n = 0; n < 50; n++) await put(store, `${n}`, "t".repeat(1_000));
    await store.close();
    const file = `${folder}/image.kv`;
    const whole = await Deno.readFile(file);
    const garbage = new Uint8Array(5_000).fill(0x55);
    const torn = whole.slice().fill(0x55, 100);
    for (const content of [garbage, torn]) {
      await Deno.writeFile(file, content);
      const error = await openStore({ folder }).then(() => null, (cause) => cause);
      assert.ok(error instanceof CorruptError, `${error}`);
      assert.ok(error.message.includes(file), error.message);
      assert.match(error.hint, /Restore a copy of .*image\.kv, or move it away/);
      assert.deepEqual(await Deno.readFile(file), content);
    }
    await Deno.writeFile(file, whole);
    const again = await openStore({ folder });
    assert.equal(await see(again, "7"), "t".repeat(1_000));
    await again.close();
  }));

Deno.test({
  name: "KV79 a folder that is made is its owner's alone, and one that was there keeps its mode",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withFolder(async (folder) => {
      const modeOf = async (path: string) => (await Deno.stat(path)).mode! & 0o777;
      await (await openStore({ folder: `${folder}/made/here` })).close();
      assert.equal(await modeOf(`${folder}/made/here`), 0o700);
      await Deno.mkdir(`${folder}/shared`);
      await Deno.chmod(`${folder}/shared`, 0o750);
      await (await openStore({ folder: `${folder}/shared` })).close();
      assert.equal(await modeOf(`${folder}/shared`), 0o750);
    }),
});
