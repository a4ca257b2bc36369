/**
 * Who speaks when. One persona answers alone; several answer side by side, or one after the other, and hear one
 * another only when they deliberate; then one speaks for all. Pure.
 */
import type { Persona } from "./ports.ts";

/** `revise`: to say again, after hearing the others, what one holds. `synthesize`: to make one answer of all. */
export type Task = "answer" | "revise" | "synthesize";

/** `side_by_side`: each answers for itself, at the same time. `in_turn`: one after the other. */
export type Manner = "side_by_side" | "in_turn";

/** Who answers a question, and how. */
export interface Cast {
  /** At least one, each once, in the order in which they speak. */
  readonly personas: readonly Persona[];
  readonly manner: Manner;
  /** Whether each is shown the others' words. */
  readonly deliberate: boolean;
  /** Who gives the answer that the person reads: the only persona, or who speaks for several. */
  readonly speaker: Persona;
  /** Why these, in words. */
  readonly reason: string;
}

/** One persona's part in an answer. */
export interface Turn {
  readonly persona: Persona;
  readonly task: Task;
  /** Whether what was said in earlier rounds is shown. */
  readonly hears: boolean;
  /** Whether its words are the answer. */
  readonly isLast: boolean;
}

/** The rounds before the last word: the turns of one round speak at the same time. Never empty. */
export function roundsOf(cast: Cast): readonly (readonly Turn[])[] {
  const { personas, manner, deliberate } = cast;
  if (!isSeveral(cast)) {
    return [[{ persona: cast.speaker, task: "answer", hears: false, isLast: true }]];
  }
  const answers = personas.map((persona): Turn => ({ persona, task: "answer", hears: false, isLast: false }));
  if (manner === "in_turn") {
    return answers.map((turn, index) => [{ ...turn, hears: deliberate && index > 0 }]);
  }
  if (!deliberate) return [answers];
  return [answers, answers.map((turn): Turn => ({ ...turn, task: "revise", hears: true }))];
}

/** The turn that makes one answer of what several said. */
export function lastWord(cast: Cast): Turn {
  return { persona: cast.speaker, task: "synthesize", hears: true, isLast: true };
}

export function isSeveral(cast: Cast): boolean {
  return cast.personas.length > 1;
}

/** How several answer, in words: for the reason that a person reads. */
export function mannerInWords({ manner, deliberate }: Pick<Cast, "manner" | "deliberate">): string {
  const how = manner === "in_turn" ? "in turn" : "side by side";
  return deliberate ? `${how}, hearing one another` : how;
}
