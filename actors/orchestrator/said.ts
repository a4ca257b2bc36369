/** What came of a persona's turn in an answer: its words, or why there are none. */
import type { Plan } from "./plan.ts";
import type { Usage } from "./ports.ts";
import type { Turn } from "./schedule.ts";

/** What one persona said. */
export interface Said {
  readonly turn: Turn;
  readonly plan: Plan;
  readonly text: string;
  readonly tokens: number;
  readonly usage: Usage;
  readonly model: string;
}

/** One of several who could not answer, while the others go on. */
export interface Missed {
  readonly turn: Turn;
  readonly mind: string;
  readonly reason: string;
  /** What was said until then, and what stands in its place. */
  readonly text: string;
  readonly failure: Error;
}

/** What came of one turn. */
export type Word = Said | Missed;

export function isMissed(word: Word): word is Missed {
  return !isSaid(word);
}

export function isSaid(word: Word): word is Said {
  return "plan" in word;
}
