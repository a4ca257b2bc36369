/**
 * Which memories say the same: copies, texts that differ in case, marks and spaces, and texts that differ in a mistyped
 * word or in words that say nothing. Numbers, signs, names and whatever turns the sense must be the same, as what is
 * taken for a duplicate is recalled no more. Pure.
 */
import { editDistance } from "../object/mod.ts";
import {
  COMPARED_WORDS_MAX,
  KEYED_WORDS_MAX,
  NEAR_WORDS_MIN,
  WORDS_A_FILLER,
  WORDS_A_TYPO,
} from "./limits.ts";
import { allWords, figuresOf, isFiller, turnsSense } from "./words.ts";

/** A text as it is compared. */
export interface Compared {
  readonly oid: string;
  readonly text: string;
  readonly words: readonly string[];
  readonly figures: string;
}

export function compared(oid: string, text: string): Compared {
  return { oid, text, words: allWords(text), figures: figuresOf(text) };
}

/** The same for texts with the same words, numbers and signs. Null for a text without words, which says nothing. */
export function formOf({ words, figures }: Compared): string | null {
  return words.length === 0 ? null : `${words.join(" ")} | ${figures}`;
}

/** Why two texts say the same, or null. `isRare` says of a word that it may be a slip of the other. */
export function sameReason(
  a: Compared,
  b: Compared,
  isRare: (word: string, other: string) => boolean,
): string | null {
  if (a.text === b.text) return "the same text";
  const form = formOf(a);
  if (form !== null && form === formOf(b)) return "the same words";
  return nearReason(a, b, isRare);
}

function nearReason(
  a: Compared,
  b: Compared,
  isRare: (word: string, other: string) => boolean,
): string | null {
  const longest = Math.max(a.words.length, b.words.length);
  const shortest = Math.min(a.words.length, b.words.length);
  if (a.figures !== b.figures || shortest < NEAR_WORDS_MIN || longest > COMPARED_WORDS_MAX) return null;
  const typosMax = 1 + Math.floor(shortest / WORDS_A_TYPO);
  const fillersMax = 1 + Math.floor(shortest / WORDS_A_FILLER);
  if (longest - shortest > fillersMax) return null;
  let typos = 0;
  let fillers = 0;
  // Side by side: a word that is not in its place is mistyped there, or one side has it and says nothing by it.
  for (let i = 0, j = 0; i < a.words.length || j < b.words.length;) {
    const [left, right] = [a.words[i], b.words[j]];
    if (left === right) {
      i++;
      j++;
      continue;
    }
    if (left !== undefined && right !== undefined && isTypo(left, right, { a: [a, i], b: [b, j], isRare })) {
      typos++;
      i++;
      j++;
    } else if (left !== undefined && isFiller(left) && a.words[i + 1] === right) {
      fillers++;
      i++;
    } else if (right !== undefined && isFiller(right) && b.words[j + 1] === left) {
      fillers++;
      j++;
    } else return null;
    if (typos > typosMax || fillers > fillersMax) return null;
  }
  return typos > 0 ? "the same but for a mistyped word" : "the same but for a word that adds nothing";
}

interface Pair {
  /** Each with the place of the word that is compared. */
  readonly a: readonly [Compared, number];
  readonly b: readonly [Compared, number];
  readonly isRare: (word: string, other: string) => boolean;
}

/** A word that only one text has, a letter or two from another: names are no slips of one another. */
function isTypo(left: string, right: string, { a, b, isRare }: Pair): boolean {
  const length = Math.min(left.length, right.length);
  const distanceMax = length < 5 ? 0 : length < 8 ? 1 : 2;
  if (Math.abs(left.length - right.length) > distanceMax) return false;
  if (!isRare(left, right) && !isRare(right, left)) return false;
  if (length < TURNING_LENGTH_MIN && (turnsSense(left) || turnsSense(right))) return false;
  if (/\d/u.test(left + right) || editDistance(left, right) > distanceMax) return false;
  return !(isName(...a) || isName(...b));
}

/** Shorter words that turn the sense are a letter or two from words that do not. */
const TURNING_LENGTH_MIN = 6;

/** Whether a text writes its word there with a capital, and does not begin a sentence with it. */
function isName({ words, text }: Compared, place: number): boolean {
  const lower = text.toLowerCase();
  // What changes its length when it is folded cannot be looked up by place.
  if (lower.length !== text.length || text === text.toUpperCase()) return false;
  let at = -1;
  for (let word = 0, from = 0; word <= place; word++, from = at + words[word - 1]!.length) {
    at = lower.indexOf(words[word]!, from);
    if (at === -1) return false;
  }
  const isCapital = text[at] !== lower[at];
  return isCapital && !/[.!?:]\s*$|^\W*$/u.test(text.slice(0, at));
}

/**
 * Keys of which two texts share one when they differ in one word at most, what says nothing left out. None for a long
 * text: that is compared with its neighbours alone.
 */
export function nearKeys({ words, figures }: Compared): string[] {
  const said = words.filter((word) => !isFiller(word));
  if (words.length < NEAR_WORDS_MIN || said.length > KEYED_WORDS_MAX) return [];
  return [said, ...said.map((_, at) => said.toSpliced(at, 1, "*"))]
    .map((each) => `${each.join(" ")} | ${figures}`);
}

/** Of two that say the same, the one that stays: that with more words, else the older. */
export function survivorOf(a: Compared, b: Compared): Compared {
  if (a.words.length !== b.words.length) return a.words.length > b.words.length ? a : b;
  return a.oid < b.oid ? a : b;
}
