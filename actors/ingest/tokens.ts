/**
 * How many tokens a text is to the embedding model, estimated without the model's vocabulary: a word of Latin letters
 * costs one token and another for each two letters beyond the fourth, every other letter, digit pair and sign costs one
 * of its own. Of the model's own count that is 1.4 times in English, 1.1 times in German, 0.86 times in Turkish; for
 * words that are no words, such as checksums, it is 0.7 times, and the end of a memory full of them is not embedded. Pure.
 */

/** Letters of a Latin word that are one token in nearly all texts, and those of each further token. */
const FIRST_LETTERS = 4;
const NEXT_LETTERS = 2;

const PIECES = /[A-Za-z\u00c0-\u024f]+|\d{1,2}|[^\s]/gu;

export function tokensOf(text: string): number {
  let tokens = 0;
  for (const [piece] of text.matchAll(PIECES)) {
    tokens += piece.length <= FIRST_LETTERS
      ? 1
      : 1 + Math.ceil((piece.length - FIRST_LETTERS) / NEXT_LETTERS);
  }
  return tokens;
}
