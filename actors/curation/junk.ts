/** Which memories are worth nothing to anybody who recalls: a pure look at the text, with the reason in words. */
import { allWords } from "./words.ts";

/** What people say to say that they are there. */
const COURTESIES = new Set(
  ("ok okay yes yeah yep no nope thanks thank you thx please hi hello hey bye goodbye lol haha hahaha hmm hm um uh wow " +
    "cool nice great good sure right test testing asdf qwerty ja nein danke bitte hallo tschüss oui non merci salut " +
    "bonjour sí si gracias hola adiós").split(" "),
);
/** Texts with more words are never only courtesies. */
const COURTESY_WORDS_MAX = 4;
/** One word said so often is no text. */
const REPEATED_MIN = 5;
const REPEATED_SHARE = 0.8;
/** A run of letters and digits so long, and nearly nothing beside it, is data. */
const UNBROKEN_MIN = 60;
const UNBROKEN_SHARE = 0.8;

/** Why a text is junk, or null. */
export function junkReason(text: string): string | null {
  const words = allWords(text);
  if (words.length === 0) return "it has no words";
  if (words.length <= COURTESY_WORDS_MAX && words.every((word) => COURTESIES.has(word))) {
    return "it says nothing but a word of courtesy";
  }
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  const most = Math.max(...counts.values());
  if (words.length >= REPEATED_MIN && most / words.length >= REPEATED_SHARE) return "it repeats one word";
  const plain = text.trim();
  const longest = plain.match(/[A-Za-z0-9+/=_-]+/gu)?.reduce((a, b) => b.length > a.length ? b : a, "") ?? "";
  if (longest.length >= UNBROKEN_MIN && longest.length / plain.length >= UNBROKEN_SHARE) {
    return "it is data and no text";
  }
  return null;
}
