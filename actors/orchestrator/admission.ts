/** What is asked of a question before anything is done with it. */
import { OrchestratorError } from "./errors.ts";
import { type OrchestratorLimits, personasAskedMax } from "./limits.ts";

/** @throws OrchestratorError `question_empty`, `question_too_long`, `too_many_personas` */
export function checkQuestion(
  request: { readonly text: string; readonly personas: readonly string[] },
  { questionCharsMax }: OrchestratorLimits,
): void {
  if (request.text.trim() === "") {
    throw new OrchestratorError("question_empty", "A question must not be empty", {
      hint: "Write something.",
    });
  }
  if (request.text.length > questionCharsMax) {
    throw new OrchestratorError(
      "question_too_long",
      `A question must be <= ${questionCharsMax} characters: this one has ${request.text.length}`,
      { hint: "Remember the long part as a text, and ask about it.", details: { questionCharsMax } },
    );
  }
  if (request.personas.length > personasAskedMax) {
    throw new OrchestratorError(
      "too_many_personas",
      `A question must be asked of <= ${personasAskedMax} personas: this one is of ${request.personas.length}`,
      { hint: "Ask fewer at once.", details: { personasAskedMax } },
    );
  }
}

/** @throws OrchestratorError `busy` */
export function checkRoom(open: number, { concurrentMax, waitingMax }: OrchestratorLimits): void {
  if (open < concurrentMax + waitingMax) return;
  throw new OrchestratorError("busy", `Cannot take the question as ${open} others are open`, {
    hint: "Wait for an answer to end, or stop one.",
    retryable: true,
    details: { open, concurrentMax, waitingMax },
  });
}
