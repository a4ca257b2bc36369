/**
 * What each state of the query chart does for one answer. Everything is read from the image at every question,
 * so that a change of a persona is obeyed by the next answer.
 */
import {
  type ChosenMind,
  fullModelName,
  type Mind,
  type MindChooser,
  MindError,
  type MindModel,
  reasonOf,
  type RecallHitLike,
  sameModel,
} from "../minds/mod.ts";
import type { AnswerRun } from "./answer_run.ts";
import { OrchestratorError } from "./errors.ts";
import type { OrchestratorLimits } from "./limits.ts";
import { mindFor, modelName, type Plan, planOf } from "./plan.ts";
import type { Places } from "./places.ts";
import type { OrchestratorPorts, Persona } from "./ports.ts";
import { buildPrompt, type Prompt } from "./prompt.ts";
import type { QuerySteps, Question, Reply } from "./query_machine.ts";
import { findPersona, noPersona } from "./routing.ts";
import { readSettings } from "./settings.ts";
import type { VramBudget } from "./vram_budget.ts";

/** What all answers share. */
export interface StepParts {
  readonly ports: OrchestratorPorts;
  readonly chooser: MindChooser;
  readonly recall: Mind;
  readonly places: Places;
  readonly vram: VramBudget;
  readonly limits: OrchestratorLimits;
}

/** The steps of one answer. */
export function querySteps(run: AnswerRun, parts: StepParts): QuerySteps {
  const { ports, limits } = parts;
  return {
    async validate(question) {
      const [personas, settings] = await Promise.all([ports.personas(), readSettings(ports)]);
      if (personas.length === 0) throw noPersona();
      const persona = question.persona === null ? null : findPersona(personas, question.persona);
      run.accept();
      return { personas, settings, persona };
    },

    async wait(signal) {
      run.hold(await parts.places.take(signal), signal);
    },

    async recall(question, signal) {
      const [memories, history] = await Promise.all([
        ports.recall(question.text, limits.memoriesMax, signal),
        ports.history(question.thread, limits.exchangesMax),
      ]);
      return { memories, history };
    },

    async fit({ question, ground, gathered, route }, signal) {
      const { persona } = route;
      const budgetBytes = ground.settings.vramBudgetBytes;
      const fits = ({ model, bytes }: MindModel) => parts.vram.costOf(model, bytes) <= budgetBytes;
      const found = await mindFor(persona, await likelyMind(parts.chooser), parts.recall, fits, signal);
      if (found.model === null) {
        const prompt = promptToQuote(question.text, gathered.memories);
        return planOf(question.text, route, found, prompt, []);
      }
      const isOwn = sameModel(found.model.model, persona.model);
      const prompt = buildPrompt({ persona, question: question.text, ...gathered });
      const room = await parts.vram.acquire({
        mind: found.mind,
        model: modelName(persona, found.model),
        // What a persona declares is said of its own model.
        declaredBytes: isOwn ? persona.vramBytes : 0,
        fileBytes: found.model.bytes,
        budgetBytes,
        keep: keptModels(ground.personas),
        signal,
      });
      run.hold(room.release, signal);
      return planOf(question.text, route, found, prompt, room.unloaded);
    },

    stream: ({ question, plan }, signal) => stream(run, parts, question, plan, signal),

    async store({ question, plan, reply }) {
      await ports.storeExchange({
        answer: question.answer,
        thread: question.thread,
        query_text: question.text,
        full_text: reply.text,
        persona_id: plan.persona.oid,
        persona_name: plan.persona.name,
        mind: plan.mind.name,
        model: reply.model,
        reason: plan.reason,
        at: question.at,
        memories: plan.memories,
        tokens: reply.tokens,
        left_out: plan.leftOut,
      }, run.cancelled.signal);
    },

    overdue: () =>
      new OrchestratorError(
        "answer_timeout",
        `The answer must be there within ${limits.answerMs} ms, and is not`,
        {
          hint: "Ask again, ask for something shorter, or give the persona a faster model.",
          retryable: true,
          details: { answerMs: limits.answerMs },
        },
      ),
  };
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

/** Every token goes out the moment it comes: no timer and no buffer stands between. */
async function stream(
  run: AnswerRun,
  parts: StepParts,
  question: Question,
  plan: Plan,
  signal: AbortSignal,
): Promise<Reply> {
  const { emit } = parts.ports;
  const { answer } = question;
  const persona_id = plan.persona.oid;
  run.begin(plan);
  const started = run.snapshot();
  if (started === null) throw new Error("An answer that is over cannot start");
  const { text: _text, offset: _offset, ...head } = started;
  emit({ command: "ANSWER_STARTED", ...head });
  let end: { tokens: number; model: string } | null = null;
  try {
    for await (const part of plan.mind.generate(generateRequest(plan, signal))) {
      signal.throwIfAborted();
      if ("done" in part) {
        end = part;
        continue;
      }
      const offset = run.append(part.token);
      if (run.text.length > parts.limits.answerCharsMax) throw tooLong(parts.limits.answerCharsMax);
      emit({ command: "PERSONA_RESPONSE_PARTIAL", persona_id, token: part.token, answer, offset });
    }
  } catch (cause) {
    if (cause instanceof MindError) parts.chooser.suspect();
    throw cause;
  }
  if (end === null || run.text.trim() === "") {
    throw new MindError("mind_failed", `"${plan.model}" gave an empty answer`, {
      hint: "Ask again in other words, or give the persona another model.",
      retryable: true,
      details: { model: plan.model },
    });
  }
  return { text: run.text, tokens: end.tokens, model: end.model };
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

/** A server that was away a moment ago may be there now: without one, it is worth a look. */
function likelyMind(chooser: MindChooser): Promise<ChosenMind> | ChosenMind {
  return chooser.current.degraded ? chooser.fresh() : chooser.current;
}

/** The models of those who are kept loaded for ever. */
export function keptModels(personas: readonly Persona[]): ReadonlySet<string> {
  const kept = personas.filter((each) => Number(each.keepAlive) < 0 && each.model !== "");
  return new Set(kept.map((each) => fullModelName(each.model)));
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

/** The line that `ANSWER_ABORTED` carries. */
export function abortReason(failure: unknown): string {
  const hint = failure instanceof Error && "hint" in failure && typeof failure.hint === "string"
    ? failure.hint
    : "";
  return hint === "" ? reasonOf(failure) : `${reasonOf(failure)}. ${hint}`;
}
