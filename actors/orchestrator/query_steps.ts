/**
 * What each state of the query chart does for one answer. Everything is read from the image at every question,
 * so that a change of a persona is obeyed by the next answer.
 */
import { reasonOf, recallModel } from "../minds/mod.ts";
import type { AnswerRun } from "./answer_run.ts";
import { castFor } from "./casting.ts";
import { OrchestratorError } from "./errors.ts";
import { promptsBytesMax } from "./limits.ts";
import { mentionsIn } from "./mentions.ts";
import type { StepParts } from "./mind_room.ts";
import type { Exchange, Persona, SentPrompt, Voice } from "./ports.ts";
import type { Ground, QuerySteps, Question } from "./query_machine.ts";
import { findPersona, noPersona } from "./routing.ts";
import { isMissed, isSaid, type Word } from "./said.ts";
import { readSettings } from "./settings.ts";
import { miss, missedInWords, othersGoOn, silentVoice } from "./missing.ts";
import { speak } from "./speaking.ts";

/** The steps of one answer. */
export function querySteps(run: AnswerRun, parts: StepParts): QuerySteps {
  const { ports, limits } = parts;
  return {
    async validate(question) {
      const [personas, settings] = await Promise.all([ports.personas(), readSettings(ports)]);
      const ground = { ...whoIsAsked(question, personas), settings };
      run.accept();
      return ground;
    },

    async wait(signal) {
      run.hold(await parts.places.take(signal), signal);
    },

    async recall({ question, ground: { text, settings } }, signal) {
      const memoriesMax = Math.min(limits.memoriesMax, settings.memoriesUsed);
      const exchangesMax = Math.min(limits.exchangesMax, settings.historyUsed);
      const [memories, history] = await Promise.all([
        memoriesMax === 0 ? [] : ports.recall(text, memoriesMax, signal),
        exchangesMax === 0 ? [] : ports.history(question.thread, exchangesMax),
      ]);
      run.madeOf = [...memories, ...history].flatMap(({ oid }) => oid ?? []);
      return { memories, history };
    },

    cast: (input, signal) => castFor(parts, input, signal),

    async speak(input, signal) {
      const failed = new AbortController();
      const either = AbortSignal.any([signal, failed.signal]);
      const turns = input.round.map((turn) =>
        speak(run, parts, input, turn, either).catch((cause) => {
          // A stop of all is nobody's failure.
          if (!either.aborted && othersGoOn(input, turn, cause)) return miss(run, parts, turn, cause);
          failed.abort(cause);
          throw cause;
        })
      );
      await Promise.allSettled(turns);
      failed.signal.throwIfAborted();
      return await Promise.all(turns);
    },

    async store({ question, said }) {
      await ports.storeExchange(exchangeOf(question, said, run.madeOf), run.cancelled.signal);
    },

    overdue: () => overdue(limits.answerMs),
  };
}

/** @throws OrchestratorError `no_persona`, `unknown_persona`, `persona_invalid` */
function whoIsAsked(question: Question, all: readonly Persona[]): Omit<Ground, "settings"> {
  if (all.length === 0) throw noPersona();
  const chosen = [...new Set(question.personas.map((name) => findPersona(all, name)))];
  const mentioned = mentionsIn(question.text, all);
  const asked = chosen.length > 0 ? chosen : mentioned.personas;
  const personas = all.filter(({ problem }) => problem === undefined);
  const wrong = asked.find(({ problem }) => problem !== undefined) ??
    (personas.length === 0 ? all[0] : undefined);
  if (wrong?.problem !== undefined) throw invalid(wrong.name, wrong.problem);
  const names = personas.map(({ name }) => name).join(", ");
  const note = mentioned.unknown === null
    ? ""
    : `nobody here is called @${mentioned.unknown}, there are ${names}`;
  return { personas, asked, text: mentioned.text, note };
}

/** What is stored of an answer: the last of what was said is the answer itself. */
function exchangeOf(question: Question, said: readonly Word[], madeOf: readonly string[]): Exchange {
  const last = said.at(-1)!;
  if (!isSaid(last)) throw new Error("The last word of an answer is stored only when it was said");
  const { plan } = last;
  const prompts = said.map(sentPrompt);
  const bytes = new TextEncoder().encode(JSON.stringify(prompts)).length;
  return {
    answer: question.answer,
    thread: question.thread,
    query_text: question.text,
    full_text: last.text,
    persona_id: plan.persona.oid,
    persona_name: plan.persona.name,
    mind: plan.mind.name,
    model: last.model,
    reason: [plan.reason, ...said.filter(isMissed).map(missedInWords)].join("; "),
    at: question.at,
    memories: plan.memories,
    made_of: madeOf,
    tokens: last.tokens,
    usage: last.usage,
    left_out: plan.leftOut,
    voices: said.slice(0, -1).map(voiceOf),
    ...(bytes <= promptsBytesMax ? { prompts } : {
      prompts: [],
      prompts_left_out: `The prompts have ${bytes} bytes, and at most ${promptsBytesMax} are kept`,
    }),
  };
}

function voiceOf(word: Word): Voice {
  if (!isSaid(word)) return silentVoice(word);
  const { turn, plan, text, tokens, usage, model } = word;
  return {
    persona_id: plan.persona.oid,
    persona_name: plan.persona.name,
    task: turn.task,
    mind: plan.mind.name,
    model,
    reason: plan.reason,
    text,
    tokens,
    usage,
    left_out: plan.leftOut,
  };
}

function sentPrompt(word: Word): SentPrompt | null {
  if (!isSaid(word)) return null;
  const { plan } = word;
  if (plan.model === recallModel) return null;
  const { messages, options, tokens } = plan.prompt;
  return { messages, options, model: plan.model, tokens };
}

export function overdue(answerMs: number): OrchestratorError {
  return new OrchestratorError(
    "answer_timeout",
    `The answer must be there within ${answerMs} ms, and is not`,
    {
      hint: "Ask again, ask for something shorter, or give the persona a faster model.",
      retryable: true,
      details: { answerMs },
    },
  );
}

function invalid(name: string, { slot, message }: { slot: string; message: string }): OrchestratorError {
  return new OrchestratorError(
    "persona_invalid",
    `${name} cannot answer as its ${slot} is wrong: ${message}`,
    {
      hint: `Correct the slot ${slot} of ${name}, or undo the change.`,
      details: { persona: name, slot },
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
