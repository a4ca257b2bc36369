/** The laws of the algebra, as properties over random vectors of every form. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { HypervectorError, phases8, phasesF32, planes } from "../../../vector/hypervector/mod.ts";

const dimensions = 256;
const grid = fc.uint8Array({ minLength: dimensions, maxLength: dimensions });
const shift = fc.integer({ min: -1000, max: 1000 });
const tolerance = 1e-4;

/** Whether two arrays of phases are the same points on the circle. */
function sameAngles(left: Float32Array, right: Float32Array): boolean {
  return left.length === right.length &&
    left.every((phase, index) => Math.abs(Math.sin((phase - right[index]) / 2)) < tolerance);
}

Deno.test("HV1 bind commutes and associates, to the bit on the grid and to 1e-4 in radians and planes", () => {
  fc.assert(fc.property(grid, grid, grid, (x, y, z) => {
    assert.deepEqual(phases8.bind(x, y), phases8.bind(y, x));
    assert.deepEqual(phases8.bind(phases8.bind(x, y), z), phases8.bind(x, phases8.bind(y, z)));
    const [a, b, c] = [x, y, z].map(phasesF32.fromPhases8);
    assert(sameAngles(phasesF32.bind(a, b), phasesF32.bind(b, a)));
    assert(sameAngles(phasesF32.bind(phasesF32.bind(a, b), c), phasesF32.bind(a, phasesF32.bind(b, c))));
    const [p, q] = [x, y].map(planes.fromPhases8);
    assert(sameAngles(planes.toPhases(planes.bind(p, q)), phasesF32.bind(a, b)), "the forms agree on bind");
  }));
});

Deno.test("HV2 unbind undoes bind, the inverse binds to the identity, and unbind is bind with the inverse", () => {
  fc.assert(fc.property(grid, grid, (x, y) => {
    assert.deepEqual(phases8.unbind(phases8.bind(x, y), y), x);
    assert.deepEqual(phases8.bind(x, phases8.inverse(x)), phases8.identity(dimensions));
    assert.deepEqual(phases8.unbind(x, y), phases8.bind(x, phases8.inverse(y)));
    assert.deepEqual(phases8.inverse(phases8.inverse(x)), x);
    const [a, b] = [phasesF32.fromPhases8(x), phasesF32.fromPhases8(y)];
    assert(sameAngles(phasesF32.unbind(phasesF32.bind(a, b), b), a));
    assert(sameAngles(phasesF32.inverse(a), phasesF32.fromPhases8(phases8.inverse(x))));
    const [p, q] = [planes.fromPhases8(x), planes.fromPhases8(y)];
    assert(planes.similarity(planes.unbind(planes.bind(p, q), q), p) > 1 - tolerance);
  }));
});

Deno.test("HV3 a vector resembles itself by 1, and permuting or binding both of two keeps their similarity", () => {
  fc.assert(fc.property(grid, grid, grid, shift, (x, y, z, places) => {
    assert.equal(phases8.similarity(x, x), 1);
    const before = phases8.similarity(x, y);
    assert(Math.abs(phases8.similarity(phases8.bind(x, z), phases8.bind(y, z)) - before) < 1e-12);
    assert(
      Math.abs(phases8.similarity(phases8.permute(x, places), phases8.permute(y, places)) - before) < 1e-12,
    );
    assert(Math.abs(phases8.similarity(y, x) - before) < 1e-12, "similarity is symmetric");
    const [a, b] = [phasesF32.fromPhases8(x), phasesF32.fromPhases8(y)];
    assert(Math.abs(phasesF32.similarity(a, b) - before) < tolerance, "radians agree");
    assert(
      Math.abs(planes.similarity(planes.fromPhases8(x), planes.fromPhases(b)) - before) < tolerance,
      "planes agree",
    );
  }));
});

Deno.test("HV4 permute distributes over bind, shifts add up, and a shift by the dimensions is none", () => {
  fc.assert(fc.property(grid, grid, shift, shift, (x, y, one, two) => {
    assert.deepEqual(
      phases8.permute(phases8.bind(x, y), one),
      phases8.bind(phases8.permute(x, one), phases8.permute(y, one)),
    );
    assert.deepEqual(phases8.permute(phases8.permute(x, one), two), phases8.permute(x, one + two));
    assert.deepEqual(phases8.permute(x, dimensions), x);
    assert.deepEqual(
      phasesF32.permute(phasesF32.fromPhases8(x), one),
      phasesF32.fromPhases8(phases8.permute(x, one)),
    );
    assert.deepEqual(planes.permute(planes.fromPhases8(x), one), planes.fromPhases8(phases8.permute(x, one)));
  }));
});

Deno.test("HV5 a bundle is like each of its members, binding distributes over it, and weights lean it", () => {
  fc.assert(fc.property(grid, grid, grid, (x, y, z) => {
    const [p, q, r] = [x, y, z].map(planes.fromPhases8);
    const left = planes.bind(planes.bundle([p, q]), r);
    const right = planes.bundle([planes.bind(p, r), planes.bind(q, r)]);
    const opposite = left.re.every((re, index) => Math.hypot(re, left.im[index]) < 1e-3);
    assert(opposite || planes.similarity(left, right) > 1 - tolerance);
  }));
  fc.assert(fc.property(fc.integer({ min: 1, max: 20 }), fc.integer(), (count, seed) => {
    const members = Array.from({ length: count }, (_, index) => randomGrid(seed + index * 7919, 4096));
    const bundle = planes.bundle(members.map(planes.fromPhases8));
    for (const member of members) {
      const similarity = planes.similarity(bundle, planes.fromPhases8(member));
      assert(Math.abs(similarity - 1 / Math.sqrt(count)) < 0.1, `${similarity} for ${count} members`);
    }
    const leaning = planes.bundle(
      members.map(planes.fromPhases8),
      members.map((_, index) => (index === 0 ? 5 : 1)),
    );
    assert(
      count === 1 ||
        planes.similarity(leaning, planes.fromPhases8(members[0])) >
          planes.similarity(bundle, planes.fromPhases8(members[0])),
    );
  }));
});

Deno.test("HV6 a fractional power is additive in the exponent, and near exponents are alike as sinc says", () => {
  const exponent = fc.double({ min: -8, max: 8, noNaN: true });
  fc.assert(fc.property(grid, exponent, exponent, (x, one, two) => {
    const base = phasesF32.fromPhases8(x);
    assert(sameAngles(
      phasesF32.bind(phasesF32.power(base, one), phasesF32.power(base, two)),
      phasesF32.power(base, one + two),
    ));
    assert(sameAngles(phasesF32.power(base, -1), phasesF32.inverse(base)));
  }));
  fc.assert(
    fc.property(fc.integer(), exponent, fc.double({ min: 0, max: 3, noNaN: true }), (seed, one, apart) => {
      const base = phasesF32.fromPhases8(randomGrid(seed, 8192));
      const similarity = phasesF32.similarity(phasesF32.power(base, one), phasesF32.power(base, one + apart));
      const expected = apart === 0 ? 1 : Math.sin(Math.PI * apart) / (Math.PI * apart);
      assert(Math.abs(similarity - expected) < 0.06, `${similarity} against ${expected}`);
    }),
    { numRuns: 50 },
  );
});

Deno.test("HV7 wrong arguments are typed errors that name what was wrong", () => {
  const three = new Uint8Array(3);
  const four = new Uint8Array(4);
  const refusals: [() => unknown, string, RegExp][] = [
    [() => phases8.bind(three, four), "dimension_mismatch", /bind.*3 and 4/],
    [() => phases8.unbind(three, four), "dimension_mismatch", /3 and 4/],
    [() => phases8.similarity(three, four), "dimension_mismatch", /3 and 4/],
    [() => phasesF32.bind(new Float32Array(3), new Float32Array(4)), "dimension_mismatch", /3 and 4/],
    [() => phasesF32.unbind(new Float32Array(3), new Float32Array(4)), "dimension_mismatch", /3 and 4/],
    [
      () => planes.bundle([planes.fromPhases8(three), planes.fromPhases8(four)]),
      "dimension_mismatch",
      /3 and 4/,
    ],
    [
      () => planes.similarity(planes.fromPhases8(three), planes.fromPhases8(four)),
      "dimension_mismatch",
      /3 and 4/,
    ],
    [() => planes.bundle([]), "empty_bundle", /nothing/],
    [() => planes.bundle([planes.fromPhases8(three)], [NaN]), "invalid_number", /weight 0.*NaN/],
    [() => planes.bundle([planes.fromPhases8(three)], []), "invalid_number", /weight 0/],
    [() => phasesF32.power(new Float32Array(3), Infinity), "invalid_number", /exponent.*Infinity/],
    [() => phases8.permute(three, 0.5), "invalid_number", /shift.*0\.5/],
    [() => phases8.identity(0), "invalid_dimensions", /from 1 to 65536: got 0/],
    [() => phases8.similarity(new Uint8Array(), new Uint8Array()), "invalid_dimensions", /got 0/],
  ];
  for (const [refused, code, message] of refusals) {
    assert.throws(refused, (error) => {
      assert(error instanceof HypervectorError);
      assert.equal(error.code, code);
      assert.match(error.message, message);
      assert.equal(error.retryable, false);
      assert(error.hint.length > 0);
      return true;
    });
  }
});

/** Uniform bytes from a linear congruential generator (Numerical Recipes), apart from the one that atoms use. */
function randomGrid(seed: number, length: number): Uint8Array {
  let state = seed >>> 0;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}
