/** Merging neighbouring segments: which, how often, and what is found meanwhile and after. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { Archive, ArchiveError, type ArchiveRow } from "../../../vector/archive/mod.ts";
import { runToMerge } from "../../../vector/archive/segment_run.ts";
import { inFolder, kernel, position, rowsOf, space, spawn, stream, vectorOf } from "./fixture.ts";

Deno.test("AR16 by seals alone there are few segments, and a row is written anew as often as the logarithm says", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 1, maxLength: 300 }), (seals) => {
      let segments: { rows: number; watermark: string; written: number }[] = [];
      let all = 0;
      for (const [n, rows] of seals.entries()) {
        all += rows;
        segments.push({ rows, watermark: position(n + 1), written: 1 });
        for (let run = runToMerge(segments); run !== null; run = runToMerge(segments)) {
          const { after } = run;
          const merged = segments.filter(({ watermark }) => watermark > after);
          assert(merged.length >= 4);
          assert.equal(run.upTo, segments.at(-1)!.watermark);
          segments = [...segments.filter(({ watermark }) => watermark <= after), {
            rows: merged.reduce((sum, each) => sum + each.rows, 0),
            watermark: run.upTo,
            written: 1 + Math.max(...merged.map(({ written }) => written)),
          }];
        }
        assert(segments.length < 16, `${segments.length} segments after ${n + 1} seals`);
        const most = 3 + Math.log2(all);
        assert(segments.every(({ written }) => written <= most), "written anew too often");
        assert.equal(segments.reduce((sum, each) => sum + each.rows, 0), all);
      }
    }),
  );
});

Deno.test("AR16 a segment that is greater than all newer ones together stays as it is", () => {
  const of = (...rows: number[]) => rows.map((each, n) => ({ rows: each, watermark: position(n) }));
  assert.equal(runToMerge([]), null);
  assert.equal(runToMerge(of(10, 10, 10)), null);
  assert.deepEqual(runToMerge(of(10, 10, 10, 10)), { after: "", upTo: position(3) });
  assert.deepEqual(runToMerge(of(900, 10, 10, 10, 10)), { after: position(0), upTo: position(4) });
  assert.deepEqual(runToMerge(of(900, 40, 10, 10, 10, 10)), { after: position(0), upTo: position(5) });
  assert.equal(runToMerge(of(4_000_000, 1_000_000, 900_000, 900_000)), null);
});

Deno.test("AR16 AR17 segments are merged into one of what lives, while searches find all of it", () =>
  inFolder(async (folder) => {
    let archive = await Archive.open(folder, { spawn, kernel });
    const live = new Map<string, ArchiveRow>();
    const sizes = [400, 40, 30, 30, 50];
    let last = 0;
    for (const size of sizes) {
      const rows = rowsOf(last, last += size);
      for (const row of rows) live.set(row.id, row);
      await archive.seal(stream(rows), { space, watermark: position(last) });
    }
    for (let n = 0; n < last; n += 10) {
      live.delete(`row ${n}`);
      archive.mask(`row ${n}`, position(last + 1));
    }
    const run = archive.wantsMerge;
    assert.deepEqual(run, { after: position(400), upTo: position(last) });
    const mustFindAll = async () => {
      const found = await archive.search(vectorOf(3), 600);
      assert.deepEqual(new Set(found.map(({ id }) => id)), new Set(live.keys()));
      assert.equal(found.length, live.size);
    };
    let isRunning = true;
    const rows = [...live.values()].filter(({ born }) => born > run!.after);
    const merging = archive.seal(stream(rows), { space, watermark: run!.upTo, merge: run! })
      .finally(() => isRunning = false);
    let searches = 0;
    for (; isRunning; searches++) await mustFindAll();
    const manifest = await merging;
    assert(searches > 0);
    assert.deepEqual(manifest.segments.map(({ rows }) => rows), [400, rows.length]);
    assert.equal(manifest.watermark, position(last));
    assert.equal(archive.wantsMerge, null);
    await mustFindAll();
    await archive.close();
    archive = await Archive.open(folder, { spawn, kernel });
    assert.deepEqual(archive.health, { state: "ready", reasons: [] });
    assert.equal(archive.segments, 2);
    await mustFindAll();
    // All that is merged is dead: nothing takes its place.
    await archive.seal(stream([]), {
      space,
      watermark: position(last),
      merge: { after: position(400), upTo: position(last) },
    });
    assert.deepEqual(archive.manifest!.segments.map(({ rows }) => rows), [400]);
    assert.equal(archive.watermark, position(last));
    await archive.close();
  }));

Deno.test("AR17 a run that is none is refused, and a merge that is stopped leaves what served", () =>
  inFolder(async (folder) => {
    const archive = await Archive.open(folder, { spawn, kernel });
    for (let n = 0; n < 4; n++) {
      await archive.seal(stream(rowsOf(n * 20, n * 20 + 20)), { space, watermark: position(n * 20 + 20) });
    }
    const served = archive.manifest;
    for (
      const merge of [
        { after: "", upTo: position(30) },
        { after: position(10), upTo: position(80) },
        { after: position(60), upTo: position(40) },
      ]
    ) {
      await assert.rejects(
        archive.seal(stream([]), { space, watermark: merge.upTo, merge }),
        (error) => error instanceof ArchiveError && error.code === "run_unknown" && error.retryable,
      );
    }
    const stop = new AbortController();
    const run = archive.wantsMerge!;
    const halfway = async function* () {
      for (const [n, row] of rowsOf(0, 80).entries()) {
        if (n === 40) stop.abort(new Error("the person says stop"));
        yield await Promise.resolve(row);
      }
    };
    await assert.rejects(
      archive.seal(halfway(), { space, watermark: run.upTo, merge: run, signal: stop.signal }),
    );
    assert.equal(archive.manifest, served);
    assert.equal((await archive.search(vectorOf(1), 100)).length, 80);
    await archive.close();
  }));
