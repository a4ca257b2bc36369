/**
 * One answer while it is being made: its chart, the text so far, what it holds and must give back. Tokens are
 * written here and emitted at once; they are no events of the chart, so that a token costs one append and one
 * call.
 */
import type { RecallHitLike } from "../minds/mod.ts";
import type { Plan } from "./plan.ts";
import type { Outcome, Question } from "./query_machine.ts";

/** What a client that connects in mid-answer is told; field names are those of `ANSWER_SNAPSHOT`. */
export interface AnswerSnapshot {
  readonly answer: string;
  readonly persona_id: string;
  readonly persona_name: string;
  readonly query_text: string;
  readonly thread: string;
  readonly mind: string;
  readonly reason: string;
  readonly memories: RecallHitLike[];
  readonly text: string;
  /** The length of `text` in UTF-16 code units: where the next token begins. */
  readonly offset: number;
}

export class AnswerRun {
  readonly question: Question;
  /** Resolves when the question is found valid; rejects with what is wrong with it. */
  readonly accepted = Promise.withResolvers<void>();
  readonly ended = Promise.withResolvers<Outcome>();
  /** Aborted by a cancel; the commit looks at it. */
  readonly cancelled = new AbortController();
  readonly #held: (() => void)[] = [];
  #plan: Plan | null = null;
  #isAccepted = false;
  #isOver = false;
  #text = "";

  constructor(question: Question) {
    this.question = question;
  }

  get isAccepted(): boolean {
    return this.#isAccepted;
  }

  get text(): string {
    return this.#text;
  }

  accept(): void {
    this.#isAccepted = true;
    this.accepted.resolve();
  }

  begin(plan: Plan): void {
    this.#plan = plan;
  }

  /** Appends the token and answers where it begins. */
  append(token: string): number {
    const offset = this.#text.length;
    this.#text += token;
    return offset;
  }

  /** Keeps what must be given back at the end; gives it back at once when the step that got it is over. */
  hold(release: () => void, signal: AbortSignal): void {
    if (signal.aborted) release();
    else this.#held.push(release);
  }

  /** No longer shown as running: its end was or is about to be told. */
  conclude(): void {
    this.#isOver = true;
  }

  /** Gives back everything, the last taken first. */
  release(): void {
    for (const release of this.#held.splice(0).reverse()) release();
  }

  /** Null before the answer started and after it ended. */
  snapshot(): AnswerSnapshot | null {
    const plan = this.#plan;
    if (plan === null || this.#isOver) return null;
    return {
      answer: this.question.answer,
      persona_id: plan.persona.oid,
      persona_name: plan.persona.name,
      query_text: this.question.text,
      thread: this.question.thread,
      mind: plan.mind.name,
      reason: plan.reason,
      memories: [...plan.memories],
      text: this.#text,
      offset: this.#text.length,
    };
  }
}
