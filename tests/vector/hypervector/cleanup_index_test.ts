/** Cleanup over a large codebook: the winner of the full search, whatever the query. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  atom,
  cleanup,
  CleanupIndex,
  HypervectorError,
  phases8,
  phasesF32,
  planes,
} from "../../../vector/hypervector/mod.ts";
import { readAsset } from "../../../actors/system/assets.ts";

const dimensions = 4_096;
const count = 1_013;
const seed = "cleanup index";
const entries = Array.from({ length: count }, (_, index) => atom(seed, `entry ${index}`, dimensions));
// Some that resemble others, and two that are the same.
entries[500] = phases8.fromPhases(phasesF32.power(phasesF32.fromPhases8(entries[7]!), 1.02));
entries[1_012] = entries[3]!;
const codebook = entries.map((phases, index) => ({ name: String(index), phases }));
const kernel = await readAsset("exact.wasm");
const index = new CleanupIndex({ length: count, dimensions, phasesOf: (at) => entries[at]! }, kernel);

Deno.test("HV12 the winner over a large codebook is that of the full search, ties included", () => {
  const members = fc.array(
    fc.record({ at: fc.nat(count - 1), weight: fc.double({ min: 0.05, max: 1, noNaN: true }) }),
    { minLength: 1, maxLength: 30 },
  );
  fc.assert(
    fc.property(members, fc.nat(), (some, noise) => {
      const query = planes.bundle(
        [
          ...some.map(({ at }) => planes.fromPhases8(entries[at]!)),
          planes.fromPhases8(atom(seed, `noise ${noise}`, dimensions)),
        ],
        [...some.map(({ weight }) => weight), 0.5],
      );
      const full = cleanup(query, codebook, { prefixes: [], resonanceMin: -1 });
      const quick = index.search(query);
      assert(full !== null && quick !== null);
      assert.equal(quick.index, full.index);
      assert(Math.abs(quick.similarity - full.similarity) < 1e-9);
      assert(quick.margin >= full.margin - 1e-9 && quick.margin < full.margin + 0.05);
      assert.equal(quick.known, full.similarity >= quick.threshold);
    }),
    { numRuns: 60, seed: 11 },
  );
});

Deno.test("HV12 entries 3, 500 and 7 are found as themselves, comparing only a few in full", () => {
  for (const at of [3, 500, 7]) {
    const answer = index.search(planes.fromPhases8(entries[at]!));
    assert.equal(answer?.index, at);
    assert.equal(answer.known, true);
    assert(answer.ranked < 50, `${answer.ranked} were compared in full`);
  }
});

Deno.test("HV13 a large codebook does not know a stranger, and has no answer for nothing", () => {
  const stranger = planes.fromPhases8(atom(seed, "a stranger", dimensions));
  assert.equal(index.search(stranger)?.known, false);
  assert.equal(index.search(planes.bundle([stranger], [0])), null);
});

Deno.test("HV7 a large codebook refuses queries, entries and kernels of another shape", () => {
  const empty = Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
  const phasesOf = () => new Uint8Array(8);
  for (
    const [refused, code] of [
      [() => index.search(planes.fromPhases8(new Uint8Array(8))), "dimension_mismatch"],
      [() => new CleanupIndex({ length: 3, dimensions, phasesOf }, kernel), "dimension_mismatch"],
      [() => new CleanupIndex({ length: 0, dimensions, phasesOf }, kernel), "over_limit"],
      [() => new CleanupIndex({ length: 200_001, dimensions, phasesOf }, kernel), "over_limit"],
      [() => new CleanupIndex({ length: 3, dimensions: 8, phasesOf }, empty), "invalid_kernel"],
    ] as const
  ) {
    assert.throws(refused, (error) => error instanceof HypervectorError && error.code === code);
  }
});

Deno.test("HV12 entries that come, are replaced and are left out one by one are found as in an index made anew", () => {
  const atoms = Array.from({ length: 40 }, (_, at) => atom(seed, `coming ${at}`, dimensions));
  const growing = new CleanupIndex(
    { length: 40, dimensions, phasesOf: (at) => atoms[at]! },
    kernel,
    undefined,
    10,
  );
  const find = (at: number) => growing.search(planes.fromPhases8(atoms[at]!))!;
  assert.throws(() => growing.put(11), (error: Error) => error instanceof HypervectorError);
  for (let at = 10; at < 40; at++) growing.put(at);
  assert.throws(() => growing.put(40), (error: Error) => error instanceof HypervectorError);
  assert.deepEqual([find(9).index, find(10).index, find(39).index], [9, 10, 39]);
  growing.leaveOut(39);
  assert.notEqual(find(39).index, 39);
  assert.equal(find(39).known, false);
  const old = atoms[39]!;
  atoms[39] = atom(seed, "another", dimensions);
  growing.put(39);
  assert.equal(find(39).index, 39);
  assert.equal(growing.search(planes.fromPhases8(old))!.known, false);
  for (let at = 0; at < 40; at++) growing.leaveOut(at);
  assert.equal(growing.search(planes.fromPhases8(old)), null);
});
