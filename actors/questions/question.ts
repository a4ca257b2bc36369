/** Structured questions about objects, and what is answered. */
import type { Json } from "../object/mod.ts";

/** What can be asked. Objects are named by name or oid, roles are names of slots. */
export type Question =
  /** What fills `roles[0]` in `object`; what fills `roles[1]` in that; and so on. */
  | { readonly ask: "fills"; readonly object: string; readonly roles: readonly string[] }
  /** What is to `to` as `value` is to `from`. */
  | { readonly ask: "analogy"; readonly to: string; readonly value: Json; readonly from: string }
  /** Which objects have `role` ⊛ `value`. */
  | { readonly ask: "which"; readonly role: string; readonly value: Json };

/** One step: a role or a filler that was read out of a form. */
export interface Hop {
  /** What was asked at this step, in words. */
  readonly asked: string;
  /** The nearest there is, even where it is not near enough; null where there is nothing to compare with. */
  readonly nearest: string | null;
  /** -1 to 1. */
  readonly similarity: number;
  readonly margin: number;
  /** The similarity from on which the nearest is an answer. */
  readonly threshold: number;
  readonly known: boolean;
}

export interface Answer {
  /** The value as it is shown. */
  readonly text: string;
  /** The object that it is, or null for a value. */
  readonly oid: string | null;
  readonly similarity: number;
  /** How far the next that is not the same lies behind. */
  readonly margin: number;
}

/** Who made the structured question. */
export interface Translator {
  /** `person`: it was asked as it is. */
  readonly by: "person" | "persona" | "patterns";
  readonly persona: string | null;
  readonly model: string | null;
  /** Why no persona did, where words were translated by patterns. */
  readonly note: string | null;
}

export interface QuestionAnswer {
  readonly question: Question;
  readonly translator: Translator;
  /** The structured question in words, so that a wrong translation is seen. */
  readonly translation: string;
  /** The position of the image that was asked. */
  readonly position: string;
  /** False is "I do not know"; there are no answers then. */
  readonly known: boolean;
  readonly answers: readonly Answer[];
  readonly hops: readonly Hop[];
  /** How many values or objects the answer was chosen from. */
  readonly considered: number;
  /** Whether the image has more than a question looks at. */
  readonly truncated: boolean;
}

/** The structured question in words. */
export function translationOf(question: Question): string {
  switch (question.ask) {
    case "fills":
      return question.roles.reduce((inner, role) => `what fills ${role} in ${inner}`, question.object);
    case "analogy":
      return `what is to ${question.to} as ${showValue(question.value)} is to ${question.from}`;
    case "which":
      return `which objects have ${question.role} ⊛ ${showValue(question.value)}`;
  }
}

/** Texts as they are, everything else as JSON. */
export function showValue(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
