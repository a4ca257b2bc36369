import { deepStrictEqual as equal, ok, throws } from "node:assert/strict";
import fc from "fast-check";
import { ExactIndexError } from "../../../vector/exact/mod.ts";
import { ExactRows } from "../../../vector/exact/exact_rows.ts";
import { QUERY_CODE_MAX } from "../../../vector/exact/kernel.ts";
import { quantiseQuery, quantiseRow } from "../../../vector/exact/quantise.ts";
import { bruteForce, innerProduct, kernel, packed, randomFrom } from "./fixture.ts";

const finite = fc.float({ noNaN: true, min: Math.fround(-1e6), max: Math.fround(1e6) });
/** Few distinct numbers make ties and duplicates; some scales make bounds wide. */
const coarse = fc.constantFrom(-1, -0.5, 0, 0.5, 1).map(Math.fround);
const tiny = fc.float({ noNaN: true, min: Math.fround(-1e-11), max: Math.fround(1e-11) });

const scene = fc.integer({ min: 1, max: 40 }).chain((dimensions) => {
  const vector = fc.oneof(
    ...[finite, coarse, tiny].map((number) =>
      fc.array(number, { minLength: dimensions, maxLength: dimensions })
    ),
  ).map((numbers) => Float32Array.from(numbers));
  const id = fc.integer({ min: 0, max: 400 }).map((n) => `m${n}`);
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ add: fc.array(fc.tuple(id, vector), { maxLength: 60 }) }) },
    { weight: 1, arbitrary: fc.record({ remove: fc.array(id, { maxLength: 60 }) }) },
  );
  return fc.record({
    dimensions: fc.constant(dimensions),
    steps: fc.array(step, { maxLength: 12 }),
    query: vector,
    k: fc.integer({ min: 1, max: 80 }),
  });
});

Deno.test("VE1 after any adds, replacements and removals a search finds what comparing with every row finds", () => {
  fc.assert(
    fc.property(scene, ({ dimensions, steps, query, k }) => {
      const rows = new ExactRows({ dimensions, kernel });
      const oracle = new Map<string, Float32Array>();
      for (const step of steps) {
        if ("add" in step) {
          rows.add(step.add.map(([id]) => id), packed(step.add.map(([, vector]) => vector), dimensions));
          for (const [id, vector] of step.add) oracle.set(id, vector);
        } else {
          rows.remove(step.remove);
          for (const id of step.remove) oracle.delete(id);
        }
        equal(rows.rows, oracle.size);
      }
      equal(rows.search(query, k), bruteForce(oracle, query, k));
    }),
    { numRuns: 300 },
  );
});

Deno.test("VE1 with 3,000 clustered rows of 384 dimensions, after removals too, the neighbours are exact", () => {
  const random = randomFrom(11);
  const dimensions = 384;
  const unit = (center?: Float32Array) => {
    const vector = Float32Array.from(
      { length: dimensions },
      (_, at) => random() - 0.5 + (center?.[at] ?? 0) * 10,
    );
    const norm = Math.sqrt(innerProduct(vector, vector));
    return vector.map((value) => value / norm);
  };
  const centers = Array.from({ length: 30 }, () => unit());
  const oracle = new Map<string, Float32Array>();
  const rows = new ExactRows({ dimensions, kernel });
  for (let n = 0; n < 3000; n++) oracle.set(`m${n}`, unit(centers[n % 30]));
  rows.add([...oracle.keys()], packed([...oracle.values()], dimensions));
  for (let round = 0; round < 20; round++) {
    const query = unit(centers[round]);
    equal(rows.search(query, 10), bruteForce(oracle, query, 10));
    const gone = rows.search(query, 25).map(({ id }) => id);
    rows.remove(gone);
    for (const id of gone) oracle.delete(id);
    equal(rows.search(query, 10), bruteForce(oracle, query, 10));
  }
});

Deno.test("VE1 scores so small that 32-bit floats cannot hold them are still in order", () => {
  // Found by the property above: every bound of these is zero.
  const rows = new ExactRows({ dimensions: 3, kernel });
  const oracle = new Map([
    ["m0", Float32Array.of(-1, 0, -1)],
    ["m1", Float32Array.of(0, 0, -1.4e-45)],
    ["m2", Float32Array.of(0, 0, -2.8e-45)],
  ]);
  rows.add([...oracle.keys()], packed([...oracle.values()], 3));
  const query = Float32Array.of(-1.4e-45, 0, -1.4e-45);
  equal(rows.search(query, 2), bruteForce(oracle, query, 2));
});

Deno.test("VE2 of equal scores the smaller id comes first, whatever the order of adding", () => {
  const rows = new ExactRows({ dimensions: 2, kernel });
  const same = Float32Array.of(0.6, 0.8);
  for (const id of ["c", "a", "d", "b"]) rows.add([id], same);
  equal(rows.search(same, 3).map(({ id }) => id), ["a", "b", "c"]);
});

Deno.test("VE1 no exact score exceeds the bound that decides which rows are scored", () => {
  const numbers = fc.array(fc.oneof(finite, coarse, tiny), { minLength: 16, maxLength: 16 });
  fc.assert(fc.property(numbers, numbers, (a, b) => {
    const [row, query] = [Float32Array.from(a), Float32Array.from(b)];
    const [codes, queryCodes] = [new Uint8Array(16), new Int8Array(16)];
    const [kept, asked] = [quantiseRow(row, codes), quantiseQuery(query, queryCodes, QUERY_CODE_MAX)];
    ok(
      codes.every((code) => code >= 1 && code <= 127),
      "a code outside 1..127 means another number on some machines",
    );
    ok(
      queryCodes.every((code) => Math.abs(code) <= QUERY_CODE_MAX),
      "the kernel's sums have no room for a code",
    );
    let sum = -64 * asked.sum;
    for (let column = 0; column < 16; column++) sum += codes[column]! * queryCodes[column]!;
    const bound = sum * kept.scale * asked.scale + kept.error * asked.norm + kept.norm * asked.error;
    ok(innerProduct(row, query) <= bound + 1e-40, `${innerProduct(row, query)} > ${bound}`);
  }));
});

Deno.test("VE1 rows and queries whose every number is the greatest have room in the kernel's sums", () => {
  for (const dimensions of [1, 33, 384, 4096]) {
    const all = (value: number) => new Float32Array(dimensions).fill(value);
    const vectors = new Map([["high", all(1)], ["low", all(-1)], ["middle", all(0.5)]]);
    const rows = new ExactRows({ dimensions, kernel });
    rows.add([...vectors.keys()], packed([...vectors.values()], dimensions));
    for (const query of [all(1), all(-1)]) equal(rows.search(query, 1), bruteForce(vectors, query, 1));
  }
});

Deno.test("VE3 a batch with one bad vector adds none of its rows", () => {
  const rows = new ExactRows({ dimensions: 2, kernel });
  rows.add(["a"], Float32Array.of(1, 0));
  for (const bad of [NaN, Infinity, 1e13]) {
    throws(
      () => rows.add(["b", "a"], Float32Array.of(0, 1, bad, 0)),
      (error) =>
        error instanceof ExactIndexError && error.code === "invalid_vector" && /"a"/.test(error.message),
    );
  }
  throws(() => rows.add(["b"], Float32Array.of(1, 2, 3)), { code: "dimension_mismatch" });
  equal(rows.rows, 1);
  equal(rows.search(Float32Array.of(1, 0), 5), [{ id: "a", score: 1 }]);
});

Deno.test("VE4 an index over its bound of rows refuses, names the figures, and keeps what it has", () => {
  const rows = new ExactRows({ dimensions: 2, kernel, rowsMax: 3 });
  rows.add(["a", "b", "c"], new Float32Array(6));
  throws(() => rows.add(["c", "d"], new Float32Array(4)), /Cannot hold 4 rows .* at most 3 rows/);
  rows.add(["c", "a"], new Float32Array(4));
  rows.remove(["a"]);
  rows.add(["d"], new Float32Array(2));
  equal(rows.rows, 3);
});

Deno.test("VE4 bytes that are no kernel are refused in words", () => {
  throws(() => new ExactRows({ dimensions: 2, kernel: new Uint8Array([1, 2, 3]) }), {
    code: "invalid_options",
  });
  const empty = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
  throws(() => new ExactRows({ dimensions: 2, kernel: empty }), /lacks memory, scan, reaching or exact/);
  // The last constant of the globals is the number of the layout.
  const other = kernel.slice();
  const at = other.findIndex((_, place) =>
    [0x7f, 0x00, 0x41, null, 0x0b].every((byte, n) => byte === null || other[place + n] === byte)
  );
  other[at + 3] = 1;
  throws(() => new ExactRows({ dimensions: 2, kernel: other }), /another version of this program/);
});
