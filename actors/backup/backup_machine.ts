/**
 * The backup actor: it looks at what is there, waits for what is due or asked for, backs up or drills, and looks again.
 * What fails is tried again after a wait that doubles, and the reason is there to be seen.
 */
import { assign, fromPromise, setup, type SnapshotFrom } from "xstate";
import type { DrillReport } from "./drill_report.ts";
import { type BackedUp, backUp, drill, type Look, look } from "./jobs.ts";
import { backOffFirstMs, backOffMaxMs, lookMsMax } from "./limits.ts";
import type { TrackedPorts } from "./ports.ts";
import { type Due, dueNow, type Scheduled } from "./schedule.ts";

/** A run that was asked for; a later one waits for an earlier one. */
export interface Wanted {
  readonly run: number;
  readonly due: Due;
}

/** How a run ended. */
export interface Ended {
  readonly run: number;
  readonly what: Due["what"];
  readonly ok: boolean;
  readonly message: string;
  readonly backup: BackedUp | null;
  readonly drill: DrillReport | null;
}

interface Running {
  readonly run: number;
  readonly due: Due;
  readonly entries: number;
  readonly bytes: number;
}

export interface BackupContext {
  readonly ports: TrackedPorts;
  readonly startedAt: number;
  /** Null until it has been looked at. */
  readonly seen: Look | null;
  readonly wanted: readonly Wanted[];
  /** The run that began last. */
  readonly running: Running | null;
  readonly ended: readonly Ended[];
  /** How the run ended whose end is not told yet. */
  readonly ending: Ended | null;
  /** Number of the last run that began or is wanted. */
  readonly runs: number;
  readonly failures: number;
  /** What failed and is to be tried again, before anything that is scheduled. */
  readonly retry: Due | null;
  /** Why the last attempt failed; null when it did not. */
  readonly reason: string | null;
}

export type BackupEvent =
  | { readonly type: "WANTED"; readonly wanted: Wanted }
  | { readonly type: "SETTINGS_CHANGED" }
  | { readonly type: "PROGRESSED"; readonly entries: number; readonly bytes: number };

/** Endings that are remembered for who asked. */
const endedKept = 20;

/** What the schedule goes by; null until it has been looked at. */
export function scheduledIn({ seen, startedAt }: BackupContext): Scheduled | null {
  if (seen === null) return null;
  const newest = seen.chains.findLast(({ links }) => links.length > 0);
  return {
    settings: seen.settings,
    first: newest?.links[0]?.manifest ?? null,
    last: newest?.links.at(-1)?.manifest ?? null,
    drill: seen.drill,
    startedAt,
  };
}

/** The run that begins now, of the kind that was found to be next. */
function nextRun(context: BackupContext, what: Due["what"]): Wanted {
  const next = nextOf(context);
  // Time has gone on since it was looked at: another may be due as well by now.
  return next?.due.what === what ? next : { run: context.runs + 1, due: dueOf(what) };
}

function dueOf(what: Due["what"]): Due {
  return what === "drill" ? { what } : { what, full: false };
}

function nextOf(context: BackupContext): Wanted | null {
  const asked = context.wanted[0];
  if (asked !== undefined) return asked;
  const scheduled = scheduledIn(context);
  if (context.retry !== null && scheduled?.settings.enabled) {
    return { run: context.runs + 1, due: context.retry };
  }
  const due = scheduled === null ? null : dueNow(scheduled, context.ports.clock());
  return due === null ? null : { run: context.runs + 1, due };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

interface Job {
  readonly ports: TrackedPorts;
}

/** See the head of this file. */
export const backupMachine = setup({
  types: {
    context: {} as BackupContext,
    events: {} as BackupEvent,
    input: {} as { readonly ports: TrackedPorts },
  },
  actors: {
    look: fromPromise<Look, { ports: TrackedPorts }>(({ input, signal }) =>
      input.ports.track(look(input.ports, signal))
    ),
    backUp: fromPromise<
      BackedUp,
      Job & { full: boolean; onProgress: (of: { entries: number; bytes: number }) => void }
    >(
      ({ input, signal }) => input.ports.track(backUp(input.ports, { ...input, signal })),
    ),
    drill: fromPromise<DrillReport, Job>(({ input, signal }) =>
      input.ports.track(drill(input.ports, signal))
    ),
  },
  actions: {
    begin: assign(({ context }, params: { what: Due["what"] }) => {
      const next = nextRun(context, params.what);
      return {
        running: { ...next, entries: 0, bytes: 0 },
        wanted: context.wanted.filter(({ run }) => run !== next.run),
        runs: Math.max(context.runs, next.run),
        retry: null,
      };
    }),
    end: assign(
      ({ context }, params: { ok: boolean; message: string; backup?: BackedUp; drill?: DrillReport }) => {
        const { run, due } = context.running!;
        const { ok, message, backup = null, drill = null } = params;
        return { ending: { run, what: due.what, ok, message, backup, drill } };
      },
    ),
    /** Who waits for the end of a run finds what is there as it is after it. */
    tellEnd: assign(({ context: { ended, ending } }) =>
      ending === null ? {} : { ended: [...ended, ending].slice(-endedKept), ending: null, running: null }
    ),
    noteFailure: assign(({ context }, params: { error: unknown }) => ({
      failures: context.failures + 1,
      reason: messageOf(params.error),
    })),
    /** A run that failed is to be tried again, and whoever waits for it is told at once. */
    fail: assign(({ context }, params: { error: unknown }) => {
      const { run, due } = context.running!;
      const message = messageOf(params.error);
      const ended = { run, what: due.what, ok: false, message, backup: null, drill: null };
      return {
        ended: [...context.ended, ended].slice(-endedKept),
        running: null,
        retry: due,
        failures: context.failures + 1,
        reason: message,
      };
    }),
    noteSuccess: assign({ failures: 0, reason: null }),
  },
  guards: {
    backupIsNext: ({ context }) => nextOf(context)?.due.what === "backup",
    drillIsNext: ({ context }) => nextOf(context)?.due.what === "drill",
  },
  delays: {
    nextLook: lookMsMax,
    backOff: ({ context }) => Math.min(backOffFirstMs * 2 ** Math.max(0, context.failures - 1), backOffMaxMs),
  },
}).createMachine({
  id: "backup",
  context: ({ input: { ports } }) => ({
    ports,
    startedAt: ports.clock(),
    seen: null,
    wanted: [],
    running: null,
    ended: [],
    ending: null,
    runs: 0,
    failures: 0,
    retry: null,
    reason: null,
  }),
  initial: "looking",
  on: {
    WANTED: {
      actions: assign(({ context, event: { wanted } }) => ({
        wanted: [...context.wanted, wanted],
        runs: wanted.run,
      })),
    },
    PROGRESSED: {
      actions: assign(({ context, event: { entries, bytes } }) => ({
        running: context.running === null ? null : { ...context.running, entries, bytes },
      })),
    },
  },
  states: {
    looking: {
      invoke: {
        src: "look",
        input: ({ context }) => ({ ports: context.ports }),
        onDone: { target: "idle", actions: [assign({ seen: ({ event }) => event.output }), "tellEnd"] },
        onError: {
          target: "backingOff",
          actions: ["tellEnd", { type: "noteFailure", params: ({ event }) => event }],
        },
      },
      on: { SETTINGS_CHANGED: { target: "looking", reenter: true } },
    },
    idle: {
      always: [{ guard: "backupIsNext", target: "backingUp" }, { guard: "drillIsNext", target: "drilling" }],
      // Re-entered, it asks the clock again.
      after: { nextLook: { target: "idle", reenter: true } },
      on: { SETTINGS_CHANGED: "looking" },
    },
    backingUp: {
      entry: { type: "begin", params: { what: "backup" } },
      invoke: {
        src: "backUp",
        input: ({ context, self }) => {
          const { due } = context.running!;
          return {
            ports: context.ports,
            full: due.what === "backup" && due.full,
            onProgress: (of) => self.send({ type: "PROGRESSED", ...of }),
          };
        },
        onDone: {
          target: "looking",
          actions: [
            { type: "end", params: ({ event }) => ({ ok: true, message: "done", backup: event.output }) },
            "noteSuccess",
          ],
        },
        onError: { target: "backingOff", actions: { type: "fail", params: ({ event }) => event } },
      },
    },
    drilling: {
      entry: { type: "begin", params: { what: "drill" } },
      invoke: {
        src: "drill",
        input: ({ context }) => ({ ports: context.ports }),
        onDone: {
          target: "looking",
          actions: {
            type: "end",
            params: ({ event: { output } }) => ({ ok: output.ok, message: output.message, drill: output }),
          },
        },
        onError: { target: "backingOff", actions: { type: "fail", params: ({ event }) => event } },
      },
    },
    backingOff: {
      // Who asks does not wait for the schedule.
      always: { guard: ({ context }) => context.wanted.length > 0, target: "idle" },
      after: { backOff: "looking" },
      on: { SETTINGS_CHANGED: "looking" },
    },
  },
});

export type BackupSnapshot = SnapshotFrom<typeof backupMachine>;
