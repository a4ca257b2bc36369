/** Which existing selectors a person may have meant: a pure kernel over edit distance. */
import { NEAREST_SELECTORS_MAX } from "./limits.ts";

/** Damerau-Levenshtein distance with adjacent transpositions (optimal string alignment), in code units. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, beforeLast[j - 2]! + 1);
      }
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}

/** The selectors most like `selector`, the likest first; those with nothing in common are left out. */
export function nearestSelectors(selector: string, existing: Iterable<string>): string[] {
  const wanted = selector.slice(0, 64).toLowerCase();
  const scored: { name: string; score: number }[] = [];
  for (const name of new Set(existing)) {
    const candidate = name.slice(0, 64).toLowerCase();
    const longest = Math.max(wanted.length, candidate.length);
    const contains = candidate.includes(wanted) || wanted.includes(candidate);
    const score = contains ? 0.2 : editDistance(wanted, candidate) / longest;
    if (score <= 0.6) scored.push({ name, score });
  }
  scored.sort((a, b) => a.score - b.score || (a.name < b.name ? -1 : 1));
  return scored.slice(0, NEAREST_SELECTORS_MAX).map(({ name }) => name);
}
