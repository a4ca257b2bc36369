/**
 * One generation as a statechart: from a message that nobody understands to a method, or to the reason why there is
 * none. The steps are handed in; the chart says in which order they run, what is tried again, and how it can end.
 * Leaving a state aborts its step's signal.
 *
 * ```
 * gathering → proposing → checking → proving → deciding → installing → done
 *                 ↑           └──────────┴─ a fault, tries left          └ asking → done
 *                 └──────────────────────┘
 * CANCEL, the deadline, a refusal, or a fault without tries left → failed
 * ```
 */
import { assign, fromPromise, setup } from "xstate";
import { ProposalFault } from "./errors.ts";
import type { Gathered } from "./gather.ts";
import type { Evidence } from "./scratch.ts";
import type { Written } from "./writer.ts";

export type Stage =
  | "gathering"
  | "proposing"
  | "checking"
  | "proving"
  | "deciding"
  | "installing"
  | "asking"
  | "done"
  | "failed";

/** What came of it: the method is installed and its answer is there, or a proposal waits. */
export interface Settled {
  readonly end: "installed" | "proposed";
  /** Whether `value` is what the message comes to; false where it has to be sent again. */
  readonly answered: boolean;
  readonly value: unknown;
  readonly position: string;
  readonly at: number;
  readonly changed: boolean;
}

/** One function a state; each stops when its signal aborts. */
export interface GenerationSteps {
  gather(signal: AbortSignal): Promise<Gathered>;
  propose(input: Tried & { readonly gathered: Gathered }, signal: AbortSignal): Promise<Written>;
  check(written: Written, signal: AbortSignal): Promise<void>;
  prove(written: Written, signal: AbortSignal): Promise<Evidence>;
  decide(written: Written): Promise<"auto" | "ask" | "never">;
  install(input: Proved, signal: AbortSignal): Promise<Settled>;
  ask(input: Proved, signal: AbortSignal): Promise<Settled>;
  /** The failure of a generation that took longer than it may. */
  overdue(): unknown;
  /** The failure when the policy says no to what the method would do. */
  forbidden(written: Written): unknown;
}

export interface Tried {
  /** 1 for the first. */
  readonly attempt: number;
  /** What was wrong with the attempts so far, oldest first. */
  readonly faults: readonly ProposalFault[];
  /** The source that the last fault is about. */
  readonly last: Written | null;
}

export interface Proved {
  readonly gathered: Gathered;
  readonly written: Written;
  readonly evidence: Evidence;
  readonly attempts: number;
}

export type GenerationOutcome = { readonly end: "settled"; readonly settled: Settled } | {
  readonly end: "failed";
  readonly failure: unknown;
};

interface Context extends Tried {
  readonly gathered: Gathered | null;
  readonly evidence: Evidence | null;
  readonly decision: "auto" | "ask" | "never" | null;
  readonly settled: Settled | null;
  readonly failure: unknown;
}

/** The chart over the given steps; it ends with a `GenerationOutcome` as output. */
export function generationMachine(
  steps: GenerationSteps,
  options: {
    /** How often a proposal that does not hold is followed by another. */
    readonly tries: (gathered: Gathered | null) => number;
    readonly deadlineMs: number;
  },
) {
  return setup({
    types: {
      context: {} as Context,
      events: {} as { readonly type: "CANCEL"; readonly reason: unknown },
      output: {} as GenerationOutcome,
    },
    actors: {
      gather: fromPromise<Gathered>(({ signal }) => steps.gather(signal)),
      propose: fromPromise<Written, Parameters<GenerationSteps["propose"]>[0]>(({ input, signal }) =>
        steps.propose(input, signal)
      ),
      check: fromPromise<void, Written>(({ input, signal }) => steps.check(input, signal)),
      prove: fromPromise<Evidence, Written>(({ input, signal }) => steps.prove(input, signal)),
      decide: fromPromise<"auto" | "ask" | "never", Written>(({ input }) => steps.decide(input)),
      install: fromPromise<Settled, Proved>(({ input, signal }) => steps.install(input, signal)),
      ask: fromPromise<Settled, Proved>(({ input, signal }) => steps.ask(input, signal)),
    },
    actions: {
      noteFault: assign(({ context, event }) => ({
        faults: [...context.faults, errorOf(event) as ProposalFault],
        attempt: context.attempt + 1,
      })),
      noteFailure: assign({ failure: ({ event }) => errorOf(event) }),
      noteCancel: assign({ failure: ({ event }) => event.type === "CANCEL" ? event.reason : null }),
      noteOverdue: assign({ failure: () => steps.overdue() }),
      noteForbidden: assign({ failure: ({ context }) => steps.forbidden(present(context.last)) }),
    },
    guards: {
      canTryAgain: ({ context, event }) =>
        errorOf(event) instanceof ProposalFault && context.attempt < options.tries(context.gathered),
      isForbidden: ({ context }) => context.decision === "never",
      mustAsk: ({ context }) => context.decision === "ask",
    },
    delays: { deadline: options.deadlineMs },
  }).createMachine({
    id: "generation",
    context: {
      attempt: 1,
      faults: [],
      last: null,
      gathered: null,
      evidence: null,
      decision: null,
      settled: null,
      failure: null,
    },
    initial: "working",
    states: {
      working: {
        on: { CANCEL: { target: "failed", actions: "noteCancel" } },
        after: { deadline: { target: "failed", actions: "noteOverdue" } },
        initial: "gathering",
        states: {
          gathering: {
            invoke: {
              src: "gather",
              onDone: { target: "proposing", actions: assign({ gathered: ({ event }) => event.output }) },
              onError: { target: "#generation.failed", actions: "noteFailure" },
            },
          },
          proposing: {
            invoke: {
              src: "propose",
              input: ({ context: { attempt, faults, last, gathered } }) => ({
                attempt,
                faults,
                last,
                gathered: present(gathered),
              }),
              onDone: { target: "checking", actions: assign({ last: ({ event }) => event.output }) },
              onError: [
                { guard: "canTryAgain", target: "proposing", reenter: true, actions: "noteFault" },
                { target: "#generation.failed", actions: "noteFailure" },
              ],
            },
          },
          checking: {
            invoke: {
              src: "check",
              input: ({ context }) => present(context.last),
              onDone: "proving",
              onError: [
                { guard: "canTryAgain", target: "proposing", actions: "noteFault" },
                { target: "#generation.failed", actions: "noteFailure" },
              ],
            },
          },
          proving: {
            invoke: {
              src: "prove",
              input: ({ context }) => present(context.last),
              onDone: { target: "deciding", actions: assign({ evidence: ({ event }) => event.output }) },
              onError: [
                { guard: "canTryAgain", target: "proposing", actions: "noteFault" },
                { target: "#generation.failed", actions: "noteFailure" },
              ],
            },
          },
          deciding: {
            invoke: {
              src: "decide",
              input: ({ context }) => present(context.last),
              onDone: { target: "decided", actions: assign({ decision: ({ event }) => event.output }) },
              onError: { target: "#generation.failed", actions: "noteFailure" },
            },
          },
          decided: {
            always: [
              { guard: "isForbidden", target: "#generation.failed", actions: "noteForbidden" },
              { guard: "mustAsk", target: "#generation.asking" },
              { target: "#generation.installing" },
            ],
          },
        },
      },
      // From here on the store decides: a commit that is under way is not called back.
      installing: {
        invoke: {
          src: "install",
          input: ({ context }) => proved(context),
          onDone: { target: "done", actions: assign({ settled: ({ event }) => event.output }) },
          onError: { target: "failed", actions: "noteFailure" },
        },
      },
      asking: {
        invoke: {
          src: "ask",
          input: ({ context }) => proved(context),
          onDone: { target: "done", actions: assign({ settled: ({ event }) => event.output }) },
          onError: { target: "failed", actions: "noteFailure" },
        },
      },
      done: {
        type: "final",
        output: ({ context }) => ({ end: "settled", settled: present(context.settled) }),
      },
      failed: { type: "final", output: ({ context }) => ({ end: "failed", failure: context.failure }) },
    },
    // The final state that was reached says how it ended.
    output: ({ event }): GenerationOutcome =>
      (event as unknown as { readonly output: GenerationOutcome }).output,
  });
}

function errorOf(event: object): unknown {
  return "error" in event ? event.error : null;
}

function proved({ gathered, last, evidence, attempt }: Context): Proved {
  return {
    gathered: present(gathered),
    written: present(last),
    evidence: present(evidence),
    attempts: attempt,
  };
}

/** The chart reaches a state only after the one that fills what it needs. */
function present<Value>(value: Value | null): Value {
  if (value === null) throw new Error("The generation's chart entered a state before its input was there");
  return value;
}
