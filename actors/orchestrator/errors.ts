/** What the orchestrator refuses, each with what to do. What goes wrong in a mind is a `MindError`. */
import { ImageError } from "../errors.ts";

export type OrchestratorErrorCode =
  | "busy"
  | "question_empty"
  | "question_too_long"
  | "unknown_persona"
  | "no_persona"
  | "persona_invalid"
  | "too_many_personas"
  | "prompt_not_kept"
  | "settings_invalid"
  | "vram_refused"
  | "answer_too_long"
  | "answer_timeout"
  | "answer_cancelled"
  | "orchestrator_closed";

/** Thrown by `ask()` and `pull()`, or the reason with which an answer ends. */
export class OrchestratorError extends ImageError {
  declare readonly code: OrchestratorErrorCode;
  /** Narrows `ImageError` to the codes of the orchestrator. */
  constructor(
    code: OrchestratorErrorCode,
    message: string,
    options: ConstructorParameters<typeof ImageError>[2],
  ) {
    super(code, message, options);
  }
}
