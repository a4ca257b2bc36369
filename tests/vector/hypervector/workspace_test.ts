/** The workspace against the plain algebra, and its discipline. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { readAsset } from "../../../actors/system/assets.ts";
import {
  atom,
  hologram,
  type HologramSlot,
  HypervectorError,
  type Planes,
  planes,
  Workspace,
} from "../../../vector/hypervector/mod.ts";

const kernel = await readAsset("exact.wasm");
const tolerance = 1e-4;

function vectors(count: number, dimensions: number): Planes[] {
  return Array.from({ length: count }, (_, n) => planes.fromPhases8(atom("workspace", `${n}`, dimensions)));
}

function close(actual: Planes, expected: Planes, what: string): void {
  assert.equal(actual.re.length, expected.re.length, what);
  for (let at = 0; at < expected.re.length; at++) {
    const off = Math.max(
      Math.abs(actual.re[at]! - expected.re[at]!),
      Math.abs(actual.im[at]! - expected.im[at]!),
    );
    assert(off < tolerance, `${what}[${at}] is off by ${off}`);
  }
}

function refusal(code: string): (error: unknown) => boolean {
  return (error) => error instanceof HypervectorError && error.code === code;
}

Deno.test("HV17 bind, unbind, bundle and similarity of a workspace are those of planes, for any dimensions", () => {
  const sizes = fc.integer({ min: 1, max: 300 });
  const weights = fc.array(fc.integer({ min: -8, max: 8 }), { minLength: 1, maxLength: 12 });
  fc.assert(fc.property(sizes, weights, (dimensions, given) => {
    const space = new Workspace(kernel, { dimensions, vectors: 40 });
    const many = vectors(given.length, dimensions);
    const [x, y] = vectors(2, dimensions) as [Planes, Planes];
    const bundle = planes.bundle(many, given);
    close(space.within(() => space.bind(x, bundle)), planes.bind(x, bundle), "bind");
    close(space.within(() => space.unbind(bundle, y)), planes.unbind(bundle, y), "unbind");
    close(space.within(() => space.bundle(many, given)), bundle, "bundle");
    close(
      space.within(() => space.bundle(many.map((each) => space.hold(each)), given)),
      bundle,
      "held bundle",
    );
    const similarity = space.similarity(x, bundle);
    assert(Math.abs(similarity - planes.similarity(x, bundle)) < tolerance, "similarity");
    assert(Math.abs(space.similarity(x, x) - 1) < tolerance);
    const phases = atom("workspace", "0", dimensions);
    assert.deepEqual(space.within(() => space.fromPhases8(phases)), planes.fromPhases8(phases));
    const zero = { re: new Float32Array(dimensions), im: new Float32Array(dimensions) };
    assert.equal(space.similarity(x, zero), 0);
  }));
});

Deno.test("HV17 a hologram made in a workspace is the one made without, also when it has no room for it", () => {
  const dimensions = 1_024;
  const slots: Record<string, HologramSlot> = {
    name: { kind: "data", value: "Mira" },
    age: { kind: "data", value: 41.5 },
    tags: { kind: "data", value: ["red", "green", { deep: true }] },
    home: { kind: "reference", oid: "0190" },
    walk: { kind: "method", source: "return 1" },
  };
  const options = { seed: "workspace", dimensions };
  const expected = hologram(slots, options);
  for (const vectors of [2, 6, 100]) {
    close(
      hologram(slots, options, new Workspace(kernel, { dimensions, vectors })),
      expected,
      `${vectors} places`,
    );
  }
});

Deno.test("HV18 what a stretch of work makes is let go at its end but for its result, also when it throws", () => {
  const space = new Workspace(kernel, { dimensions: 64, vectors: 4 });
  const [x, y] = vectors(2, 64) as [Planes, Planes];
  const bound = planes.bind(x, y);
  const kept: Planes[] = [];
  for (let round = 0; round < 20; round++) {
    kept.push(space.within(() => {
      const pair = space.within(() => space.bind(x, y));
      const again = space.within(() => pair);
      assert.equal(again, pair);
      return space.within(() => space.unbind(pair, space.fromPhases8(atom("workspace", "1", 64))));
    }));
    assert.throws(() =>
      space.within(() => {
        space.hold(x);
        throw new RangeError("the work fails");
      }), RangeError);
  }
  for (const each of kept) close(each, x, "what was returned is a copy");
  close(space.within(() => space.bind(x, y)), bound, "and there is still room");
});

Deno.test("HV18 more vectors than there are places, other dimensions and wrong bytes are typed errors", () => {
  const space = new Workspace(kernel, { dimensions: 64, vectors: 3 });
  const many = vectors(4, 64);
  assert.throws(() => space.within(() => many.map((each) => space.hold(each))), refusal("over_limit"));
  assert.throws(() => space.within(() => space.bundle(many)), refusal("over_limit"));
  assert.throws(() => space.bundle([]), refusal("empty_bundle"));
  assert.throws(() => space.within(() => space.bundle(many.slice(0, 2), [1])), refusal("invalid_number"));
  assert.throws(
    () => space.within(() => space.bind(many[0]!, vectors(1, 63)[0]!)),
    refusal("dimension_mismatch"),
  );
  assert.throws(
    () => space.within(() => space.fromPhases8(new Uint8Array(65))),
    refusal("dimension_mismatch"),
  );
  assert.throws(() => new Workspace(kernel, { dimensions: 0 }), refusal("invalid_dimensions"));
  assert.throws(() => new Workspace(kernel, { dimensions: 64, vectors: 0 }), refusal("over_limit"));
  assert.throws(() => new Workspace(kernel, { dimensions: 65_536, vectors: 10_000 }), refusal("over_limit"));
  assert.throws(
    () => new Workspace(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0), { dimensions: 64 }),
    refusal("invalid_kernel"),
  );
});
