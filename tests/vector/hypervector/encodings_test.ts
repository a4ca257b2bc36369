/** Sets, sequences, quantities and times, over the range of dimensions. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  atom,
  cleanup,
  encodings,
  HypervectorError,
  phasesF32,
  planes,
} from "../../../vector/hypervector/mod.ts";

const names = Array.from({ length: 40 }, (_, index) => `item ${index}`);
const base = phasesF32.fromPhases8(atom("encodings", "base", 8192));

for (const dimensions of [1_024, 4_096, 10_000, 16_384]) {
  const codebook = names.map((name) => ({ name, phases: atom("encodings", name, dimensions) }));
  const vectors = codebook.map(({ phases }) => planes.fromPhases8(phases));
  const roles = [0, 1, 2, 3, 4, 5, 6, 7].map((place) =>
    planes.fromPhases8(atom("encodings", `role ${place}`, dimensions))
  );

  Deno.test(`HV14 sets, sequences and pairs are read back at ${dimensions} dimensions`, () => {
    const members = fc.uniqueArray(fc.nat(39), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(members, (some) => {
        const chosen = some.map((index) => vectors[index]);
        const set = encodings.set(chosen);
        assert(planes.similarity(set, encodings.set([...chosen].reverse())) > 1 - 1e-6);
        const sequence = encodings.sequence(chosen);
        let grown = encodings.sequence(chosen.slice(0, 1));
        const pairs = planes.bundle(chosen.map((vector, place) => planes.bind(roles[place], vector)));
        some.forEach((index, place) => {
          assert(planes.similarity(set, vectors[index]) > 0.7 / Math.sqrt(some.length));
          assert.equal(cleanup(encodings.itemAt(sequence, place), codebook)?.name, names[index]);
          assert.equal(cleanup(planes.unbind(pairs, roles[place]), codebook)?.name, names[index]);
          if (place > 0) grown = encodings.append(grown, chosen[place], place);
        });
        assert(planes.similarity(grown, sequence) > 1 - 1e-6);
        assert.equal(cleanup(encodings.itemAt(sequence, some.length), codebook), null);
      }),
      { numRuns: 6, seed: 7 },
    );
  });
}

Deno.test("HV15 quantities and times are alike by the sinc of their distance, and add up under binding", () => {
  const value = fc.double({ min: -1e5, max: 1e5, noNaN: true });
  fc.assert(
    fc.property(value, fc.double({ min: 0, max: 3, noNaN: true }), (one, apart) => {
      const width = 250;
      const other = one + apart * width;
      const expected = apart < 1e-9 ? 1 : Math.sin(Math.PI * apart) / (Math.PI * apart);
      const [a, b] = [one, other].map((each) => encodings.quantity(base, each, width));
      assert(Math.abs(phasesF32.similarity(a, b) - expected) < 0.06);
      const sum = encodings.quantity(base, one + other, width);
      assert(phasesF32.similarity(phasesF32.bind(a, b), sum) > 0.999);
    }),
    { numRuns: 50 },
  );
  const noon = Date.UTC(2026, 10, 27, 12);
  const at = (ms: number) => encodings.time(base, ms);
  assert(phasesF32.similarity(at(noon), at(noon + 3_600_000)) > 0.98);
  assert(Math.abs(phasesF32.similarity(at(noon), at(noon + 2 * 86_400_000))) < 0.06);
});

Deno.test("HV7 a width that is none and a quantity beyond its precision are refused", () => {
  for (const [value, width] of [[1, 0], [1, -2], [NaN, 1], [1e300, 1], [1, Infinity]]) {
    assert.throws(
      () => encodings.quantity(base, value, width),
      (error) => error instanceof HypervectorError && error.code === "invalid_number",
    );
  }
});
