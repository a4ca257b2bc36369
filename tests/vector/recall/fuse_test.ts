import { deepStrictEqual as equal, ok } from "node:assert/strict";
import fc from "fast-check";
import {
  type Candidate,
  cosineWithSum,
  fuse,
  type RecallWeights,
  recallWeightsDefault as weights,
} from "../../../vector/mod.ts";

function candidate(id: string, more: Partial<Candidate> = {}): Candidate {
  return {
    id,
    cosine: null,
    bm25: null,
    share: null,
    surroundings: null,
    ageMs: 0,
    importance: 0,
    near: [],
    ...more,
  };
}

const order = (candidates: readonly Candidate[], more: Partial<RecallWeights> = {}) =>
  fuse(candidates, { ...weights, ...more }).map(({ id }) => id);

const share = fc.float({ min: 0, max: 1, noNaN: true });
const anyCandidate = fc.record({
  cosine: fc.option(fc.float({ min: -1, max: 1, noNaN: true })),
  share: fc.option(share),
  surroundings: fc.option(fc.float({ min: -1, max: 1, noNaN: true })),
  ageMs: fc.double({ min: 0, max: 1e13, noNaN: true }),
  importance: share,
}).map((parts) => ({ ...parts, bm25: parts.share }));
const anyWeights = fc.record({
  meaning: share,
  words: share,
  thread: share,
  recency: share,
  importance: share,
  fusion: fc.constantFrom("convex" as const, "rank" as const),
});

Deno.test("RC1 a score is from 0 to 1 and the sum of its reasons, and whoever is better in nothing stands no higher", () => {
  fc.assert(fc.property(fc.array(anyCandidate, { maxLength: 20 }), anyWeights, (parts, chosen) => {
    const candidates = parts.map((each, n) => candidate(`m${n}`, each));
    const ranked = fuse(candidates, { ...weights, ...chosen });
    equal(ranked.map(({ id }) => id).sort(), candidates.map(({ id }) => id).sort());
    for (const [n, { score, reasons }] of ranked.entries()) {
      ok(score >= 0 && score <= 1 + 1e-9, `a score of ${score}`);
      ok(Math.abs(reasons.reduce((sum, { points }) => sum + points, 0) - score) < 1e-9);
      ok(n === 0 || ranked[n - 1]!.score >= score);
    }
  }));
  fc.assert(fc.property(anyCandidate, anyWeights, share, (parts, chosen, more) => {
    const own = parts.share ?? 0;
    const worse = candidate("a", { ...parts, cosine: parts.cosine ?? 0, share: own });
    const better = { ...worse, id: "b", cosine: worse.cosine! + more, share: Math.min(1, own + more) };
    const ranked = fuse([worse, better], { ...weights, ...chosen, fusion: "convex" });
    const scores = new Map(ranked.map(({ id, score }) => [id, score]));
    ok(scores.get("b")! >= scores.get("a")! - 1e-9);
  }));
});

Deno.test("RC2 what both channels find stands above what one finds, and the weights decide between the two", () => {
  const both = candidate("both", { cosine: 0.6, bm25: 5, share: 0.6 });
  const meaning = candidate("meaning", { cosine: 0.7 });
  const words = candidate("words", { cosine: 0.1, bm25: 6, share: 0.7 });
  equal(order([meaning, words, both])[0], "both");
  equal(order([meaning, words], { words: 0 }), ["meaning", "words"]);
  equal(order([meaning, words], { meaning: 0, thread: 0 }), ["words", "meaning"]);
});

Deno.test("RC3 a hit lends its words' score to its neighbours in the thread: most to the next, less to the second next", () => {
  const hit = candidate("hit", { bm25: 8, share: 0.8 });
  const beside = (id: string, steps: number) => candidate(id, { near: [{ id: "hit", steps }] });
  const thread = [beside("second", 2), beside("next", -1), hit, beside("third", 3), candidate("away")];
  equal(order(thread).slice(0, 3), ["hit", "next", "second"]);
  const ranked = new Map(fuse(thread, weights).map((each) => [each.id, each]));
  equal(ranked.get("next")!.reasons.map(({ name, value }) => [name, value]), [[
    "neighbours",
    0.8 * weights.lendNext,
  ]]);
  equal([ranked.get("third")!.score, ranked.get("away")!.score], [0, 0]);
  equal(order(thread, { lendNext: 0, lendSecond: 0 }).slice(0, 2), ["hit", "away"]);
});

Deno.test("RC4 a memory counts together with those before and after it; what stands alone is its own surroundings", () => {
  const query = Float32Array.of(1, 0);
  ok(Math.abs(cosineWithSum(query, [Float32Array.of(0, 1), Float32Array.of(1, 0)]) - Math.SQRT1_2) < 1e-6);
  equal(cosineWithSum(query, [Float32Array.of(0, 1), Float32Array.of(0, -1)]), 0);
  equal(cosineWithSum(query, [query]), 1);
  const alone = candidate("alone", { cosine: 0.5 });
  const amid = candidate("amid", { cosine: 0.5, surroundings: 0.9 });
  const astray = candidate("astray", { cosine: 0.5, surroundings: 0.1 });
  equal(order([astray, alone, amid]), ["amid", "alone", "astray"]);
});

Deno.test("RC5 recency and importance count as much as their weights say, and nothing without", () => {
  const day = 86_400_000;
  const older = candidate("a", { cosine: 0.5, ageMs: 60 * day, importance: 1 });
  const newer = candidate("b", { cosine: 0.5, ageMs: 0 });
  equal(order([newer, older]), ["a", "b"]);
  equal(order([older, newer], { recency: 0.1 }), ["b", "a"]);
  equal(order([older, newer], { recency: 0.1, importance: 0.5 }), ["a", "b"]);
  const [first] = fuse([older], { ...weights, recency: 0.5, recencyHalfLifeDays: 30 });
  equal(first!.reasons.find(({ name }) => name === "recency")!.value, 0.25);
});

Deno.test("RC6 reciprocal-rank fusion is there as the floor: places count, scores do not", () => {
  const candidates = [
    candidate("a", { cosine: 0.9, bm25: 1, share: 0.1 }),
    candidate("b", { cosine: 0.8, bm25: 9, share: 0.9 }),
    candidate("c", { cosine: 0.1 }),
  ];
  const ranked = fuse(candidates, { ...weights, fusion: "rank" });
  equal(ranked.map(({ id }) => id), ["a", "b", "c"]);
  equal(ranked[0]!.score, ranked[1]!.score);
});
