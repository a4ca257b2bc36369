/**
 * The query cycle as a statechart: what happens to one question from asking to storing. The steps are handed in;
 * the chart says only in which order they run and how each can end. Leaving a state aborts its step's signal.
 *
 * ```
 * working  validating → waiting → recalling → casting → speaking ⟲ ─→ heard → concluding ─→ storing → complete
 *    │                                           a round each time │   (of several)            ▲
 *    │                                                             └── one alone ──────────────┘
 *    └── CANCEL → aborted      └── any step fails, or the deadline passes → failed
 * ```
 *
 * While storing, CANCEL only asks: the commit may already be decided, and then the answer stands.
 */
import { assign, fromPromise, setup } from "xstate";
import type { RecallHitLike } from "../minds/mod.ts";
import type { OrchestratorSettings, PastExchange, Persona } from "./ports.ts";
import { isMissed, isSaid, type Said, type Word } from "./said.ts";
import { type Cast, isSeveral, lastWord, type Manner, roundsOf, type Turn } from "./schedule.ts";

export interface Question {
  readonly answer: string;
  readonly text: string;
  /** Whom the person asked for, by name or oid; empty for nobody in particular. */
  readonly personas: readonly string[];
  readonly manner: Manner;
  readonly deliberate: boolean;
  readonly thread: string;
  readonly at: number;
}

/** What holds for a question from the moment it is found valid. */
export interface Ground {
  readonly personas: readonly Persona[];
  readonly settings: OrchestratorSettings;
  /** Those that were asked for, by choice or by `@name`. */
  readonly asked: readonly Persona[];
  /** The question without `@name`. */
  readonly text: string;
  /** What a person should know about whom they asked for; mostly empty. */
  readonly note: string;
}

export interface Gathered {
  readonly memories: readonly RecallHitLike[];
  readonly history: readonly PastExchange[];
}

interface Known {
  readonly question: Question;
  readonly ground: Ground;
}
export interface SpeakInput extends Known {
  readonly gathered: Gathered;
  readonly cast: Cast;
  /** The turns of this round. */
  readonly round: readonly Turn[];
  /** What was said in the rounds before. */
  readonly said: readonly Said[];
}
export interface StoreInput {
  readonly question: Question;
  readonly cast: Cast;
  readonly said: readonly Word[];
}

/** One function a state; each stops when its signal aborts. */
export interface QuerySteps {
  validate(question: Question, signal: AbortSignal): Promise<Ground>;
  wait(signal: AbortSignal): Promise<void>;
  recall(input: Known, signal: AbortSignal): Promise<Gathered>;
  cast(input: Known, signal: AbortSignal): Promise<Cast>;
  /** All turns of one round, side by side. */
  speak(input: SpeakInput, signal: AbortSignal): Promise<readonly Word[]>;
  store(input: StoreInput): Promise<void>;
  /** The failure of an answer that took longer than it may. */
  overdue(): unknown;
}

/** How an answer ended. `failure` is what was thrown, or the reason of the cancel. */
export type Outcome = { readonly end: "complete" } | {
  readonly end: "aborted" | "failed";
  readonly failure: unknown;
};

interface QueryContext {
  readonly question: Question;
  readonly ground: Ground | null;
  readonly gathered: Gathered | null;
  readonly cast: Cast | null;
  /** Rounds that were not yet spoken, the next one first. */
  readonly rounds: readonly (readonly Turn[])[];
  readonly said: readonly Word[];
  readonly cancelled: unknown;
  readonly failure: unknown;
}

export type QueryEvent = { readonly type: "CANCEL"; readonly reason: unknown };

/** The chart over the given steps; started with the question as input, it ends with an `Outcome` as output. */
export function queryMachine(steps: QuerySteps, options: { readonly answerMs: number }) {
  const failed = { target: "#query.failed", actions: "rememberFailure" } as const;
  return setup({
    types: {
      context: {} as QueryContext,
      events: {} as QueryEvent,
      input: {} as Question,
      output: {} as Outcome,
    },
    actors: {
      validate: fromPromise<Ground, Question>(({ input, signal }) => steps.validate(input, signal)),
      wait: fromPromise<void>(({ signal }) => steps.wait(signal)),
      recall: fromPromise<Gathered, Known>(({ input, signal }) => steps.recall(input, signal)),
      cast: fromPromise<Cast, Known>(({ input, signal }) => steps.cast(input, signal)),
      speak: fromPromise<readonly Word[], SpeakInput>(({ input, signal }) => steps.speak(input, signal)),
      store: fromPromise<void, StoreInput>(({ input }) => steps.store(input)),
    },
    actions: {
      rememberCancel: assign({ cancelled: ({ event }) => event.type === "CANCEL" ? event.reason : null }),
      rememberFailure: assign({
        failure: ({ event }) => "error" in event ? (event as { error: unknown }).error : null,
      }),
      rememberMissed: assign({
        failure: ({ context }) => context.said.find(isMissed)?.failure,
      }),
      rememberOverdue: assign({ failure: () => steps.overdue() }),
    },
    guards: {
      cancelAsked: ({ context }) => context.cancelled !== null,
      anotherRound: ({ context }) => context.rounds.length > 1,
      nobodySpoke: ({ context }) => !context.said.some(isSaid),
      several: ({ context }) => isSeveral(present(context.cast)),
    },
    delays: { answerDeadline: options.answerMs },
  }).createMachine({
    id: "query",
    context: ({ input }) => ({
      question: input,
      ground: null,
      gathered: null,
      cast: null,
      rounds: [],
      said: [],
      cancelled: null,
      failure: null,
    }),
    initial: "working",
    states: {
      working: {
        initial: "validating",
        on: { CANCEL: { target: "aborted", actions: "rememberCancel" } },
        after: { answerDeadline: { target: "failed", actions: "rememberOverdue" } },
        states: {
          validating: {
            invoke: {
              src: "validate",
              input: ({ context }) => context.question,
              onDone: { target: "waiting", actions: assign({ ground: ({ event }) => event.output }) },
              onError: failed,
            },
          },
          waiting: { invoke: { src: "wait", onDone: "recalling", onError: failed } },
          recalling: {
            invoke: {
              src: "recall",
              input: ({ context }) => known(context),
              onDone: { target: "casting", actions: assign({ gathered: ({ event }) => event.output }) },
              onError: failed,
            },
          },
          casting: {
            invoke: {
              src: "cast",
              input: ({ context }) => known(context),
              onDone: {
                target: "speaking",
                actions: assign(({ event }) => ({ cast: event.output, rounds: roundsOf(event.output) })),
              },
              onError: failed,
            },
          },
          speaking: {
            invoke: {
              src: "speak",
              input: ({ context }) => speakInput(context, present(context.rounds[0] ?? null)),
              onDone: [
                {
                  guard: "anotherRound",
                  target: "speaking",
                  reenter: true,
                  actions: assign(({ context, event }) => heard(context, event.output)),
                },
                {
                  guard: "several",
                  target: "heard",
                  actions: assign(({ context, event }) => heard(context, event.output)),
                },
                {
                  target: "#query.storing",
                  actions: assign(({ context, event }) => heard(context, event.output)),
                },
              ],
              onError: failed,
            },
          },
          /** Of several: there is something to make an answer of, or each of them failed. */
          heard: {
            always: [
              { guard: "nobodySpoke", target: "#query.failed", actions: "rememberMissed" },
              { target: "concluding" },
            ],
          },
          concluding: {
            invoke: {
              src: "speak",
              input: ({ context }) => speakInput(context, [lastWord(present(context.cast))]),
              onDone: {
                target: "#query.storing",
                actions: assign(({ context, event }) => heard(context, event.output)),
              },
              onError: failed,
            },
          },
        },
      },
      storing: {
        on: { CANCEL: { actions: "rememberCancel" } },
        invoke: {
          src: "store",
          input: ({ context }) => ({
            question: context.question,
            cast: present(context.cast),
            said: context.said,
          }),
          onDone: "complete",
          onError: [{ guard: "cancelAsked", target: "aborted" }, failed],
        },
      },
      complete: { type: "final", output: { end: "complete" } },
      aborted: { type: "final", output: ({ context }) => ({ end: "aborted", failure: context.cancelled }) },
      failed: { type: "final", output: ({ context }) => ({ end: "failed", failure: context.failure }) },
    },
    // The final state that was reached says how it ended.
    output: ({ event }): Outcome => (event as unknown as { readonly output: Outcome }).output,
  });
}

/** A round was spoken. */
function heard(
  { said, rounds }: QueryContext,
  words: readonly Word[],
): Pick<QueryContext, "said" | "rounds"> {
  const missed = words.filter(isMissed).map(({ turn }) => turn.persona);
  // Who could not answer is not asked again in a later round.
  const left = rounds.slice(1).map((round) => round.filter(({ persona }) => !missed.includes(persona)));
  return { said: [...said, ...words], rounds: left };
}

function known({ question, ground }: QueryContext): Known {
  return { question, ground: present(ground) };
}

function speakInput(context: QueryContext, round: readonly Turn[]): SpeakInput {
  const { gathered, cast, said } = context;
  return {
    ...known(context),
    gathered: present(gathered),
    cast: present(cast),
    round,
    said: said.filter(isSaid),
  };
}

/** The chart reaches a state only after the one that fills what it needs. */
function present<Value>(value: Value | null): Value {
  if (value === null) throw new Error("The query chart entered a state before its input was there");
  return value;
}
