/**
 * What a cluster is about, without a model: its distinctive terms by class-based TF-IDF (after Grootendorst, "BERTopic",
 * 2022: how many members have a word, against how many of all memories do) and the sentence nearest to its centre. Pure.
 */
import { dot } from "../memory/mod.ts";
import { DEFINITION_CHARACTERS_MAX, TERMS, TITLE_CHARACTERS_MAX, TITLE_TERMS } from "./limits.ts";
import type { Memory } from "./ports.ts";
import { contentWords, sentencesOf, shortened } from "./words.ts";

/** How many of all memories have each word. */
export interface Vocabulary {
  readonly documents: number;
  readonly counts: ReadonlyMap<string, number>;
}

export interface Description {
  readonly title: string;
  readonly definition: string;
  readonly terms: readonly string[];
}

/** Sentences of so many members, the nearest to the centre, are looked at. */
const NEAREST_LOOKED_AT = 3;
/** A term of a title must be so much as likely as the first. */
const TITLE_SCORE_SHARE = 0.35;
/** Terms that begin alike are one word in two forms. */
const SAME_BEGINNING = 5;

export function* vocabularyOf(memories: Iterable<Pick<Memory, "text">>): Generator<void, Vocabulary> {
  const counts = new Map<string, number>();
  let documents = 0;
  for (const { text } of memories) {
    if (documents % 8 === 0) yield;
    documents++;
    for (const word of new Set(contentWords(text))) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return { documents, counts };
}

/** @param members at least one */
export function describe(members: readonly Memory[], vocabulary: Vocabulary): Description {
  const scored = distinctiveTerms(members, vocabulary);
  const terms = scored.slice(0, TERMS).map(({ term }) => term);
  const naming = scored.slice(0, TITLE_TERMS)
    .filter(({ score }) => score >= TITLE_SCORE_SHARE * (scored[0]?.score ?? 0)).map(({ term }) => term);
  const sentence = centralSentence(members, new Map(scored.map(({ term, score }) => [term, score])));
  const title = shortened(naming.length === 0 ? sentence : naming.join(", "), TITLE_CHARACTERS_MAX);
  return { title, definition: shortened(sentence, DEFINITION_CHARACTERS_MAX), terms };
}

function distinctiveTerms(members: readonly Memory[], { documents, counts }: Vocabulary) {
  const within = new Map<string, number>();
  for (const { text } of members) {
    for (const word of new Set(contentWords(text))) within.set(word, (within.get(word) ?? 0) + 1);
  }
  const scored = [...within].map(([term, count]) => ({
    term,
    score: (count / members.length) * Math.log(1 + documents / Math.max(count, counts.get(term) ?? 0)),
  })).sort((a, b) => b.score - a.score || (a.term < b.term ? -1 : 1));
  const chosen: { term: string; score: number }[] = [];
  for (const each of scored) {
    const beginning = each.term.slice(0, SAME_BEGINNING);
    const isForm = chosen.some(({ term }) =>
      term.startsWith(beginning) || (term.length >= 3 && each.term.startsWith(term))
    );
    if (!isForm) chosen.push(each);
    if (chosen.length === TERMS) break;
  }
  return chosen;
}

/** The members, the nearest to their centre first. */
export function byCentrality(members: readonly Memory[]): Memory[] {
  const centre = new Float32Array(members[0]!.vector.length);
  for (const { vector } of members) vector.forEach((value, at) => centre[at]! += value);
  return members.map((member) => ({ member, cosine: dot(member.vector, centre) }))
    .sort((a, b) => b.cosine - a.cosine || (a.member.oid < b.member.oid ? -1 : 1))
    .map(({ member }) => member);
}

/** Of the members nearest to the centre the sentence that says most of what they share. */
function centralSentence(members: readonly Memory[], scores: ReadonlyMap<string, number>): string {
  let best = { sentence: members[0]!.text, score: -1 };
  for (const [rank, { text }] of byCentrality(members).slice(0, NEAREST_LOOKED_AT).entries()) {
    for (const sentence of sentencesOf(text)) {
      const words = new Set(contentWords(sentence));
      const said = [...words].reduce((sum, word) => sum + (scores.get(word) ?? 0), 0);
      const score = said / Math.sqrt(Math.max(1, words.size)) / (1 + rank / NEAREST_LOOKED_AT);
      if (score > best.score) best = { sentence, score };
    }
  }
  return best.sentence;
}
