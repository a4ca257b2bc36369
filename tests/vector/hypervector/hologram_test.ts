/** The holographic form of an object. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  cleanup,
  filler,
  type FillerValue,
  hologram,
  type HologramSlot,
  HypervectorError,
  phases8,
  planes,
  role,
} from "../../../vector/hypervector/mod.ts";

const options = { seed: "image", dimensions: 2048 };
const json = fc.jsonValue({ maxDepth: 3 }).map((value) => value as FillerValue);
const slots = fc.dictionary(fc.string(), json.map((value): HologramSlot => ({ kind: "data", value })), {
  minKeys: 1,
  maxKeys: 8,
});

Deno.test("HV11 the holographic form is a pure function of the slots, whatever their order", () => {
  fc.assert(
    fc.property(slots, (some) => {
      const one = hologram(some, options);
      assert.deepEqual(one, hologram(Object.fromEntries(Object.entries(some).reverse()), options));
      assert.deepEqual(one, hologram(structuredClone(some), options));
      assert(one.re.every(Number.isFinite) && one.im.every(Number.isFinite));
    }),
    { numRuns: 30 },
  );
});

Deno.test("HV11 unbinding a role gives back a filler that cleanup recognises among many", () => {
  const colours = Array.from({ length: 50 }, (_, index) => `colour ${index}`);
  const codebook = colours.map((name) => ({
    name,
    phases: phases8.fromPhases(planes.toPhases(filler({ kind: "data", value: name }, options))),
  }));
  const form = hologram({
    colour: { kind: "data", value: "colour 17" },
    size: { kind: "data", value: 3 },
    owner: { kind: "reference", oid: "018f" },
    grow: { kind: "method", source: "(self) => self.get('size')" },
    draw: { kind: "native", native: "morph.draw" },
  }, options);
  assert.equal(cleanup(planes.unbind(form, role("colour", options)), codebook)?.name, "colour 17");
  assert.equal(cleanup(planes.unbind(form, role("taste", options)), codebook), null);
});

Deno.test("HV11 near numbers are alike, far ones are not, and a changed slot moves the form", () => {
  const number = (value: number) => filler({ kind: "data", value }, options);
  assert(planes.similarity(number(10), number(10.1)) > 0.95);
  assert(Math.abs(planes.similarity(number(10), number(12))) < 0.12);
  assert(Math.abs(planes.similarity(number(1e300), number(1e299))) < 0.12);
  const before = hologram({ x: { kind: "data", value: "a" }, y: { kind: "data", value: "b" } }, options);
  const after = hologram({ x: { kind: "data", value: "a" }, y: { kind: "data", value: "c" } }, options);
  const similarity = planes.similarity(before, after);
  assert(similarity > 0.35 && similarity < 0.65, `${similarity}`);
  const reference = filler({ kind: "reference", oid: "a" }, options);
  assert(Math.abs(planes.similarity(reference, filler({ kind: "data", value: "a" }, options))) < 0.12);
});

Deno.test("HV11 deep and long values are encoded within bounds, equal ones equally", () => {
  let deep: FillerValue = "core";
  for (let level = 0; level < 200; level++) deep = { b: deep, a: [level] };
  const long = Array.from({ length: 10_000 }, (_, index) => index);
  for (const value of [deep, long, [], {}]) {
    assert.deepEqual(
      filler({ kind: "data", value }, options),
      filler({ kind: "data", value: structuredClone(value) }, options),
    );
  }
  assert(
    planes.similarity(
      filler({ kind: "data", value: [1, 2] }, options),
      filler({ kind: "data", value: [2, 1] }, options),
    ) < 0.5,
  );
});

Deno.test("HV7 an object with no slots and a number that is none are refused", () => {
  assert.throws(
    () => hologram({}, options),
    (error) => error instanceof HypervectorError && error.code === "empty_bundle",
  );
  assert.throws(
    () => hologram({ x: { kind: "data", value: NaN } }, options),
    (error) => error instanceof HypervectorError && error.code === "invalid_number",
  );
});
