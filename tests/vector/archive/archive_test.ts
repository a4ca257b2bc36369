/** The archive at its door: sealing, searching, masking, bad input; with the real builder and searcher processes. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { Archive, ArchiveError, type ArchiveRow, type SegmentRecord } from "../../../vector/archive/mod.ts";
import {
  clustered,
  dimensions,
  exact,
  inFolder,
  kernel,
  namesIn,
  position,
  recallOf,
  rowsOf,
  space,
  spawn,
  stream,
  vectorOf,
} from "./fixture.ts";

async function refused(work: Promise<unknown>, code: string, message: RegExp): Promise<void> {
  await assert.rejects(work, (error) => {
    assert(error instanceof ArchiveError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    assert(error.hint.length > 0);
    return true;
  });
}

Deno.test("AR1 a sealed archive finds at least 0.95 of the exact ten, and is the same after it is opened again", () =>
  inFolder(async (folder) => {
    const rows = rowsOf(0, 3000);
    const queries = Array.from({ length: 50 }, (_, index) => vectorOf(100_000 + index * 3));
    const expected = queries.map((query) => exact(rows, query, 10));
    let archive = await Archive.open(folder, { spawn, kernel });
    assert.deepEqual(archive.health, { state: "empty", reasons: [] });
    assert.deepEqual(await archive.search(queries[0], 10), []);
    const phases: string[] = [];
    const manifest = await archive.seal(stream(rows), {
      space,
      watermark: position(3000),
      onPhase: (phase) => phases.at(-1) === phase || phases.push(phase),
    });
    assert.deepEqual(phases, ["building", "verifying", "swapping"]);
    assert.equal(manifest.segments[0].rows, 3000);
    assert(manifest.segments[0].recall >= 0.95);
    for (const { id, score } of await archive.search(queries[0], 10)) {
      const [own] = exact(rows.filter((row) => row.id === id), queries[0], 1);
      assert.equal(
        score,
        own!.score,
        "the score is that of the vector as it was given, not of a rounded one",
      );
    }
    for (let opening = 0; opening < 2; opening++) {
      assert.equal(archive.rows, 3000);
      assert.equal(archive.watermark, position(3000));
      assert.equal(archive.health.state, "ready");
      const found = await Promise.all(queries.map((query) => archive.search(query, 10)));
      const recall = recallOf(found, expected);
      assert(recall >= 0.95, `recall ${recall}`);
      for (const hit of found.flat()) {
        assert.equal(hit.born, position(Number(hit.id.slice(4)) + 1));
      }
      assert(Math.abs(found[0][0].score - expected[0][0].score) < 2e-3);
      await archive.close();
      archive = await Archive.open(folder, { spawn, kernel });
    }
    await archive.close();
  }));

Deno.test("AR19 lists answer a query near rows, and the graph one that they would lead astray", () =>
  inFolder(async (folder) => {
    const size = 64;
    const { rows, near, between } = clustered({ clusters: 1000, rows: 10_000, spread: 0.6, size });
    const recallBy = async (lists?: SegmentRecord["lists"]) => {
      if (lists !== undefined) {
        const manifest = JSON.parse(await Deno.readTextFile(`${folder}/manifest.json`));
        // One that was sealed before there were lists has no word of them.
        if (lists === null) delete manifest.segments[0].lists;
        else manifest.segments[0].lists = lists;
        await Deno.writeTextFile(`${folder}/manifest.json`, JSON.stringify(manifest));
      }
      const archive = await Archive.open(folder, { spawn, kernel });
      const recall = async (queries: readonly Float32Array[]) =>
        recallOf(
          await Promise.all(queries.map((query) => archive.search(query, 10))),
          queries.map((query) => exact(rows, query, 10)),
        );
      const recalls = { near: await recall(near), between: await recall(between) };
      await archive.close();
      return recalls;
    };

    const archive = await Archive.open(folder, { spawn, kernel });
    const space = { id: "test-space", dimensions: size };
    const { segments } = await archive.seal(stream(rows), { space, watermark: position(rows.length) });
    await archive.close();
    const [{ lists }] = segments;
    assert(lists !== null);
    const found = await recallBy();
    const always = await recallBy({ ...lists, steps: [{ probes: lists.steps[0].probes, similarity: -1 }] });
    const byGraph = await recallBy(null);
    assert(always.near < 0.95, `lists alone, near rows: ${always.near}`);
    assert(always.between < 0.95, `lists alone, between rows: ${always.between}`);
    assert(found.near >= byGraph.near - 0.01, `near: ${found.near}, by the graph ${byGraph.near}`);
    assert(
      found.between >= byGraph.between - 0.01,
      `between: ${found.between}, by the graph ${byGraph.between}`,
    );
  }));

Deno.test("AR40 rows so alike that a thousand candidates do not suffice are sealed all the same, and found", () =>
  inFolder(async (folder) => {
    const size = 128;
    const { rows, near, between } = clustered({ clusters: 12, rows: 18_000, spread: 0.1, size });
    const archive = await Archive.open(folder, { spawn, kernel });
    const space = { id: "test-space", dimensions: size };
    const { segments } = await archive.seal(stream(rows), { space, watermark: position(rows.length) });
    assert(segments[0].expansionSearch > 1_024, `only ${segments[0].expansionSearch} candidates`);
    assert(segments[0].recall >= 0.95);
    for (const queries of [near, between]) {
      const found = await Promise.all(queries.map((query) => archive.search(query, 10)));
      const recall = recallOf(found, queries.map((query) => exact(rows, query, 10)));
      assert(recall >= 0.95, `recall ${recall}`);
    }
    await archive.close();
  }));

Deno.test("AR42 few rows have no lists, nor have rows among which lists find too little, and both are found", () =>
  inFolder(async (folder) => {
    const loose = clustered({ clusters: 10, rows: 16_000, spread: 6, size: 64 });
    for (
      const { rows, queries } of [
        { rows: rowsOf(0, 1_000), queries: rowsOf(0, 50).map(({ vector }) => vector) },
        { rows: loose.rows, queries: loose.near },
      ]
    ) {
      const archive = await Archive.open(folder, { spawn, kernel });
      const space = { id: "test-space", dimensions: rows[0].vector.length };
      const watermark = position(rows.length);
      const { segments } = await archive.seal(stream(rows), {
        space,
        watermark,
        replace: true,
        keepPrevious: false,
      });
      assert.equal(segments[0].lists, null);
      assert.deepEqual(namesIn(folder).filter((name) => name.endsWith(".lists")), []);
      const found = await Promise.all(queries.map((query) => archive.search(query, 10)));
      const recall = recallOf(found, queries.map((query) => exact(rows, query, 10)));
      assert(recall >= 0.95, `recall ${recall}`);
      await archive.close();
    }
  }));

Deno.test("AR2 manifest, counts and what is found follow any sequence of seals and deaths", async () => {
  const step = fc.record({
    added: fc.integer({ min: 0, max: 300 }),
    replace: fc.boolean(),
    dies: fc.array(fc.nat(400), { maxLength: 20 }),
    reopen: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 4 }), (steps) =>
      inFolder(async (folder) => {
        let archive = await Archive.open(folder, { spawn, kernel });
        const live = new Map<string, ArchiveRow>();
        let born = 0;
        let thought = 0;
        let stored = 0;
        for (const { added, replace, dies, reopen } of steps) {
          const before = archive.watermark;
          for (const row of rowsOf(born, born + added)) {
            live.set(row.id, { ...row, born: position(++thought) });
          }
          born += added;
          const watermark = position(thought);
          const rows = [...live.values()].filter((row) => replace || row.born > before);
          const manifest = await archive.seal(stream(rows), { space, watermark, replace });
          stored = replace ? rows.length : stored + rows.length;
          assert.equal(manifest.watermark, watermark);
          assert.equal(manifest.segments.reduce((sum, segment) => sum + segment.rows, 0), stored);
          assert.equal(archive.rows, stored);
          for (const number of dies) {
            thought++;
            live.delete(`row ${number}`);
            archive.mask(`row ${number}`, position(thought));
          }
          if (reopen) {
            await archive.close();
            archive = await Archive.open(folder, { spawn, kernel });
            // Deaths since the watermark come from the log, which is the caller's.
            dies.forEach((number, index) =>
              archive.mask(`row ${number}`, position(thought - dies.length + 1 + index))
            );
          }
          const found = await archive.search(vectorOf(4711), 1000);
          for (const { id } of found) assert(live.has(id), `${id} is dead`);
          assert.equal(new Set(found.map(({ id }) => id)).size, found.length);
          assert(found.length >= live.size * 0.95, `${found.length} of ${live.size} live rows are found`);
        }
        await archive.close();
      })),
    { numRuns: 6 },
  );
});

Deno.test("AR3 dead and excluded rows never return, and an edited one returns as what it became", () =>
  inFolder(async (folder) => {
    const archive = await Archive.open(folder, { spawn, kernel });
    await archive.seal(stream(rowsOf(0, 500)), { space, watermark: position(500) });
    const query = vectorOf(40);
    const best = (await archive.search(query, 20)).map(({ id }) => id);
    assert.equal(best.length, 20);
    // All twenty die: the search has to look further than the twenty it was asked for.
    best.slice(0, 10).forEach((id, index) => archive.mask(id, position(501 + index)));
    let looked = 0;
    await archive.search(vectorOf(41), 20, {
      exclude: () => {
        looked++;
        return false;
      },
    });
    assert(looked < 60, `${looked} rows were looked at, as if the search had been widened`);
    const next = await archive.search(query, 20, { exclude: new Set(best.slice(10)) });
    assert.equal(next.length, 20);
    assert(next.every(({ id }) => !best.includes(id)));
    const old = await archive.search(query, 5, { exclude: ({ born }) => born > position(100) });
    assert(old.length === 5 && old.every(({ born }) => born <= position(100)));
    // The first is written again, with another vector, in the thought in which its old row died.
    const edited = { id: best[0], born: position(501), vector: vectorOf(7) };
    await archive.seal(stream([edited]), { space, watermark: position(520) });
    const found = (await archive.search(vectorOf(7), 3)).find(({ id }) => id === best[0]);
    assert.equal(found?.born, position(501));
    assert(
      !(await archive.search(query, 400)).some(({ id, born }) => id === best[0] && born !== position(501)),
    );
    await archive.close();
    const again = await Archive.open(folder, { spawn, kernel });
    const ids = (await again.search(query, 400)).map(({ id }) => id);
    assert(best.slice(1, 10).every((id) => !ids.includes(id)), "masks are kept in the manifest");
    // A replacement is made of what lives, so that the masks before it are not needed.
    await again.seal(stream(rowsOf(100, 500)), { space, watermark: position(530), replace: true });
    assert.equal(again.masked, 0);
    await again.close();
  }));

Deno.test("AR3 a search goes past 12,000 excluded rows with the longest names to one that it may answer", () =>
  inFolder(async (folder) => {
    const archive = await Archive.open(folder, { spawn, kernel });
    const rows = rowsOf(0, 13_000, 4).map((row, n) => ({
      ...row,
      id: `${n}`.padStart(46, "0"),
      born: `${n}`.padStart(32, "0"),
    }));
    await archive.seal(stream(rows), {
      space: { id: "small", dimensions: 4 },
      watermark: "1".padStart(32, "0"),
    });
    const query = rows[0]!.vector;
    const far = new Set(exact(rows, query, rows.length).slice(12_000).map(({ id }) => id));
    const found = await archive.search(query, 1, { exclude: ({ id }) => !far.has(id) });
    assert.equal(found.length, 1);
    assert(far.has(found[0]!.id));
    await archive.close();
  }));

Deno.test("AR4 rows of another space are refused unless they replace all", () =>
  inFolder(async (folder) => {
    const archive = await Archive.open(folder, { spawn, kernel });
    await archive.seal(stream(rowsOf(0, 50)), { space, watermark: position(50) });
    const other = { id: "other-space", dimensions: 16 };
    await refused(
      archive.seal(stream(rowsOf(0, 50, 16)), { space: other, watermark: position(60) }),
      "space_mismatch",
      /other-space/,
    );
    await archive.seal(stream(rowsOf(0, 50, 16)), { space: other, watermark: position(60), replace: true });
    assert.equal((await archive.search(vectorOf(1, 16), 5)).length, 5);
    await refused(archive.search(vectorOf(1), 5), "invalid_query", /16 dimensions: it has 32/);
    await archive.close();
  }));

Deno.test("AR5 bad rows, queries, watermarks and uses are typed errors, and the archive is untouched", () =>
  inFolder(async (folder) => {
    const archive = await Archive.open(folder, { spawn, kernel });
    await archive.seal(stream(rowsOf(0, 50)), { space, watermark: position(50) });
    const names = namesIn(folder);
    const manifest = structuredClone(archive.manifest);
    const [good] = rowsOf(60, 61);
    const claim = { space, watermark: position(70) };
    const bad: [ArchiveRow, RegExp][] = [
      [{ ...good, id: "" }, /id must have 1 to 46 bytes: it has 0/],
      [{ ...good, id: "x".repeat(47) }, /it has 47/],
      [{ ...good, born: "" }, /birth must have 1 to 32/],
      [{ ...good, vector: vectorOf(1, 16) }, /32 dimensions: it has 16/],
      [{ ...good, vector: new Float32Array(dimensions).fill(NaN) }, /"row 60".*finite/],
    ];
    for (const [row, message] of bad) {
      await refused(archive.seal(stream([good, row]), claim), "invalid_row", message);
    }
    const broken = async function* (): AsyncGenerator<ArchiveRow> {
      yield await Promise.resolve(good);
      throw new TypeError("the store is closed");
    };
    await assert.rejects(archive.seal(broken(), claim), new TypeError("the store is closed"));
    await refused(
      archive.seal(stream([]), { space, watermark: position(49) }),
      "watermark_backward",
      /49-0000/,
    );
    const huge = { id: "huge", dimensions: 5000 };
    await refused(
      archive.seal(stream([]), { space: huge, watermark: position(70) }),
      "over_limit",
      /4096 dimensions/,
    );
    const first = archive.seal(stream([]), { space, watermark: position(50) });
    await refused(archive.seal(stream([]), claim), "archive_sealing", /under way/);
    await first;
    for (const k of [0, -1, 1.5, 1001]) {
      await refused(archive.search(vectorOf(1), k), "invalid_query", /k must be/);
    }
    await refused(archive.search(new Float32Array(dimensions).fill(Infinity), 5), "invalid_query", /finite/);
    assert.deepEqual(archive.manifest?.segments, manifest?.segments);
    assert.deepEqual(namesIn(folder).filter((name) => !name.includes("previous")), names);
    assert.equal((await archive.search(vectorOf(1), 50)).length, 50);
    await archive.close();
    await refused(archive.search(vectorOf(1), 5), "archive_closed", /closed/);
    await refused(archive.seal(stream([]), claim), "archive_closed", /closed/);
    await refused(
      Archive.open(`${folder}/manifest.json/inside`, { spawn, kernel }),
      "archive_folder",
      /must be writable/,
    );
  }));

Deno.test("AR6 no more than sixteen segments serve; a seal that replaces them is asked for", () =>
  inFolder(async (folder) => {
    const archive = await Archive.open(folder, { spawn, kernel });
    for (let segment = 0; segment < 16; segment++) {
      assert.equal(archive.wantsReplace, false);
      await archive.seal(stream(rowsOf(segment * 3, segment * 3 + 3)), {
        space,
        watermark: position(segment * 3 + 3),
      });
    }
    assert.equal(archive.wantsReplace, true);
    await refused(
      archive.seal(stream(rowsOf(48, 50)), { space, watermark: position(50) }),
      "over_limit",
      /<= 16: there are 16/,
    );
    assert.equal((await archive.search(vectorOf(1), 48)).length, 48);
    const manifest = await archive.seal(stream(rowsOf(0, 50)), {
      space,
      watermark: position(50),
      replace: true,
      keepPrevious: false,
    });
    assert.deepEqual(namesIn(folder), [
      "manifest.json",
      `${manifest.segments[0].file}.rows`,
      `${manifest.segments[0].file}.usearch`,
    ]);
    assert.equal((await archive.search(vectorOf(1), 50)).length, 50);
    await archive.close();
  }));
