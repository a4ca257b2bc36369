/** Atoms: a pure function of seed and symbol, uniform and nearly orthogonal. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { atom, HypervectorError, hypervectorLimits, phases8 } from "../../../vector/hypervector/mod.ts";

Deno.test("HV9 an atom is the same for the same seed and symbol on every machine and in every version", () => {
  assert.deepEqual(atom("image-1", "role:name"), atom("image-1", "role:name"));
  assert.equal(atom("image-1", "role:name").length, hypervectorLimits.dimensionsDefault);
  // A shorter atom is the beginning of a longer one.
  assert.deepEqual(atom("image-1", "role:name", 10), atom("image-1", "role:name").slice(0, 10));
  // These bytes are a promise: images hold hypervectors made with them.
  assert.deepEqual([...atom("image-1", "role:name", 10)], [213, 75, 7, 255, 251, 128, 114, 230, 59, 90]);
  assert.deepEqual([...atom("", "é", 7)], [77, 160, 61, 19, 105, 246, 215]);
});

Deno.test("HV10 atoms of different symbols, seeds, or cuts between the two are nearly orthogonal", () => {
  fc.assert(fc.property(fc.string(), fc.string(), fc.string({ minLength: 1 }), (seed, symbol, more) => {
    const one = atom(seed, symbol);
    // The deviation of the similarity of independent vectors is 1/sqrt(2·10,000) = 0.007; six of them are 0.042.
    for (const other of [atom(seed, symbol + more), atom(seed + more, symbol), atom(symbol + more, seed)]) {
      const similarity = phases8.similarity(one, other);
      assert(Math.abs(similarity) < 0.042, `${similarity}`);
    }
  }));
});

Deno.test("HV10 the phases of atoms are uniform on the grid", () => {
  const counts = new Array<number>(256).fill(0);
  for (let index = 0; index < 100; index++) {
    for (const phase of atom("seed", `symbol ${index}`)) counts[phase]++;
  }
  const expected = (100 * hypervectorLimits.dimensionsDefault) / 256;
  const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  // 255 degrees of freedom: mean 255, deviation 22.6.
  assert(chiSquare > 150 && chiSquare < 380, `chi-square ${chiSquare}`);
});

Deno.test("HV7 an atom of no or too many dimensions is refused", () => {
  for (const dimensions of [0, -1, 1.5, NaN, hypervectorLimits.dimensionsMax + 1]) {
    assert.throws(
      () => atom("s", "x", dimensions),
      (error) => error instanceof HypervectorError && error.code === "invalid_dimensions",
    );
  }
});
