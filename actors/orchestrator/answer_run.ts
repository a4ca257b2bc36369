/**
 * One answer while it is being made: what was said so far, by whom, what it holds and must give back. Tokens are
 * written here and emitted at once; they are no events of the chart, so that a token costs one append and one call.
 */
import type { RecallHitLike } from "../minds/mod.ts";
import type { Outcome, Question } from "./query_machine.ts";
import type { Task } from "./schedule.ts";

/** Who gives the answer, and why; told when it starts. */
export interface AnswerHead {
  readonly persona_id: string;
  readonly persona_name: string;
  readonly mind: string;
  readonly reason: string;
  readonly memories: RecallHitLike[];
  /** The exchange whose prompt is asked again. */
  readonly replay_of?: string;
}

/** One of several before the answer itself, and what it has said so far. */
export interface VoiceSnapshot {
  readonly voice: number;
  readonly persona_id: string;
  readonly persona_name: string;
  readonly task: Task;
  readonly mind: string;
  readonly reason: string;
  readonly text: string;
}

/** What a client that connects in mid-answer is told; field names are those of `ANSWER_SNAPSHOT`. */
export interface AnswerSnapshot extends AnswerHead {
  readonly answer: string;
  readonly query_text: string;
  readonly thread: string;
  readonly text: string;
  /** The length of `text` in UTF-16 code units: where the next token begins. */
  readonly offset: number;
  readonly voices?: readonly VoiceSnapshot[];
}

/** A text that grows. */
export interface Spoken {
  text: string;
}

export class AnswerRun {
  readonly question: Question;
  /** Resolves when the question is found valid; rejects with what is wrong with it. */
  readonly accepted = Promise.withResolvers<void>();
  readonly ended = Promise.withResolvers<Outcome>();
  /** Aborted by a cancel; the commit looks at it. */
  readonly cancelled = new AbortController();
  /** Oids of what was recalled for it: its words may be made of any of these. */
  madeOf: readonly string[] = [];
  readonly #held: (() => void)[] = [];
  readonly #voices: (Omit<VoiceSnapshot, "text"> & Spoken)[] = [];
  readonly #last: Spoken = { text: "" };
  #head: AnswerHead | null = null;
  #isAccepted = false;
  #isOver = false;
  #length = 0;

  constructor(question: Question) {
    this.question = question;
  }

  get isAccepted(): boolean {
    return this.#isAccepted;
  }

  /** Of all that was said, in UTF-16 code units. */
  get length(): number {
    return this.#length;
  }

  accept(): void {
    this.#isAccepted = true;
    this.accepted.resolve();
  }

  /** False when it has begun already. */
  begin(head: AnswerHead): boolean {
    const isFirst = this.#head === null;
    this.#head = head;
    return isFirst;
  }

  /** Another voice before the answer. */
  addVoice(about: Omit<VoiceSnapshot, "text" | "voice">): Omit<VoiceSnapshot, "text"> & Spoken {
    const voice = { ...about, voice: this.#voices.length, text: "" };
    this.#voices.push(voice);
    return voice;
  }

  /** What a persona says at a task, when it has begun. */
  voiceOf(persona_id: string, task: Task): ReturnType<AnswerRun["addVoice"]> | undefined {
    return this.#voices.find((each) => each.persona_id === persona_id && each.task === task);
  }

  /** The answer itself. */
  get last(): Spoken {
    return this.#last;
  }

  /** Appends the token and answers where it begins. */
  append(spoken: Spoken, token: string): number {
    const offset = spoken.text.length;
    spoken.text += token;
    this.#length += token.length;
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
    if (this.#head === null || this.#isOver) return null;
    const { answer, text: query_text, thread } = this.question;
    const { text } = this.#last;
    return {
      ...this.#head,
      answer,
      query_text,
      thread,
      text,
      offset: text.length,
      ...(this.#voices.length === 0 ? {} : { voices: this.#voices.map((each) => ({ ...each })) }),
    };
  }
}
