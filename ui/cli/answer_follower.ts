/**
 * Puts one answer together from a stream that carries many things: each piece of text once, in order, whatever was
 * cut and repeated; and its end.
 */
import type { RecallHit, StreamEvent } from "../protocol.ts";
import { CliError } from "./cli_error.ts";

export interface FinishedAnswer {
  readonly answer: string;
  readonly persona: string;
  readonly text: string;
  readonly mind: string;
  readonly memories: readonly RecallHit[];
  readonly position: string;
}

export class AnswerFollower {
  readonly #write: (text: string) => void;
  readonly #outcome = Promise.withResolvers<FinishedAnswer>();
  #answer: string | undefined;
  #persona = "";
  #written = "";
  /** Events from before the answer's id was known. */
  #early: StreamEvent[] = [];

  constructor(write: (text: string) => void) {
    this.#write = write;
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
        return;
      case "ANSWER_SNAPSHOT":
        this.#persona = event.persona_name;
        return this.#grow(0, event.text);
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
          persona: this.#persona || event.persona_id,
          text: event.full_text,
          mind: event.mind,
          memories: event.memories,
          position: event.position,
        });
    }
  }

  /** Writes what is new of a piece that begins at `offset`. */
  #grow(offset: number, piece: string): void {
    const isNew = piece.slice(Math.max(0, this.#written.length - offset));
    if (offset > this.#written.length || isNew === "") return;
    this.#written += isNew;
    this.#write(isNew);
  }
}
