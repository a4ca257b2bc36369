import assert from "node:assert/strict";
import fc from "fast-check";
import { editDistance, NEAREST_SELECTORS_MAX, nearestSelectors } from "../../../actors/object/mod.ts";

Deno.test("AC8 edit distance is a metric on short words", () => {
  const word = fc.string({ maxLength: 8 });
  fc.assert(fc.property(word, word, (a, b) => {
    assert.equal(editDistance(a, b), editDistance(b, a));
    assert.equal(editDistance(a, b) === 0, a === b);
    assert.ok(editDistance(a, b) >= Math.abs(a.length - b.length));
    assert.ok(editDistance(a, b) <= Math.max(a.length, b.length));
  }));
});

Deno.test("AC8 swapped neighbours, dropped letters and other cases are near", () => {
  const known = ["area", "perimeter", "describe", "slotNames", "scale"];
  assert.equal(nearestSelectors("aera", known)[0], "area");
  assert.equal(nearestSelectors("perimter", known)[0], "perimeter");
  assert.equal(nearestSelectors("SlotNames", known)[0], "slotNames");
  assert.deepEqual(nearestSelectors("qqqqqqqq", known), []);
});

Deno.test("AC8 no more are offered than help", () => {
  const known = Array.from({ length: 50 }, (_, index) => `area${index}`);
  assert.equal(nearestSelectors("area", known).length, NEAREST_SELECTORS_MAX);
});
