import assert from "node:assert/strict";
import fc from "fast-check";
import { checkWhole, exportArchive, makeNewImage, readArchive } from "../../../actors/exchange/mod.ts";
import { fromJson, toJson } from "../../../actors/exchange/json.ts";
import type { Slot } from "../../../actors/object/mod.ts";
import { openStore } from "../../../kv/mod.ts";
import { archiveOf, canvases, chunked, origin, space, worldWith } from "./random_world.ts";

async function inFolder<T>(run: (folder: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "telos-exchange-" });
  try {
    return await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function linesOf(folder: string): Promise<string[]> {
  const store = await openStore({ folder });
  try {
    return await Array.fromAsync(exportArchive(store));
  } finally {
    await store.close();
  }
}

Deno.test("EX1 an image goes through an archive and comes out the same, whatever it holds", async () => {
  await fc.assert(
    fc.asyncProperty(worldWith("genesis"), fc.integer({ min: 1, max: 999 }), async (records, size) => {
      await inFolder(async (folder) => {
        const made = { records, canvases, space, origin };
        await makeNewImage({ ...made, folder: `${folder}/a` });
        const lines = await linesOf(`${folder}/a`);
        const archive = await readArchive(chunked(lines, size));
        assert.deepEqual(archive.records.map(({ record }) => record), records);
        await makeNewImage({
          ...made,
          records: archive.records.map(({ record }) => record),
          canvases: archive.head.canvases,
          folder: `${folder}/b`,
        });
        const again = await linesOf(`${folder}/b`);
        assert.deepEqual(again.slice(1, -1), lines.slice(1, -1));
        assert.deepEqual(await linesOf(`${folder}/a`), lines, "the same image gives the same bytes");
      });
    }),
    { numRuns: 25 },
  );
});

Deno.test("EX1 values that JSON has not are said in it exactly", () => {
  const value = {
    $f32: new Float32Array([1, -0, NaN]),
    list: [1n, Infinity, new Uint8Array([0, 255])],
    $: { $a: 1 },
  };
  assert.deepEqual(fromJson(JSON.parse(JSON.stringify(toJson(value)))), value);
});

Deno.test("EX1 values of any size go through an archive, and so does a thought that spills", async () => {
  const large = (n: number) => `${n} ü \u{1f600} `.repeat(60_000);
  const oid = (n: number) => `018bcfe5-6800-7000-8000-00000000000${n}`;
  const context = (n: number, slots: Record<string, Slot>) => ({
    context: {
      oid: oid(n),
      name: n === 0 ? "genesis" : null,
      parents: [],
      slots,
      createdAt: n,
      reason: null,
    },
    morphs: {},
  });
  const records = [
    context(0, { large: { kind: "data", value: { text: large(1) } } }),
    context(1, { run: { kind: "method", source: `(self) => ${JSON.stringify(large(2))}` } }),
  ];
  await inFolder(async (folder) => {
    await makeNewImage({ folder: `${folder}/a`, records, canvases, origin });
    const archive = await readArchive(chunked(await linesOf(`${folder}/a`), 65_536));
    assert.deepEqual(archive.records.map(({ record }) => record), records);
  });
});

Deno.test("EX10 an archive that is no world by itself makes no image: the line is named", async () => {
  const oid = (n: number) => `018bcfe5-6800-7000-8000-00000000000${n}`;
  const one = (n: number, name: string | null, parents: number[]) => ({
    context: { oid: oid(n), name, parents: parents.map(oid), slots: {}, createdAt: n, reason: null },
    morphs: {},
  });
  const fault = async (...records: ReturnType<typeof one>[]) => {
    const archive = await readArchive(chunked(archiveOf(records)));
    try {
      checkWhole(archive);
      return null;
    } catch (error) {
      assert.ok(error instanceof Error && "details" in error);
      const { line, reason } = error.details as { line: number; reason: string };
      return `${line}: ${reason}`;
    }
  };
  assert.equal(await fault(one(1, "genesis", []), one(2, "a", [1]), one(3, null, [2, 1])), null);
  assert.match(
    String(await fault(one(1, null, []), one(2, null, [9]))),
    /^3: names a parent that is not there/,
  );
  assert.match(String(await fault(one(1, "a", []), one(2, "a", []))), /^3: has the name "a"/);
  assert.match(String(await fault(one(1, "a", [2]), one(2, "b", [1]))), /^2: .*comes back to itself/);
  assert.match(String(await fault(one(1, "e\u0301", []))), /^2: has a name that is not in its stored form/);
});
