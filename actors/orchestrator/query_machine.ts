/**
 * The query cycle as a statechart: what happens to one question from asking to storing. The steps are handed in;
 * the chart says only in which order they run and how each can end. Leaving a state aborts its step's signal.
 *
 * ```
 * working  validating → waiting → recalling → routing → fitting → streaming ─→ storing → complete
 *    └── CANCEL → aborted      └── any step fails, or the deadline passes → failed
 * ```
 *
 * While storing, CANCEL only asks: the commit may already be decided, and then the answer stands.
 */
import { assign, fromPromise, setup } from "xstate";
import type { RecallHitLike } from "../minds/mod.ts";
import type { OrchestratorSettings, PastExchange, Persona } from "./ports.ts";
import type { Plan } from "./plan.ts";
import { type Route, route } from "./routing.ts";

export interface Question {
  readonly answer: string;
  readonly text: string;
  readonly persona: string | null;
  readonly thread: string;
  readonly at: number;
}

export interface Ground {
  readonly personas: readonly Persona[];
  readonly settings: OrchestratorSettings;
  /** The persona that was asked for, if one was. */
  readonly persona: Persona | null;
}

export interface Gathered {
  readonly memories: readonly RecallHitLike[];
  readonly history: readonly PastExchange[];
}

export interface Reply {
  readonly text: string;
  readonly tokens: number;
  readonly model: string;
}

/** One function a state; each stops when its signal aborts. */
export interface QuerySteps {
  validate(question: Question, signal: AbortSignal): Promise<Ground>;
  wait(signal: AbortSignal): Promise<void>;
  recall(question: Question, signal: AbortSignal): Promise<Gathered>;
  fit(
    input: { question: Question; ground: Ground; gathered: Gathered; route: Route },
    signal: AbortSignal,
  ): Promise<Plan>;
  stream(input: { question: Question; plan: Plan }, signal: AbortSignal): Promise<Reply>;
  store(input: { question: Question; plan: Plan; reply: Reply }): Promise<void>;
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
  readonly route: Route | null;
  readonly plan: Plan | null;
  readonly reply: Reply | null;
  readonly cancelled: unknown;
  readonly failure: unknown;
}

export type QueryEvent = { readonly type: "CANCEL"; readonly reason: unknown };

/** The chart over the given steps; started with the question as input, it ends with an `Outcome` as output. */
export function queryMachine(steps: QuerySteps, options: { readonly answerMs: number }) {
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
      recall: fromPromise<Gathered, Question>(({ input, signal }) => steps.recall(input, signal)),
      fit: fromPromise<Plan, Parameters<QuerySteps["fit"]>[0]>(({ input, signal }) =>
        steps.fit(input, signal)
      ),
      stream: fromPromise<Reply, Parameters<QuerySteps["stream"]>[0]>(({ input, signal }) =>
        steps.stream(input, signal)
      ),
      store: fromPromise<void, Parameters<QuerySteps["store"]>[0]>(({ input }) => steps.store(input)),
    },
    actions: {
      rememberCancel: assign({ cancelled: ({ event }) => event.type === "CANCEL" ? event.reason : null }),
      rememberFailure: assign({
        failure: ({ event }) => "error" in event ? (event as { error: unknown }).error : null,
      }),
      rememberOverdue: assign({ failure: () => steps.overdue() }),
      chooseRoute: assign({ route: ({ context }) => chosenRoute(context) }),
    },
    guards: { cancelAsked: ({ context }) => context.cancelled !== null },
    delays: { answerDeadline: options.answerMs },
  }).createMachine({
    id: "query",
    context: ({ input }) => ({
      question: input,
      ground: null,
      gathered: null,
      route: null,
      plan: null,
      reply: null,
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
              onError: { target: "#query.failed", actions: "rememberFailure" },
            },
          },
          waiting: {
            invoke: {
              src: "wait",
              onDone: "recalling",
              onError: { target: "#query.failed", actions: "rememberFailure" },
            },
          },
          recalling: {
            invoke: {
              src: "recall",
              input: ({ context }) => context.question,
              onDone: { target: "routing", actions: assign({ gathered: ({ event }) => event.output }) },
              onError: { target: "#query.failed", actions: "rememberFailure" },
            },
          },
          routing: {
            always: { target: "fitting", actions: "chooseRoute" },
          },
          fitting: {
            invoke: {
              src: "fit",
              input: ({ context }) => ({
                question: context.question,
                ground: present(context.ground),
                gathered: present(context.gathered),
                route: present(context.route),
              }),
              onDone: { target: "streaming", actions: assign({ plan: ({ event }) => event.output }) },
              onError: { target: "#query.failed", actions: "rememberFailure" },
            },
          },
          streaming: {
            invoke: {
              src: "stream",
              input: ({ context }) => ({ question: context.question, plan: present(context.plan) }),
              onDone: { target: "#query.storing", actions: assign({ reply: ({ event }) => event.output }) },
              onError: { target: "#query.failed", actions: "rememberFailure" },
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
            plan: present(context.plan),
            reply: present(context.reply),
          }),
          onDone: "complete",
          onError: [
            { guard: "cancelAsked", target: "aborted" },
            { target: "failed", actions: "rememberFailure" },
          ],
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

function chosenRoute({ question, ground }: QueryContext): Route {
  const { persona, personas, settings } = present(ground);
  if (persona !== null) return { persona, reason: `${persona.name}: you asked for them` };
  return route(question.text, personas, settings);
}

/** The chart reaches a state only after the one that fills what it needs. */
function present<Value>(value: Value | null): Value {
  if (value === null) throw new Error("The query chart entered a state before its input was there");
  return value;
}
