/** Finds what a person means by a few letters. Pure. */

/**
 * How well `query` fits `text`: the letters must come in order; runs and beginnings of words count more.
 * @returns null when it does not fit
 */
export function fuzzyScore(query: string, text: string): number | null {
  const wanted = query.toLowerCase().replace(/\s+/g, "");
  const lower = text.toLowerCase();
  if (wanted === "") return 0;
  const exact = lower.indexOf(query.toLowerCase().trim());
  if (exact >= 0) return 1000 - exact - lower.length * 0.1 + (exact === 0 ? 100 : 0);
  let score = 0, at = -1;
  for (const letter of wanted) {
    const next = lower.indexOf(letter, at + 1);
    if (next < 0) return null;
    const startsWord = next === 0 || /[\s_\-./]/.test(lower[next - 1]!);
    score += next === at + 1 ? 8 : startsWord ? 6 : 1;
    at = next;
  }
  return score - lower.length * 0.05;
}

/** The items that fit, best first; in their own order when nothing is asked. */
export function fuzzyFilter<T>(
  items: readonly T[],
  query: string,
  options: { readonly text: (item: T) => string; readonly limit: number },
): T[] {
  if (query.trim() === "") return items.slice(0, options.limit);
  return items
    .map((item) => ({ item, score: fuzzyScore(query, options.text(item)) }))
    .filter((each): each is { item: T; score: number } => each.score !== null)
    .sort((a, b) => b.score - a.score)
    .slice(0, options.limit)
    .map(({ item }) => item);
}
