import assert from "node:assert/strict";
import { FolderError, keys, LockedError, openStore, StoreError, verifyFolder } from "../../kv/mod.ts";
import { poke, withDatabase, withFolder } from "./support.ts";
import { fill, lines, putObject, smallForms } from "./verify_support.ts";

const pageBytes = 4_096;

/** A closed image of a few hundred pages. */
async function makeImage(folder: string): Promise<void> {
  const store = await openStore({ folder });
  await fill(store);
  for (let n = 0; n < 40; n++) {
    await putObject(store, `o${n}`, { name: `n${n}`, parents: ["root"], text: "t".repeat(9_000) });
  }
  await store.close();
}

const look = (folder: string, repair = false) => verifyFolder(folder, { forms: smallForms, repair });

Deno.test("KV110 verifyFolder() verifies and repairs an image that nobody has open", () =>
  withFolder(async (folder) => {
    await makeImage(folder);
    assert.equal((await look(folder)).ok, true);
    await withDatabase(folder, (kv) => poke(kv, keys.name("ghost"), "nobody"));
    assert.deepEqual(lines(await look(folder)), ["name_dangling name/ghost +"]);
    assert.equal((await look(folder, true)).repaired.length, 1);
    assert.equal((await look(folder)).ok, true);
  }));

Deno.test("KV110 a folder without an image is told as such, and none is made", () =>
  withFolder(async (folder) => {
    for (const missing of [folder, `${folder}/nowhere`]) {
      await assert.rejects(
        look(missing),
        (error) => error instanceof StoreError && error.code === "no_image",
      );
    }
    assert.deepEqual(await Array.fromAsync(Deno.readDir(folder)), []);
  }));

Deno.test("KV110 a file, or a name that no folder can have, is refused in words", () =>
  withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    for (const each of [`${folder}/file`, `${folder}/${"long".repeat(100)}`]) {
      await assert.rejects(verifyFolder(each, { forms: smallForms }), FolderError);
    }
  }));

Deno.test("KV110 an image that somebody has open is refused", () =>
  withFolder(async (folder) => {
    const store = await openStore({ folder });
    await assert.rejects(look(folder), LockedError);
    await store.close();
  }));

/** The kinds of what was found, each once. */
const kinds = async (folder: string, repair = false) => [
  ...new Set((await look(folder, repair)).problems.map(({ kind }) => kind)),
];

Deno.test("KV111 any page of the file that is overwritten is noticed, and nothing is written into the file", () =>
  withFolder(async (folder) => {
    await makeImage(folder);
    const file = `${folder}/image.kv`;
    const whole = await Deno.readFile(file);
    const pages = whole.length / pageBytes;
    // Inner pages of the tree come early in a file that has only grown; the first is SQLite's own.
    const chosen = [
      0,
      1,
      2,
      3,
      4,
      5,
      6,
      7,
      8,
      9,
      ...Array.from({ length: 8 }, (_, n) => Math.floor(pages * (n + 1) / 9)),
    ];
    for (const page of chosen) {
      const damaged = whole.slice();
      damaged.fill(0x5a, page * pageBytes, (page + 1) * pageBytes);
      await Deno.writeFile(file, damaged);
      const found = await kinds(folder, true);
      assert.ok(found.length > 0, `page ${page} of ${pages}: ${found}`);
      assert.deepEqual(await Deno.readFile(file), damaged, `page ${page} was written`);
    }
    await Deno.writeFile(file, whole);
    assert.deepEqual(await kinds(folder), []);
  }));

Deno.test("KV111 a file that is cut is noticed, and what it still holds is looked at", () =>
  withFolder(async (folder) => {
    await makeImage(folder);
    const file = `${folder}/image.kv`;
    const whole = await Deno.readFile(file);
    for (const share of [0.9, 0.5, 0.1]) {
      const cut = whole.slice(0, Math.floor(whole.length * share / pageBytes) * pageBytes);
      await Deno.writeFile(file, cut);
      const report = await look(folder);
      assert.equal(report.ok, false);
      assert.equal(report.problems[0]?.kind, "page");
      assert.match(report.problems[0]!.hint, /restore the image from a backup/);
    }
  }));

Deno.test("KV111 damage of records without which nothing opens is told with all the rest", () =>
  withFolder(async (folder) => {
    await makeImage(folder);
    await withDatabase(folder, async (kv) => {
      await kv.set(keys.head(), new Uint8Array([1, 2, 3, 4, 5, 6, 7]));
      await poke(kv, keys.name("ghost"), "nobody");
    });
    const report = await look(folder, true);
    const told = lines(report);
    assert.ok(
      told.includes("head_wrong meta/head") && told.includes("name_dangling name/ghost +"),
      told.join(),
    );
    assert.deepEqual(report.repaired, []);
  }));
