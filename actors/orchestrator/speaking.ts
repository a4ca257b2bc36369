/** A persona's turn: its mind, room for its model, its prompt, and its words as they come. */
import { type Mind, MindError, type RecallHitLike } from "../minds/mod.ts";
import type { AnswerRun, Spoken } from "./answer_run.ts";
import { OrchestratorError } from "./errors.ts";
import { type StepParts, takeMind } from "./mind_room.ts";
import { type Plan, planOf } from "./plan.ts";
import { buildPrompt, type Prompt } from "./prompt.ts";
import type { Said, SpeakInput } from "./query_machine.ts";
import { isSeveral, type Turn } from "./schedule.ts";

/** @throws MindError, OrchestratorError; the signal's reason */
export async function speak(
  run: AnswerRun,
  parts: StepParts,
  input: SpeakInput,
  turn: Turn,
  signal: AbortSignal,
): Promise<Said> {
  const { ground, cast } = input;
  const { persona } = turn;
  if (isSeveral(cast)) {
    // Told before anybody speaks, so that their words have an answer to belong to.
    const { name } = parts.chooser.current.mind;
    start(run, parts, cast.speaker, { mind: name, reason: cast.reason, memories: input.gathered.memories });
  }
  const room = await takeMind(
    parts,
    { persona, personas: ground.personas, settings: ground.settings },
    signal,
  );
  try {
    const prompt = room.found.model === null
      ? promptToQuote(ground.text, input.gathered.memories)
      : promptFor(input, turn, room.found.model.contextTokens);
    const why = turn.isLast ? cast.reason : "";
    const { found, unloaded } = room;
    const plan = planOf({ question: ground.text, persona, why, found, prompt, unloaded });
    if (turn.isLast) start(run, parts, persona, { ...plan, mind: plan.mind.name });
    return await utter(run, parts, turn, plan, signal);
  } finally {
    room.release();
  }
}

function promptFor({ ground, gathered, said }: SpeakInput, turn: Turn, contextMax?: number): Prompt {
  const { persona, task } = turn;
  // Of those who spoke twice, the last word counts.
  const latest = new Map(said.map((each) => [each.turn.persona.oid, each]));
  return buildPrompt({
    persona,
    question: ground.text,
    ...gathered,
    task,
    heard: turn.hears
      ? [...latest.values()].map((each) => ({ persona_name: each.turn.persona.name, text: each.text }))
      : [],
    ...(contextMax === undefined ? {} : { contextMax }),
  });
}

/** A mind without a model reads no prompt: how much it quotes has bounds of its own. */
function promptToQuote(question: string, memories: readonly RecallHitLike[]): Prompt {
  return {
    messages: [{ role: "user", content: question }],
    memories,
    leftOut: { memories: 0, exchanges: 0 },
    tokens: 1,
    options: {},
  };
}

/** Tells that the answer has begun, once; what is known later is what a newcomer is told. */
export function start(
  run: AnswerRun,
  { ports }: StepParts,
  persona: { readonly oid: string; readonly name: string },
  about: {
    readonly mind: string;
    readonly reason: string;
    readonly memories: readonly RecallHitLike[];
    readonly replay_of?: string;
  },
): void {
  const head = {
    persona_id: persona.oid,
    persona_name: persona.name,
    mind: about.mind,
    reason: about.reason,
    memories: [...about.memories],
    ...(about.replay_of === undefined ? {} : { replay_of: about.replay_of }),
  };
  const { answer, text: query_text, thread } = run.question;
  if (run.begin(head)) ports.emit({ command: "ANSWER_STARTED", answer, query_text, thread, ...head });
}

/** Every token goes out the moment it comes: no timer and no buffer stands between. */
export async function utter(
  run: AnswerRun,
  parts: StepParts,
  turn: Turn,
  plan: Plan,
  signal: AbortSignal,
): Promise<Said> {
  const { emit } = parts.ports;
  const { answer } = run.question;
  const persona_id = plan.persona.oid;
  const { answerCharsMax } = parts.limits;
  let spoken: Spoken = run.last;
  let tell = (token: string, offset: number) =>
    emit({ command: "PERSONA_RESPONSE_PARTIAL", persona_id, token, answer, offset });
  if (!turn.isLast) {
    const about = { persona_id, persona_name: plan.persona.name, task: turn.task };
    const added = run.addVoice({ ...about, mind: plan.mind.name, reason: plan.reason });
    const { voice, mind, reason } = added;
    spoken = added;
    emit({ command: "VOICE_STARTED", answer, voice, ...about, mind, reason });
    tell = (token, offset) => emit({ command: "VOICE_PARTIAL", answer, voice, token, offset });
  }
  let end: { tokens: number; model: string } | null = null;
  try {
    for await (const part of plan.mind.generate(generateRequest(plan, signal))) {
      signal.throwIfAborted();
      if ("done" in part) {
        end = part;
        continue;
      }
      const offset = run.append(spoken, part.token);
      if (run.length > answerCharsMax) throw tooLong(answerCharsMax);
      tell(part.token, offset);
    }
  } catch (cause) {
    if (cause instanceof MindError) parts.chooser.suspect();
    throw cause;
  }
  if (end === null || spoken.text.trim() === "") {
    throw new MindError("mind_failed", `"${plan.model}" gave an empty answer`, {
      hint: "Ask again in other words, or give the persona another model.",
      retryable: true,
      details: { model: plan.model },
    });
  }
  return { turn, plan, text: spoken.text, tokens: end.tokens, model: end.model };
}

function generateRequest(plan: Plan, signal: AbortSignal): Parameters<Mind["generate"]>[0] {
  return {
    model: plan.model,
    messages: plan.prompt.messages,
    options: plan.prompt.options,
    keepAlive: plan.persona.keepAlive,
    signal,
    memories: plan.prompt.memories,
    ...(plan.note === null ? {} : { note: plan.note }),
  };
}

function tooLong(charsMax: number): OrchestratorError {
  return new OrchestratorError(
    "answer_too_long",
    `An answer must be <= ${charsMax} characters, and goes on`,
    {
      hint: "Set num_predict in the persona's options, or give it another model.",
      details: { charsMax },
    },
  );
}
