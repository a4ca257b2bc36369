/** Writing the database file anew: what is gone, what stays, and who is in the way. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { workerUrl } from "../../actors/system/assets.ts";
import { keys, StoreError } from "../../kv/mod.ts";
import { put, someone, withStore } from "./support.ts";
import { smallForms } from "./verify_support.ts";

const worker = workerUrl("compact");

/** As `smallForms` wants an object. */
const small = (more: object) => ({ name: null, parents: [], ...more });

/** Files in which a text stands. Another process looks: closing the file here would drop SQLite's locks. */
async function filesWith(folder: string, text: string): Promise<string[]> {
  const { stdout } = await new Deno.Command("grep", { args: ["-r", "-l", "-a", "-F", text, folder] })
    .output();
  return new TextDecoder().decode(stdout).split("\n").filter((line) => line !== "");
}

Deno.test("KV115 no byte of what was deleted or overwritten is left, and all else is as it was", async () => {
  await withStore(async (store, folder) => {
    const secrets = Array.from({ length: 60 }, (_, n) => `secret-${n}-${"quince ".repeat(20 * n)}`);
    for (const [n, secret] of secrets.entries()) await put(store, `o${n}`, small({ secret, n }));
    for (const n of secrets.keys()) {
      await put(store, `o${n}`, small(n % 3 === 0 ? { n } : { n, kept: "k".repeat(90 * n) }));
    }
    await store.history.forget({ oids: new Set(secrets.keys().map((n) => `o${n}`)), textsOf: () => [] });
    assert.notDeepEqual(await filesWith(folder, "quince"), [], "bytes are left before");
    const entries = async () => await Array.fromAsync(store.list<unknown>(keys.objects()));
    const before = await entries();
    for (let round = 0; round < 2; round++) {
      await store.compact(worker);
      assert.deepEqual(await filesWith(folder, "quince"), []);
      assert.deepEqual(await filesWith(folder, "secret-"), []);
      assert.deepEqual(await entries(), before);
      assert.deepEqual((await store.verify({ forms: smallForms })).problems, []);
    }
    const { size } = await Deno.stat(`${folder}/image.kv`);
    await store.compact(worker);
    assert.equal((await Deno.stat(`${folder}/image.kv`)).size, size, "its room is used again");
  });
});

Deno.test("KV116 thoughts that come meanwhile wait and are kept, and reading goes on", async () => {
  await withStore(async (store) => {
    for (let n = 0; n < 50; n++) await put(store, `o${n}`, small({ text: "x".repeat(20_000) }));
    let isDone = false;
    const compacted = store.compact(worker).then(() => isDone = true);
    let reads = 0;
    const reading = (async () => {
      for (; !isDone; reads++) assert.notEqual(await store.get(keys.object(`o${reads % 50}`)), null);
    })();
    const written = Promise.all(
      Array.from(
        { length: 20 },
        (_, n) => store.commit(someone, (thought) => thought.set(keys.object(`later${n}`), small({ n }))),
      ),
    );
    await Promise.all([compacted, reading, written]);
    assert.ok(reads > 0);
    for (let n = 0; n < 20; n++) {
      assert.deepEqual((await store.get(keys.object(`later${n}`)))?.value, small({ n }));
    }
    assert.deepEqual((await store.verify({ forms: smallForms })).problems, []);
  });
});

Deno.test("KV116 somebody who reads an old state for too long is a typed error that may be tried again", async () => {
  await withStore(async (store, folder) => {
    await put(store, "a", { text: "a quince" });
    const reader = new DatabaseSync(`${folder}/image.kv`);
    try {
      reader.exec("BEGIN");
      reader.prepare("SELECT count(*) FROM kv").get();
      await assert.rejects(
        store.compact(worker),
        (error) => error instanceof StoreError && error.code === "compact_busy" && error.retryable,
      );
    } finally {
      reader.close();
    }
    await put(store, "b", { text: "work goes on" });
    await store.compact(worker);
    assert.deepEqual((await store.get(keys.object("a")))?.value, { text: "a quince" });
  });
});

Deno.test("KV116 a worker that is none is a typed error, and the image goes on", async () => {
  await withStore(async (store, folder) => {
    const nothing = new URL(`file://${folder}/nothing.ts`);
    await assert.rejects(store.compact(nothing), (error) => error instanceof StoreError && error.retryable);
    await put(store, "b", { text: "work goes on" });
  });
});
