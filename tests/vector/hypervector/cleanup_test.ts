/** Cleanup: the winner of the full search, reached on a prefix, or nothing. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { atom, cleanup, type Codebook, HypervectorError, planes } from "../../../vector/hypervector/mod.ts";

const seed = "cleanup";
const codebook: Codebook = Array.from({ length: 300 }, (_, index) => ({
  name: `entry ${index}`,
  phases: atom(seed, `entry ${index}`),
}));

/** A bundle of `count` bound pairs, the role of the first taken off again: its filler in the noise of the others. */
function noisyEntry(count: number, run: number): { query: ReturnType<typeof planes.bundle>; name: string } {
  const first = (run * 31) % codebook.length;
  const pairs = Array.from({ length: count }, (_, index) => {
    const entry = codebook[(first + index * 7) % codebook.length].phases;
    return planes.bind(planes.fromPhases8(atom(seed, `role ${run} ${index}`)), planes.fromPhases8(entry));
  });
  const query = planes.unbind(planes.bundle(pairs), planes.fromPhases8(atom(seed, `role ${run} 0`)));
  return { query, name: codebook[first].name };
}

for (const count of [3, 10, 30]) {
  Deno.test(`HV12 widening finds the winner of the full search for bundles of ${count}`, () => {
    let searched = 0;
    for (let run = 0; run < 12; run++) {
      const { query, name } = noisyEntry(count, run);
      const quick = cleanup(query, codebook);
      const full = cleanup(query, codebook, { prefixes: [] });
      assert.equal(full?.name, name);
      assert.equal(full?.dimensionsSearched, 10_000);
      assert.equal(quick?.name, full?.name);
      assert(Math.abs((quick?.similarity ?? 0) - (full?.similarity ?? 0)) < 1e-9);
      assert(Math.abs((full?.similarity ?? 0) - 1 / Math.sqrt(count)) < 0.05);
      assert(Math.abs((quick?.margin ?? 0) - (full?.margin ?? 1)) < 0.02);
      assert((quick?.margin ?? 0) > 0.1, "the winner stands clear of the runner-up");
      searched += quick?.dimensionsSearched ?? 0;
    }
    assert(searched / 12 < 10_000, `settled on ${searched / 12} dimensions on average`);
  });
}

Deno.test("HV12 the winner of any mixture is that of the full search, ties included", () => {
  const weights = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(weights, fc.nat(290), (some, from) => {
      const members = some.map((_, index) => planes.fromPhases8(codebook[from + index].phases));
      const query = planes.bundle(members, some);
      const quick = cleanup(query, codebook);
      const full = cleanup(query, codebook, { prefixes: [] });
      assert.equal(quick?.name, full?.name);
      assert.equal(quick?.index, full?.index);
    }),
    { numRuns: 30 },
  );
});

Deno.test("HV13 cleanup abstains from noise, from nothing, and below the resonance asked for", () => {
  const stranger = planes.fromPhases8(atom(seed, "a stranger"));
  assert.equal(cleanup(stranger, codebook), null);
  assert.equal(cleanup(stranger, []), null);
  const nothing = planes.bundle([stranger], [0]);
  assert.equal(cleanup(nothing, codebook), null);
  const { query } = noisyEntry(10, 1);
  assert.notEqual(cleanup(query, codebook, { resonanceMin: 0.25 }), null);
  assert.equal(cleanup(query, codebook, { resonanceMin: 0.4 }), null);
  const short = codebook.map(({ name, phases }) => ({ name, phases: phases.subarray(0, 64) }));
  assert.equal(cleanup(planes.fromPhases8(atom(seed, "a stranger", 64)), short), null);
});

Deno.test("HV7 a codebook of other dimensions is refused by the entry's name", () => {
  const query = planes.fromPhases8(atom(seed, "x", 100));
  assert.throws(
    () => cleanup(query, [{ name: "odd one", phases: atom(seed, "x", 99) }]),
    (error) =>
      error instanceof HypervectorError && error.code === "dimension_mismatch" &&
      /odd one/.test(error.message),
  );
});
