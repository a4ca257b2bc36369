/**
 * From a text to the terms under which it is found: Unicode segmentation, folding of case, width and Latin accents,
 * stems. Pure but for the stems that are kept.
 */
import type { Stemmers } from "./languages.ts";
import { lexicalTextCharactersMax, queryWordsMax, termCharactersMax } from "./limits.ts";

const segmenter = new Intl.Segmenter("und", { granularity: "word" });
const NOT_IN_WORD = /[^\p{L}\p{M}\p{N}]+/gu;

/** The words of a text in their order, folded; nothing but letters, marks and digits. */
export function wordsOf(text: string): string[] {
  // Folded only afterwards, as Thai is segmented wrongly when its vowels are taken apart.
  const whole = text.slice(0, lexicalTextCharactersMax).normalize("NFC");
  const words: string[] = [];
  for (const { segment, isWordLike } of segmenter.segment(whole)) {
    if (isWordLike !== true) continue;
    const folded = segment.normalize("NFKC").toLowerCase();
    const word = folded.replace(NOT_IN_WORD, "").slice(0, termCharactersMax);
    if (word !== "") words.push(word);
  }
  return words;
}

/** One term a word, in their order. */
export function termsOf(text: string, language: string, stemmers: Stemmers): string[] {
  return wordsOf(text).map((word) => withoutAccents(stemmers.stem(word, language)));
}

export interface QueryWord {
  /** As it was asked, folded. */
  readonly word: string;
  /** Its stems in the languages that the index holds. */
  readonly terms: readonly string[];
}

/** The different words of a query, each with the terms that it may stand under; at most `queryWordsMax`. */
export function queryWordsOf(text: string, languages: readonly string[], stemmers: Stemmers): QueryWord[] {
  const asked = [...new Set(wordsOf(text))].slice(0, queryWordsMax);
  const taken = new Set<string>();
  return asked.flatMap((word) => {
    const stems = languages.map((language) => withoutAccents(stemmers.stem(word, language)));
    const terms = [...new Set(stems)].filter((term) => !taken.has(term));
    for (const term of terms) taken.add(term);
    return terms.length === 0 ? [] : [{ word, terms }];
  });
}

function withoutAccents(term: string): string {
  return /\P{ASCII}/u.test(term) && /^[\p{Script=Latin}\p{M}\p{N}]+$/u.test(term)
    ? term.normalize("NFD").replace(/\p{Mn}+/gu, "").normalize("NFC")
    : term;
}
