/**
 * One of several whose mind failed for good: the others go on without it, a seam in its place says why, and the answer
 * is made of what was said. With `on_failure: stop` it ends the whole answer instead.
 */
import { MindError, reasonOf } from "../minds/mod.ts";
import type { AnswerRun } from "./answer_run.ts";
import { OrchestratorError, type OrchestratorErrorCode } from "./errors.ts";
import type { StepParts } from "./mind_room.ts";
import type { Voice } from "./ports.ts";
import type { SpeakInput } from "./query_machine.ts";
import type { Missed } from "./said.ts";
import type { Turn } from "./schedule.ts";

/** What keeps one persona from answering and says nothing of the others. */
const ownFailures: readonly OrchestratorErrorCode[] = ["vram_refused", "question_too_long"];

/** Who gives the last word is missed by nobody: then there is no answer. */
export function othersGoOn({ ground }: SpeakInput, turn: Turn, cause: unknown): cause is Error {
  if (turn.isLast || ground.settings.onFailure === "stop") return false;
  return cause instanceof MindError ||
    cause instanceof OrchestratorError && ownFailures.includes(cause.code);
}

/** Shows the seam where the persona would have spoken, or broke off. */
export function miss(run: AnswerRun, { ports, chooser }: StepParts, turn: Turn, failure: Error): Missed {
  const { persona: { oid: persona_id, name: persona_name }, task } = turn;
  const { answer } = run.question;
  const reason = reasonOf(failure);
  let voice = run.voiceOf(persona_id, task);
  if (voice === undefined) {
    const about = { persona_id, persona_name, task, mind: chooser.current.mind.name, reason };
    voice = run.addVoice(about);
    ports.emit({ command: "VOICE_STARTED", answer, voice: voice.voice, ...about });
  }
  const token = seamInWords(voice.text, persona_name, reason);
  const offset = run.append(voice, token);
  ports.emit({ command: "VOICE_PARTIAL", answer, voice: voice.voice, token, offset });
  return { turn, mind: voice.mind, reason, text: voice.text, failure };
}

/** For the reason of the answer. */
export function missedInWords({ turn, reason }: Missed): string {
  return `without ${turn.persona.name}, who failed (${reason})`;
}

/** As it is kept: it cost nothing that is known, and no prompt of it can be opened. */
export function silentVoice({ turn, mind, reason, text }: Missed): Voice {
  return {
    persona_id: turn.persona.oid,
    persona_name: turn.persona.name,
    task: turn.task,
    mind,
    model: "",
    reason,
    text,
    tokens: 0,
    left_out: { memories: 0, exchanges: 0 },
  };
}

function seamInWords(said: string, name: string, reason: string): string {
  return said.trim() === ""
    ? `[${name} could not answer: ${reason}. The others go on.]`
    : `\n\n[${name} broke off: ${reason}. The others go on.]`;
}
