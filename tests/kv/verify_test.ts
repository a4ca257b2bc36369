import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { keys, openStore, parsePosition, seal } from "../../kv/mod.ts";
import { poke, put, someone, withDatabase, withFolder, withStore } from "./support.ts";
import { type Case, cases, keysOf, logKeys, old, young } from "./verify_cases.ts";
import { bytesOf, fill, lines, putObject, smallForms, textOf, verify } from "./verify_support.ts";

/** Ids, stamps and positions are not known beforehand. */
function blurred(report: Parameters<typeof lines>[0]): string[] {
  return lines(report).map((line) =>
    line.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, "<id>").replace(/\d{6}-[0-9a-f]{20}-\d{4}/, "<position>")
      .replace(/[0-9a-f]{20}/, "<stamp>")
  ).sort();
}

/** An image with the fault in it, closed. */
async function plant(folder: string, { live, raw }: Case): Promise<void> {
  const store = await openStore({ folder });
  await fill(store);
  await live?.(store);
  await store.close();
  if (raw !== undefined) await withDatabase(folder, raw);
}

for (const each of cases) {
  const left = each.found.filter((line) => !line.endsWith("+")).sort();
  const mended = each.found.length - left.length;
  const name = mended > 0
    ? `KV102 ${each.what}: found, and put right by repair, which touches nothing else`
    : `KV101 ${each.what}: found, told by its key, and left byte for byte, by repair too`;
  Deno.test(name, () =>
    withFolder(async (folder) => {
      await plant(folder, each);
      const before = await withDatabase(folder, bytesOf);
      const store = await openStore({ folder });
      const found = await verify(store);
      assert.deepEqual(blurred(found), [...each.found].sort());
      assert.deepEqual([found.ok, found.repaired], [false, []]);
      assert.ok(found.problems.every(({ message, hint }) => message.length > 10 && hint.length > 10));
      assert.deepEqual(await withDatabase(folder, bytesOf), before);
      const report = await verify(store, true);
      assert.deepEqual(blurred(report), left);
      assert.deepEqual(blurred(await verify(store)), left);
      await store.close();
      assert.equal(report.repaired.length, mended);
      assert.ok(report.repaired.every(({ did }) => /^(removed it|wrote it anew)$/.test(did)));
      const after = await withDatabase(folder, bytesOf);
      assertOnly(before, after, report.repaired.map(({ key }) => textOf(key)));
    }));
}

/** What is neither repaired nor the record of the repair is byte for byte as it was. */
function assertOnly(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
  repaired: string[],
): void {
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    const ofRepair = key === "meta/head" || key === "meta/versions" ||
      (key.startsWith("log/") && !before.has(key));
    if (repaired.includes(key) || (repaired.length > 0 && ofRepair)) continue;
    assert.equal(after.get(key), before.get(key), key);
  }
}

Deno.test("KV100 verify() of a whole image finds nothing, and says what it looked at and how far it has come", () =>
  withStore(async (store) => {
    await fill(store);
    const stages: string[] = [];
    const report = await store.verify({ forms: smallForms, onProgress: ({ stage }) => stages.push(stage) });
    assert.deepEqual([report.ok, report.problems, report.repaired, report.more], [true, [], [], 0]);
    assert.equal(report.position, store.position);
    assert.deepEqual(
      { object: 3, name: 3, child: 2, morph: 1, vector: 1, hypervector: 1, gone: 1, thought: 7, version: 9 },
      Object.fromEntries(
        ["object", "name", "child", "morph", "vector", "hypervector", "gone", "thought", "version"].map((
          family,
        ) => [family, report.checked[family]]),
      ),
    );
    assert.ok(
      ["objects", "log", "versions", "chunks"].every((stage) => stages.includes(stage)),
      stages.join(),
    );
  }));

Deno.test("KV100 an image without anything in it is whole", () =>
  withStore(async (store) => assert.equal((await verify(store)).ok, true)));

Deno.test("KV103 a change that is in the log but not in the store is found", () =>
  withFolder(async (folder) => {
    const store = await openStore({ folder });
    await fill(store);
    await putObject(store, "a", { name: "first", parents: ["root"], text: "later" });
    await store.close();
    const database = new DatabaseSync(`${folder}/image.kv`);
    const rows = database.prepare("select k from kv").all() as { k: Uint8Array }[];
    const isObject = (k: Uint8Array) => new TextDecoder("latin1").decode(k) === "\x02object\0\x02a\0";
    database.prepare("update kv set version = 1 where k = ?").run(rows.find(({ k }) => isObject(k))!.k);
    database.close();
    const again = await openStore({ folder });
    assert.deepEqual(lines(await verify(again, true)), ["change_lost object/a"]);
    await again.close();
  }));

Deno.test("KV104 while thoughts go on, verify() of a whole image finds nothing", () =>
  withStore(async (store) => {
    await fill(store);
    let going = true;
    const work = async (worker: number) => {
      for (let n = 0; going; n++) {
        const oid = `w${worker}-${n % 7}`;
        await store.commit(someone, async (thought) => {
          const before = await thought.get<{ name: string }>(keys.object(oid));
          if (before !== null) {
            thought.delete(keys.name(before.name));
            thought.delete(keys.child("root", oid));
          }
          if (before !== null && n % 3 === 0) return thought.delete(keys.object(oid));
          const name = `${oid} ${n}`;
          thought.set(keys.object(oid), {
            name,
            parents: ["root"],
            text: "t".repeat(n % 5 === 0 ? 70_000 : 5),
          });
          thought.set(keys.name(name), oid);
          thought.set(keys.child("root", oid), true);
        });
      }
    };
    const large = async () => {
      for (let n = 0; going; n++) {
        await store.commit(someone, (thought) => {
          for (let i = 0; i < 400; i++) {
            thought.set(keys.object(`l${i}`), { name: `l${i}`, parents: ["a"], n });
            thought.set(keys.name(`l${i}`), `l${i}`);
            thought.set(keys.child("a", `l${i}`), true);
          }
        });
        // Each walk goes through all that was thought before it: more at a time would only make that longer.
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    const workers = [work(0), work(1), work(2), large()];
    try {
      for (let n = 0; n < 4; n++) {
        const report = await verify(store, true);
        assert.deepEqual([lines(report), report.repaired], [[], []]);
      }
    } finally {
      going = false;
      await Promise.all(workers);
    }
    assert.equal((await verify(store)).ok, true);
  }));

Deno.test("KV104 while history is pruned, verify() of a whole image finds nothing", () =>
  withStore(async (store) => {
    await putObject(store, "a", { name: null, parents: [], text: "L".repeat(30_000_000) });
    await putObject(store, "a", { name: null, parents: [] });
    let pruning: Promise<unknown> | null = null;
    const report = await store.verify({
      forms: smallForms,
      onProgress: ({ stage }) => {
        if (stage === "log") pruning ??= store.history.prune({ before: store.position });
      },
    });
    await pruning;
    assert.deepEqual(lines(report), []);
  }));

Deno.test("KV105 what is left of large thoughts is removed by repair, and one under way is left alone", () =>
  withStore(async (store, folder) => {
    await put(store, "a", { name: null, parents: [] });
    await withDatabase(folder, async (kv) => {
      await poke(kv, keys.redo(old, 0), { v: 1 });
      await poke(kv, keys.redo(young, 0), { v: 1 });
    });
    assert.deepEqual(blurred(await verify(store)), ["redo_left redo/<id>/0 +"]);
    assert.equal((await verify(store, true)).repaired.length, 1);
    assert.equal((await verify(store)).ok, true);
    await withDatabase(folder, async (kv) => {
      assert.deepEqual(await keysOf(kv, ["redo"]), [keys.redo(young, 0)]);
      await kv.delete(keys.redo(young, 0));
    });
  }));

Deno.test("KV106 verify() ends when it is told to, with what it was told", () =>
  withStore(async (store) => {
    await fill(store);
    const stopping = new AbortController();
    const running = store.verify({
      forms: smallForms,
      signal: stopping.signal,
      onProgress: () => stopping.abort(new Error("enough")),
    });
    await assert.rejects(running, /enough/);
    assert.equal((await verify(store)).ok, true);
  }));

Deno.test("KV107 of very many problems the first are told, and the others counted", () =>
  withFolder(async (folder) => {
    await (await openStore({ folder })).close();
    await withDatabase(folder, async (kv) => {
      for (let from = 0; from < 10_500; from += 500) {
        const atomic = kv.atomic();
        for (let n = from; n < from + 500; n++) atomic.set(keys.name(`n${n}`), seal("nobody", []));
        await atomic.commit();
      }
    });
    const store = await openStore({ folder });
    const report = await verify(store);
    assert.deepEqual([report.problems.length, report.more, report.ok], [10_000, 500, false]);
    await store.close();
  }));

Deno.test("KV108 verify() holds a key that is prunable to no history: positions before the horizon are left out", () =>
  withFolder(async (folder) => {
    const store = await openStore({ folder });
    await fill(store);
    const { position } = store;
    await put(store, "late", { name: null, parents: [] });
    await store.close();
    await withDatabase(folder, async (kv) => {
      await poke(kv, keys.horizon(), { v: 1, position });
      for (const key of [...await logKeys(kv), ...await keysOf(kv, ["version"])]) {
        const at = key[0] === "log" ? `000001-${String(key[2])}-0000` : String(key.at(-1));
        if (at < position && parsePosition(at).epoch === 1) await kv.delete(key);
      }
    });
    const again = await openStore({ folder });
    const report = await verify(again);
    assert.deepEqual(
      lines(report).filter((line) => !line.startsWith("blob_") && !line.startsWith("gone_dangling")),
      [],
    );
    await again.close();
  }));
