/** The frame of the bench: when a row is met, and what one that cannot be run says. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { examineDisk } from "../../scripts/bench/disk.ts";
import { notMeasured, reportOf, type Row } from "../../scripts/bench/row.ts";
import { median, percentile, seededRandom } from "../../scripts/bench/statistics.ts";
import { tableOf } from "../../scripts/bench/table.ts";

const row = (bound: Row["bound"], required: number): Row => ({
  row: "a-row",
  what: "a thing",
  unit: "ms",
  bound,
  required,
  measure: () => Promise.reject(new Error("is not run here")),
});

Deno.test("TO20 A row is met when the ratio keeps its bound, on the bound too", () => {
  const met = (bound: Row["bound"], ours: number) =>
    reportOf(row(bound, 0.7), { ours, baseline: 100, how: "by hand" }).met;
  assert.deepEqual([69, 70, 71].map((ours) => met("at least", ours)), [false, true, true]);
  assert.deepEqual([69, 70, 71].map((ours) => met("at most", ours)), [true, true, false]);
  const bounded = { ...row("at most", 2), oursMax: 150 };
  const metBounded = [140, 160].map((ours) => reportOf(bounded, { ours, baseline: 100, how: "by hand" }).met);
  assert.deepEqual(metBounded, [true, false], "the ratio is kept by both, the bound by one");
  assert.equal(met("at least", NaN), false, "no figure is no success");
});

Deno.test("TO21 A row that could not be run says not measured and why, and is not met", () => {
  const report = notMeasured(row("at least", 1), "there is no Python");
  assert.deepEqual([report.ours, report.baseline, report.ratio, report.met], [null, null, null, false]);
  assert.equal(report.how, "not measured: there is no Python");
  assert.match(tableOf([report]), /a-row +not measured +not measured +– +at least 1 +NO/);
});

Deno.test("TO22 A folder on a disk is examined, one in memory is refused", async () => {
  const inMemory = "/dev/shm";
  const isThere = Deno.build.os === "linux" && await Deno.stat(inMemory).then(() => true, () => false);
  if (isThere) await assert.rejects(examineDisk(inMemory), /is on tmpfs, where nothing is durable/);
  const folder = await Deno.makeTempDir({ dir: ".", prefix: ".bench-test-" });
  try {
    const { fileSystem, fsyncMs } = await examineDisk(folder);
    assert.match(fileSystem, /^[a-z0-9.]+$/);
    assert.ok(fsyncMs > 0);
    assert.deepEqual([...Deno.readDirSync(folder)], [], "it leaves nothing behind");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("TO20 A percentile is a value that was measured, with its share of the values at or below it", () => {
  const values = fc.array(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), { minLength: 1, maxLength: 50 });
  fc.assert(fc.property(values, fc.double({ noNaN: true, min: 0, max: 1 }), (list, share) => {
    const found = percentile(list, share);
    assert.ok(list.includes(found));
    assert.ok(list.filter((value) => value <= found).length >= share * list.length);
    assert.ok(median(list) >= percentile(list, 0.4) && median(list) <= percentile(list, 0.6));
  }));
  assert.throws(() => percentile([], 0.5), RangeError);
});

Deno.test("TO20 The rows of one seed are the same everywhere", () => {
  const random = seededRandom(7);
  const first = [random(), random(), random()];
  assert.deepEqual(first, Array.from({ length: 3 }, seededRandom(7)));
  assert.ok(first.every((value) => value >= 0 && value < 1));
});
