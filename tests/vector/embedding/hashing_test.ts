import { deepStrictEqual as equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { embedByHashing, hashSpace } from "../../../vector/embedding/mod.ts";
import { sha256Of } from "../../../vector/embedding/model_files.ts";
import { innerProduct } from "../exact/fixture.ts";

Deno.test("VE7 hashing is a pure function whose bytes are a promise to images that exist", async () => {
  const vector = embedByHashing("The garden gate creaks when it rains, says Zoë.");
  equal(vector, embedByHashing("The garden gate creaks when it rains, says Zoë."));
  // A change of this sum is a change of the space: it then needs another id.
  equal(hashSpace.id, "lexical-hashing-384-1");
  const rounded = Int16Array.from(vector, (value) => Math.round(value * 10_000));
  equal((await sha256Of(new Uint8Array(rounded.buffer))).slice(0, 16), "55ae53f81a227ecb");
});

Deno.test("VE7 every text has a vector of length one, or of zero when it has no letter and no digit", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), (text) => {
    const vector = embedByHashing(text);
    equal(vector.length, hashSpace.dimensions);
    const length = Math.sqrt(innerProduct(vector, vector));
    const hasWords = /[\p{L}\p{N}\p{M}]/u.test(text.normalize("NFKC").toLowerCase());
    if (!hasWords) equal(length, 0);
    else ok(Math.abs(length - 1) < 1e-5 || length === 0, `length ${length}`);
  }));
  equal(embedByHashing("?! …").some((value) => value !== 0), false);
});

Deno.test("VE8 hashing ignores case, order and punctuation, and finds shared words and parts of words", () => {
  const near = (a: string, b: string) => innerProduct(embedByHashing(a), embedByHashing(b));
  ok(near("Garden gate!", "gate, GARDEN") > 0.999);
  ok(
    near("the garden gate creaks", "a gate in the garden") >
      near("the garden gate creaks", "quarterly revenue rose"),
  );
  ok(near("gardening", "gardener") > 0.3);
  ok(Math.abs(near("violin concert tonight", "stock exchange panic")) < 0.2);
});
