/**
 * Puts one answer together from a stream that carries many things: each piece of text once, in order, whatever was
 * cut and repeated; and its end.
 */
import type { RecallHit, StreamEvent } from "../protocol.ts";
import { CliError } from "./cli_error.ts";

/** The mind that has no model and quotes memory. */
export const RECALL_MIND = "recall";

export interface FinishedAnswer {
  readonly answer: string;
  readonly persona: string;
  readonly text: string;
  /** `recall` quotes memory, as no model is there. */
  readonly mind: string;
  /** The model that answered, which may stand in for the persona's own; null where none is known. */
  readonly model: string | null;
  /** Why this persona and this model, and what was amiss: one line. */
  readonly reason: string;
  readonly memories: readonly RecallHit[];
  readonly position: string;
}

/** What one of several said before the answer itself. */
export interface HeardVoice {
  readonly persona_name: string;
  text: string;
}

export interface AnswerFollowerOptions {
  /** Takes the answer, piece by piece. */
  readonly write: (text: string) => void;
  /** Takes what each of several said, whole, before the first piece of the answer. */
  readonly onVoice: (voice: HeardVoice) => void;
}

type Complete = Extract<StreamEvent, { command: "PERSONA_RESPONSE_COMPLETE" }>;

export class AnswerFollower {
  readonly #options: AnswerFollowerOptions;
  readonly #voices = new Map<number, HeardVoice>();
  readonly #outcome = Promise.withResolvers<FinishedAnswer>();
  #answer: string | undefined;
  #persona = "";
  #reason = "";
  #written = "";
  /** Events from before the answer's id was known. */
  #early: StreamEvent[] = [];

  constructor(options: AnswerFollowerOptions) {
    this.#options = options;
    // Whoever asks awaits this; a failure before that must not count as unheard.
    this.#outcome.promise.catch(() => undefined);
  }

  /** Resolves when the answer is committed; rejects when it was stopped or is lost. */
  get finished(): Promise<FinishedAnswer> {
    return this.#outcome.promise;
  }

  begin(answer: string): void {
    this.#answer = answer;
    const early = this.#early;
    this.#early = [];
    for (const event of early) this.take(event);
  }

  fail(error: unknown): void {
    this.#outcome.reject(error);
  }

  take(event: StreamEvent): void {
    if (!("answer" in event)) return;
    if (this.#answer === undefined) return void this.#early.push(event);
    if (event.answer !== this.#answer) return;
    switch (event.command) {
      case "ANSWER_STARTED":
        this.#persona = event.persona_name;
        this.#reason = event.reason;
        return;
      case "ANSWER_SNAPSHOT":
        this.#persona = event.persona_name;
        this.#reason = event.reason;
        for (const { voice, persona_name, text } of event.voices ?? []) {
          this.#voices.set(voice, { persona_name, text });
        }
        return this.#grow(0, event.text);
      case "VOICE_STARTED":
        this.#voices.set(event.voice, { persona_name: event.persona_name, text: "" });
        return;
      case "VOICE_PARTIAL": {
        const heard = this.#voices.get(event.voice);
        if (heard !== undefined) heard.text = heard.text.slice(0, event.offset) + event.token;
        return;
      }
      case "PERSONA_RESPONSE_PARTIAL":
        return this.#grow(event.offset, event.token);
      case "ANSWER_ABORTED":
        return this.fail(
          new CliError("answer_aborted", `The answer was stopped: ${event.reason}`, {
            hint: "Nothing of it was kept. Ask again.",
            details: { answer: event.answer, reason: event.reason },
          }),
        );
      case "PERSONA_RESPONSE_COMPLETE":
        this.#grow(0, event.full_text);
        this.#outcome.resolve({
          answer: event.answer,
          persona: event.persona_name ?? (this.#persona || event.persona_id),
          text: event.full_text,
          mind: event.mind,
          ...this.#madeBy(event),
          memories: event.memories,
          position: event.position,
        });
    }
  }

  /** What is stored also says who failed and who went on; of a second answer it has the model alone. */
  #madeBy({ answer, details, mind, replay_of }: Complete): Pick<FinishedAnswer, "model" | "reason"> {
    const isFirst = replay_of === undefined;
    const of = isFirst ? details : details?.replays.find((each) => each.answer === answer);
    return {
      model: mind === RECALL_MIND ? null : of?.model ?? null,
      reason: isFirst ? details?.reason ?? this.#reason : this.#reason,
    };
  }

  /** Writes what is new of a piece that begins at `offset`. */
  #grow(offset: number, piece: string): void {
    const isNew = piece.slice(Math.max(0, this.#written.length - offset));
    if (offset > this.#written.length || isNew === "") return;
    for (const voice of this.#voices.values()) this.#options.onVoice(voice);
    this.#voices.clear();
    this.#written += isNew;
    this.#options.write(isNew);
  }
}
