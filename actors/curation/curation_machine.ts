/**
 * The chart of curation: it waits until it is asked or a run is due; a run reads, relates, gates, clusters, and then
 * defines and commits one concept after the other; whatever ends it, what is under way settles and a report is kept.
 * Leaving a state aborts the signal of its step: that is how a run stops when the person comes back. It is long, as a chart is read in one piece.
 */
import { assign, fromPromise, setup, type SnapshotFrom } from "xstate";
import type { Defined } from "./thoughts.ts";
import type { Experience } from "./experience.ts";
import type { Neighbour } from "./neighbours.ts";
import { ENDED_KEPT } from "./limits.ts";
import type { CurationPorts, Stage } from "./ports.ts";
import type { Report } from "./report.ts";
import { type Asked, Run } from "./run.ts";
import { lookAfter, nextDue, type Scheduled } from "./schedule.ts";
import { defaultSettings, type ReadSettings } from "./settings.ts";
import { clusterStep, commitStep, defineStep, type Found, gateStep, readStep, relateStep } from "./steps.ts";

export interface MachinePorts extends CurationPorts {
  readonly readSettings: () => Promise<ReadSettings & { readonly report: Report | null }>;
  readonly keepReport: (run: Run, report: Report) => Promise<void>;
  /** Knows a job until it has ended, also when its state was left. */
  readonly track: <T>(job: Promise<T>) => Promise<T>;
  /** Resolves when no job is under way. */
  readonly settled: () => Promise<void>;
}

export interface Ended {
  readonly run: number;
  readonly report: Report;
}

export interface CurationContext extends Pick<Scheduled, "lastHere" | "changed" | "unfinished" | "failures"> {
  readonly ports: MachinePorts;
  readonly read: ReadSettings;
  readonly lastRun: number | null;
  readonly lastFailure: number;
  /** The number of a run that was asked for. */
  readonly wanted: number | null;
  readonly runs: number;
  readonly run: Run | null;
  readonly found: Partial<Found>;
  /** Actions that are still to be done. */
  readonly left: Found["actions"];
  readonly defined: readonly Defined[];
  readonly outcome: Report["outcome"];
  readonly reason: string | null;
  readonly report: Report | null;
  readonly ended: readonly Ended[];
}

export type CurationMachineEvent =
  | { readonly type: "WANTED"; readonly run: number }
  /** The person is here: a run stops. */
  | { readonly type: "PERSON_CAME" }
  | { readonly type: "STOP_ASKED" }
  | { readonly type: "MEMORIES_CHANGED"; readonly count: number }
  | { readonly type: "SETTINGS_CHANGED" };

interface StepInput {
  readonly run: Run;
  readonly track: MachinePorts["track"];
}

/** A step of the running run, known until it has ended. */
function step<Output, Input extends StepInput>(
  work: (input: Input, options: ReturnType<Run["options"]>) => Promise<Output>,
) {
  return fromPromise<Output, Input>(({ input, signal }) =>
    input.track(work(input, input.run.options(signal)))
  );
}

export function scheduledIn(context: CurationContext): Scheduled {
  const { read, lastHere, lastRun, changed, unfinished, failures, lastFailure } = context;
  return { settings: read.settings, lastHere, lastRun, changed, unfinished, failures, lastFailure };
}

const messageOf = (error: unknown) => error instanceof Error ? error.message : String(error);

/** See the head of this file. */
export const curationMachine = setup({
  types: {
    context: {} as CurationContext,
    events: {} as CurationMachineEvent,
    input: {} as { readonly ports: MachinePorts },
  },
  actors: {
    look: fromPromise<Awaited<ReturnType<MachinePorts["readSettings"]>>, { ports: MachinePorts }>(
      ({ input: { ports } }) => ports.track(ports.readSettings()),
    ),
    read: step<Experience, StepInput>((_, options) => readStep(options)),
    relate: step<Neighbour[][], StepInput & { found: Found }>(({ found }, options) =>
      relateStep(found.experience, options)
    ),
    gate: step<Set<number>, StepInput & { found: Found }>(({ found }, options) => gateStep(found, options)),
    cluster: step<Awaited<ReturnType<typeof clusterStep>>, StepInput & { found: Found }>(
      ({ found }, options) => clusterStep(found, options),
    ),
    define: step<
      Awaited<ReturnType<typeof defineStep>>,
      StepInput & { found: Found; action: Found["actions"][number] }
    >(({ found, action }, options) => defineStep(action, found, options)),
    commit: step<void, StepInput & { action: Found["actions"][number]; defined: readonly Defined[] }>(
      ({ action, defined }, options) => commitStep(action, defined, options),
    ),
    settle: fromPromise<void, { ports: MachinePorts }>(({ input: { ports } }) => ports.settled()),
    keep: fromPromise<Report, { ports: MachinePorts; run: Run; report: Report }>(
      async ({ input: { ports, run, report } }) => {
        await ports.track(ports.keepReport(run, report));
        return report;
      },
    ),
  },
  actions: {
    begin: assign(({ context }) => {
      const { wanted, runs, ports, read } = context;
      const number = wanted ?? runs + 1;
      const due = nextDue(scheduledIn(context));
      const asked: Asked = wanted === null ? due?.asked ?? "idle" : "command";
      return {
        run: new Run(ports, { number, asked, settings: read.settings }),
        wanted: null,
        runs: Math.max(runs, number),
        changed: 0,
        unfinished: false,
        found: {},
        left: [],
        defined: [],
        outcome: "done" as const,
        reason: null,
      };
    }),
    enter: ({ context: { run, left, found } }, params: { stage: Stage }) => {
      const total = found.actions?.length ?? found.experience?.memories.length ?? 0;
      run?.enter(params.stage, found.actions === undefined ? 0 : total - left.length, total);
    },
    noteEnd: assign(({ context }, params: { outcome: Report["outcome"]; reason: string | null }) => {
      context.run?.stopping();
      return { ...params, unfinished: true };
    }),
  },
  guards: {
    isWanted: ({ context }) => context.wanted !== null,
    isDue: ({ context }) => {
      const due = nextDue(scheduledIn(context));
      return due !== null && due.at <= context.ports.clock();
    },
    isWhole: ({ context }) => context.left.length === 0,
  },
  delays: {
    nextLook: ({ context }) => lookAfter(scheduledIn(context), context.ports.clock()),
    budget: ({ context }) => context.read.settings.seconds * 1_000,
  },
}).createMachine({
  id: "curation",
  context: ({ input: { ports } }) => ({
    ports,
    read: defaultSettings,
    lastHere: ports.clock(),
    lastRun: null,
    // What changed before the image was opened is not known: the first run looks.
    changed: 1,
    unfinished: false,
    failures: 0,
    lastFailure: 0,
    wanted: null,
    runs: 0,
    run: null,
    found: {},
    left: [],
    defined: [],
    outcome: "done",
    reason: null,
    report: null,
    ended: [],
  }),
  initial: "looking",
  on: {
    WANTED: { actions: assign(({ event }) => ({ wanted: event.run })) },
    PERSON_CAME: { actions: assign(({ context }) => ({ lastHere: context.ports.clock() })) },
    MEMORIES_CHANGED: {
      actions: assign(({ context, event }) => ({ changed: context.changed + event.count })),
    },
  },
  states: {
    looking: {
      invoke: {
        src: "look",
        input: ({ context: { ports } }) => ({ ports }),
        onDone: {
          target: "waiting",
          actions: assign(({ context, event: { output: { settings, problems, report } } }) => ({
            read: { settings, problems },
            report: context.report ?? report,
            lastRun: context.lastRun ?? report?.at ?? null,
          })),
        },
        onError: {
          target: "waiting",
          actions: assign(({ event }) => ({
            read: {
              ...defaultSettings,
              problems: [`its settings cannot be read: ${messageOf(event.error)}`],
            },
          })),
        },
      },
      on: { SETTINGS_CHANGED: { target: "looking", reenter: true } },
    },
    waiting: {
      always: [{ guard: "isWanted", target: "running" }, { guard: "isDue", target: "running" }],
      // Re-entered, it asks the clock again.
      after: { nextLook: { target: "waiting", reenter: true } },
      on: { SETTINGS_CHANGED: "looking" },
    },
    running: {
      entry: "begin",
      initial: "reading",
      after: {
        budget: {
          target: "settling",
          actions: {
            type: "noteEnd",
            params: ({ context }) => ({
              outcome: "out of time" as const,
              reason: `its ${context.read.settings.seconds} s are over; it goes on when nobody is here`,
            }),
          },
        },
      },
      on: {
        PERSON_CAME: {
          target: "settling",
          actions: [
            assign(({ context }) => ({ lastHere: context.ports.clock() })),
            {
              type: "noteEnd",
              params: { outcome: "stopped", reason: "somebody came; it goes on when nobody is here" },
            },
          ],
        },
        STOP_ASKED: {
          target: "settling",
          actions: [
            assign(({ context }) => ({ lastHere: context.ports.clock() })),
            { type: "noteEnd", params: { outcome: "stopped", reason: "it was asked to stop" } },
          ],
        },
      },
      states: {
        reading: {
          entry: { type: "enter", params: { stage: "reading" } },
          invoke: {
            src: "read",
            input: ({ context }) => inputOf(context),
            onDone: {
              target: "relating",
              actions: assign(({ context, event }) => {
                context.run!.experience = event.output;
                return { found: { experience: event.output } };
              }),
            },
            onError: { target: "#curation.failing" },
          },
        },
        relating: {
          entry: { type: "enter", params: { stage: "relating" } },
          invoke: {
            src: "relate",
            input: ({ context }) => inputOf(context),
            onDone: {
              target: "gating",
              actions: assign(({ context: { found }, event }) => ({
                found: { ...found, neighbours: event.output },
              })),
            },
            onError: { target: "#curation.failing" },
          },
        },
        gating: {
          entry: { type: "enter", params: { stage: "gating" } },
          invoke: {
            src: "gate",
            input: ({ context }) => inputOf(context),
            onDone: {
              target: "clustering",
              actions: assign(({ context: { found }, event }) => ({
                found: { ...found, out: event.output },
              })),
            },
            onError: { target: "#curation.failing" },
          },
        },
        clustering: {
          entry: { type: "enter", params: { stage: "clustering" } },
          invoke: {
            src: "cluster",
            input: ({ context }) => inputOf(context),
            onDone: {
              target: "choosing",
              actions: assign(({ context: { found }, event: { output } }) => ({
                found: { ...found, ...output },
                left: output.actions,
              })),
            },
            onError: { target: "#curation.failing" },
          },
        },
        choosing: {
          always: [{ guard: "isWhole", target: "#curation.settling" }, { target: "defining" }],
        },
        defining: {
          entry: { type: "enter", params: { stage: "defining" } },
          invoke: {
            src: "define",
            input: ({ context }) => ({ ...inputOf(context), action: context.left[0]! }),
            onDone: {
              target: "committing",
              actions: assign(({ context, event: { output } }) => {
                context.run!.embeddingMs += output.embeddingMs;
                return { defined: output.defined };
              }),
            },
            onError: { target: "#curation.failing" },
          },
        },
        committing: {
          entry: { type: "enter", params: { stage: "committing" } },
          invoke: {
            src: "commit",
            input: ({ context }) => ({
              ...inputOf(context),
              action: context.left[0]!,
              defined: context.defined,
            }),
            onDone: {
              target: "choosing",
              actions: assign(({ context: { left } }) => ({ left: left.slice(1), defined: [] })),
            },
            onError: { target: "#curation.failing" },
          },
        },
      },
    },
    failing: {
      entry: assign(({ context, event }) => ({
        outcome: "failed" as const,
        reason: messageOf((event as { readonly error?: unknown }).error),
        unfinished: true,
        failures: context.failures + 1,
        lastFailure: context.ports.clock(),
      })),
      always: "settling",
    },
    /** What was decided when it was told to stop is in the report. */
    settling: {
      invoke: {
        src: "settle",
        input: ({ context: { ports } }) => ({ ports }),
        onDone: { target: "reporting", actions: ({ context: { run } }) => run?.stopped() },
        onError: "reporting",
      },
    },
    reporting: {
      entry: { type: "enter", params: { stage: "reporting" } },
      invoke: {
        src: "keep",
        input: ({ context: { ports, run, outcome, reason } }) => ({
          ports,
          run: run!,
          report: run!.report(outcome, reason),
        }),
        onDone: {
          target: "looking",
          actions: assign(({ context, event: { output } }) => ended(context, output)),
        },
        onError: {
          target: "looking",
          actions: assign(({ context, event }) => {
            const reason = `its report could not be kept: ${messageOf(event.error)}`;
            return ended(context, context.run!.report("failed", reason));
          }),
        },
      },
    },
  },
});

function inputOf({ run, ports, found }: CurationContext) {
  return { run: run!, track: ports.track, found: found as Found };
}

function ended(context: CurationContext, report: Report) {
  return {
    run: null,
    found: {},
    left: [],
    defined: [],
    report,
    ended: [...context.ended, { run: report.run, report }].slice(-ENDED_KEPT),
    ...(report.outcome === "done" ? { lastRun: report.at, failures: 0 } : {}),
  };
}

export type CurationSnapshot = SnapshotFrom<typeof curationMachine>;
