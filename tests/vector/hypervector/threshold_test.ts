/** The threshold of "I do not know": what chance reaches in at most 1 % of questions, and no more than that. */
import assert from "node:assert/strict";
import {
  atom,
  calibrate,
  cleanup,
  HypervectorError,
  noiseThreshold,
  planes,
} from "../../../vector/hypervector/mod.ts";

const dimensions = 1_024;
const QUESTIONS = 500;

for (const seed of ["one", "two", "three"]) {
  const codebook = Array.from({ length: 400 }, (_, index) => ({
    name: `entry ${index}`,
    phases: atom(seed, `entry ${index}`, dimensions),
  }));
  const vector = (name: string) => planes.fromPhases8(atom(seed, name, dimensions));
  const { threshold, deviation } = calibrate(codebook);

  Deno.test(`HV16 at most 1 % of ${QUESTIONS} random questions are answered (seed ${seed})`, () => {
    let answered = 0;
    for (let question = 0; question < QUESTIONS; question++) {
      // Records of five pairs, asked for a role that they do not have.
      const pairs = [0, 1, 2, 3, 4].map((place) =>
        planes.bind(vector(`role ${question} ${place}`), vector(`entry ${(question * 5 + place) % 400}`))
      );
      const asked = planes.unbind(planes.bundle(pairs), vector(`stranger ${question}`));
      if (cleanup(asked, codebook, { resonanceMin: threshold }) !== null) answered++;
    }
    assert(answered <= QUESTIONS / 100, `${answered} of ${QUESTIONS} answered`);
  });

  Deno.test(`HV16 what has an answer gets it, with a margin (seed ${seed})`, () => {
    assert(Math.abs(deviation * Math.sqrt(2 * dimensions) - 1) < 0.1);
    for (let question = 0; question < 40; question++) {
      const pairs = [0, 1, 2, 3, 4].map((place) =>
        planes.bind(vector(`role ${place}`), vector(`entry ${question * 5 + place}`))
      );
      const found = cleanup(planes.unbind(planes.bundle(pairs), vector("role 2")), codebook, {
        resonanceMin: threshold,
      });
      assert.equal(found?.name, `entry ${question * 5 + 2}`);
      assert(found.margin > threshold, `a margin of ${found.margin}`);
    }
  });
}

Deno.test("HV16 the threshold rises with the entries and falls with dimensions and with the share allowed", () => {
  assert(noiseThreshold(10_000, 10_000) > noiseThreshold(100, 10_000));
  assert(noiseThreshold(100, 10_000) < noiseThreshold(100, 1_024));
  assert(noiseThreshold(100, 1_024, 0.1) < noiseThreshold(100, 1_024, 0.001));
  // The upper 0.5 % of one normal deviate is 2.5758.
  assert(Math.abs(noiseThreshold(1, 5_000, 0.005) - 0.025758) < 1e-5);
});

Deno.test("HV7 an empty codebook and a share that is none are refused", () => {
  const codebook = [{ name: "one", phases: atom("x", "one", dimensions) }];
  for (
    const [refused, code] of [
      [() => calibrate([]), "over_limit"],
      [() => calibrate(codebook, 0), "invalid_number"],
      [() => noiseThreshold(1, dimensions, 1), "invalid_number"],
      [() => calibrate([...codebook, { name: "short", phases: new Uint8Array(8) }]), "dimension_mismatch"],
    ] as const
  ) {
    assert.throws(refused, (error) => error instanceof HypervectorError && error.code === code);
  }
});
