/** A persona's turn: its mind, room for its model, its prompt, and its words as they come. */
import {
  carryOn,
  fullModelName,
  type Mind,
  MindError,
  type MindToken,
  type RecallHitLike,
  type Seam,
  type Speaker,
} from "../minds/mod.ts";
import type { AnswerRun, Spoken } from "./answer_run.ts";
import { OrchestratorError } from "./errors.ts";
import { type MindRequest, type MindRoom, type StepParts, takeMind } from "./mind_room.ts";
import { modelName, type Plan, planOf } from "./plan.ts";
import { buildPrompt, type Prompt } from "./prompt.ts";
import type { SpeakInput } from "./query_machine.ts";
import type { Said } from "./said.ts";
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
  const who = { persona, personas: ground.personas, settings: ground.settings };
  const room = await takeMind(parts, who, signal);
  const rest = new Relay(parts, who, room, signal);
  try {
    const prompt = room.found.model === null
      ? promptToQuote(ground.text, input.gathered.memories)
      : promptFor(input, turn, room.found.model.contextTokens);
    const why = turn.isLast ? cast.reason : "";
    const { found, unloaded } = room;
    const plan = planOf({ question: ground.text, persona, why, found, prompt, unloaded });
    if (turn.isLast) start(run, parts, persona, { ...plan, mind: plan.mind.name });
    const said = await utter(run, parts, turn, plan, rest.tokens(plan), signal);
    return { ...said, plan: rest.seamed(plan) };
  } finally {
    rest.release();
  }
}

/** Who speaks in one turn: one mind, and when it fails the next, as the settings say; the room of one at a time. */
class Relay {
  readonly #parts: StepParts;
  readonly #who: MindRequest;
  readonly #signal: AbortSignal;
  readonly #failed = new Set<string>();
  readonly #seams: Seam[] = [];
  #room: MindRoom;

  constructor(parts: StepParts, who: MindRequest, room: MindRoom, signal: AbortSignal) {
    this.#parts = parts;
    this.#who = who;
    this.#room = room;
    this.#signal = signal;
  }

  tokens(plan: Plan): AsyncIterable<MindToken> {
    return carryOn(plan.mind, generateRequest(plan, this.#signal), {
      next: (model) => this.#next(model),
      onSeam: (seam) => this.#seams.push(seam),
    });
  }

  /** The plan as it came out: with whom it ended, and why. */
  seamed(plan: Plan): Plan {
    if (this.#seams.length === 0) return plan;
    const seams = this.#seams.map(({ from, to, reason }) => `${from} failed (${reason}), and ${to} went on`);
    return { ...plan, mind: this.#room.found.mind, reason: [plan.reason, ...seams].join("; ") };
  }

  release(): void {
    this.#room.release();
  }

  /** Null when nobody else can, whatever keeps them: the failure that began it says what is wrong. */
  async #next(model: string): Promise<Speaker | null> {
    const { chooser } = this.#parts;
    const { persona, settings } = this.#who;
    chooser.suspect();
    if (settings.onFailure === "stop") return null;
    this.#failed.add(fullModelName(model));
    // What failed may go, so that there is room for who comes next.
    this.#room.release();
    await chooser.fresh();
    try {
      this.#room = await takeMind(this.#parts, { ...this.#who, avoid: this.#failed }, this.#signal);
    } catch (cause) {
      this.#signal.throwIfAborted();
      if (cause instanceof MindError || cause instanceof OrchestratorError) return null;
      throw cause;
    }
    const { mind, model: found } = this.#room.found;
    return found === null ? null : { mind, model: modelName(persona, found) };
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
  tokens: AsyncIterable<MindToken>,
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
  let end: Extract<MindToken, { done: true }> | null = null;
  const askedAt = performance.now();
  let firstAt = 0;
  try {
    for await (const part of tokens) {
      signal.throwIfAborted();
      if ("done" in part) {
        end = part;
        continue;
      }
      if (firstAt === 0) firstAt = performance.now();
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
  const usage = {
    prompt_tokens: end.promptTokens ?? null,
    tokens: end.tokens,
    first_token_ms: Math.round(firstAt - askedAt),
    total_ms: Math.round(performance.now() - askedAt),
  };
  return { turn, plan, text: spoken.text, tokens: end.tokens, usage, model: end.model };
}

export function generateRequest(plan: Plan, signal: AbortSignal): Parameters<Mind["generate"]>[0] {
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
