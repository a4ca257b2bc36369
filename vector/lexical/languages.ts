/**
 * The language of a text and how its words are brought to their stem. A guess that is wrong does no harm: a query's
 * words are stemmed in the ways of all languages that the index holds.
 */
import { francAll } from "franc-min";
import snowball from "snowball-stemmers";
import { languageCharactersMax, languageCharactersMin, stemsKept } from "./limits.ts";

/** What franc calls a language, and what its stemmer is called. */
const STEMMERS: Readonly<Record<string, string>> = {
  ara: "arabic",
  cat: "catalan",
  ces: "czech",
  dan: "danish",
  deu: "german",
  eng: "english",
  fin: "finnish",
  fra: "french",
  hun: "hungarian",
  ita: "italian",
  nld: "dutch",
  nob: "norwegian",
  por: "portuguese",
  ron: "romanian",
  rus: "russian",
  spa: "spanish",
  swe: "swedish",
  tam: "tamil",
  tur: "turkish",
};
const GUESSED = Object.keys(STEMMERS);

/** The language of texts that are too short to tell. */
export const defaultLanguage = "eng";

/** An ISO 639-3 code of those that can be stemmed, `defaultLanguage` when it cannot be told. Pure. */
export function languageOf(text: string): string {
  const sample = text.slice(0, languageCharactersMax);
  if (sample.trim().length < languageCharactersMin) return defaultLanguage;
  const [best] = francAll(sample, { only: GUESSED, minLength: languageCharactersMin });
  const code = best?.[0];
  return code === undefined || code === "und" ? defaultLanguage : code;
}

interface Stemmer {
  readonly stem: (word: string) => string;
  readonly known: Map<string, string>;
}

/** Brings words to their stem; stemmers are made when first needed, and what they said is kept, bounded. */
export class Stemmers {
  readonly #stemmers = new Map<string, Stemmer>();

  /** @throws {RangeError} for a language that `languageOf` never gives */
  stem(word: string, language: string): string {
    const { stem, known } = this.#of(language);
    const kept = known.get(word);
    if (kept !== undefined) return kept;
    const made = stem(word);
    if (known.size >= stemsKept) known.clear();
    known.set(word, made);
    return made;
  }

  #of(language: string): Stemmer {
    const made = this.#stemmers.get(language);
    if (made !== undefined) return made;
    const name = STEMMERS[language];
    if (name === undefined) throw new RangeError(`There is no stemmer for the language "${language}"`);
    const stemmer = snowball.newStemmer(name);
    const entry = { stem: (word: string) => stemmer.stem(word), known: new Map<string, string>() };
    this.#stemmers.set(language, entry);
    return entry;
  }
}
