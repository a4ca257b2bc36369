/** Agreement with torchhd 5.8.4 on vectors with a fixed seed: `fhrr_torchhd.json` here, made by torchhd. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { phasesF32, planes } from "../../../vector/hypervector/mod.ts";
import { findFile, sharedFolder, testWithParts } from "../../support/parts.ts";

interface Vectors {
  source: string;
  dimensions: number;
  x: number[];
  y: number[];
  z: number[];
  bind_x_y: number[];
  unbind_xy_y: number[];
  inverse_x: number[];
  permute_x_1: number[];
  bundle_x_y_z: [number, number][];
  cosine_x_y: number;
  cosine_x_bundle: number;
}

const sharedVectors = await findFile(join(sharedFolder(), "data", "fhrr-torchhd.json"));

const tolerance = 1e-4;
const committed = new URL("./fhrr_torchhd.json", import.meta.url);

function close(actual: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  assert.equal(actual.length, expected.length, what);
  for (let index = 0; index < actual.length; index++) {
    const off = Math.abs(actual[index] - expected[index]);
    assert(off < tolerance, `${what}[${index}]: ${actual[index]} is off by ${off} from ${expected[index]}`);
  }
}

function agree(vectors: Vectors): void {
  const [x, y, z] = [vectors.x, vectors.y, vectors.z].map((phases) => Float32Array.from(phases));
  assert.equal(x.length, vectors.dimensions);
  close(phasesF32.bind(x, y), vectors.bind_x_y, "bind");
  close(phasesF32.unbind(phasesF32.bind(x, y), y), vectors.unbind_xy_y, "unbind");
  close(phasesF32.inverse(x), vectors.inverse_x, "inverse");
  close(phasesF32.permute(x, 1), vectors.permute_x_1, "permute");
  close(phasesF32.power(x, 1), vectors.x, "power 1");
  close(phasesF32.power(x, -1), vectors.inverse_x, "power -1");
  const [p, q, r] = [x, y, z].map(planes.fromPhases);
  const bundle = planes.bundle([p, q, r]);
  close(bundle.re, vectors.bundle_x_y_z.map(([re]) => re), "bundle, real");
  close(bundle.im, vectors.bundle_x_y_z.map(([, im]) => im), "bundle, imaginary");
  close(planes.toPhases(planes.bind(p, q)), vectors.bind_x_y, "bind in planes");
  close(
    [planes.similarity(p, q), phasesF32.similarity(x, y)],
    [vectors.cosine_x_y, vectors.cosine_x_y],
    "cosine",
  );
  close([planes.similarity(p, bundle)], [vectors.cosine_x_bundle], "cosine with a bundle");
}

Deno.test("HV8 bind, unbind, inverse, permute, power, bundle and cosine agree with torchhd to 1e-4", async () => {
  agree(JSON.parse(await Deno.readTextFile(committed)));
});

testWithParts("HV8 the committed vectors are those of the shared folder", sharedVectors, async (path) => {
  assert.deepEqual(JSON.parse(await Deno.readTextFile(path)), JSON.parse(await Deno.readTextFile(committed)));
});
