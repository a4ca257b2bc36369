/**
 * The archive actor: opens the archive, and seals a segment when working memory is over its threshold, when the
 * interval has passed, when the archive is damaged, or when someone asks. What fails is tried again after a wait that
 * doubles, and the reason is there to be seen; the archive that served before serves on meanwhile.
 */
import { assign, fromPromise, setup } from "xstate";
import type { Archive, SealPhase } from "../../../vector/archive/mod.ts";
import {
  type ArchiveContext,
  type ArchiveEvent,
  bothRequests,
  isFinal,
  newArchiveContext,
  reasonOf,
} from "./archive_context.ts";
import { closeArchive, openArchive, type OpenedArchive, sealArchive, serveArchive } from "./jobs.ts";
import { backOffFirstMs, backOffMaxMs, failedRestMs, failuresMax } from "./limits.ts";
import type { ArchivePorts } from "./ports.ts";
import { type ArchiveSettings, readArchiveSettings } from "./settings.ts";

/** See the head of this file. Its input are the ports; `archiveStatus` reads its snapshot. */
export const archiveMachine = setup({
  types: {
    context: {} as ArchiveContext,
    events: {} as ArchiveEvent,
    input: {} as { readonly ports: ArchivePorts },
  },
  actors: {
    open: fromPromise<
      OpenedArchive,
      { ports: ArchivePorts; settings: ArchiveSettings; onChanged: () => void }
    >(
      ({ input }) => openArchive(input.ports, input),
    ),
    follow: fromPromise<void, { ports: ArchivePorts; archive: Archive | null }>(async ({ input }) => {
      if (input.archive !== null) await serveArchive(input.ports, input.archive);
    }),
    seal: fromPromise<
      unknown,
      {
        ports: ArchivePorts;
        archive: Archive | null;
        purge: boolean;
        onPhase: (phase: SealPhase, rows: number) => void;
      }
    >(({ input, signal }) => {
      if (input.archive === null) throw new Error("the archive is not open");
      const { purge, onPhase } = input;
      return sealArchive(input.ports, input.archive, {
        replace: purge,
        keepPrevious: !purge,
        signal,
        onPhase,
      });
    }),
    close: fromPromise<void, { ports: ArchivePorts; archive: Archive | null }>(({ input }) =>
      closeArchive(input.ports, input.archive)
    ),
  },
  actions: {
    noteFailure: assign(({ context }, params: { error: unknown }) => ({
      failuresInARow: context.failuresInARow + 1,
      restarts: context.restarts + 1,
      reason: reasonOf(params.error),
      requested: bothRequests(context.requested, context.doing),
      doing: "none" as const,
    })),
    noteSuccess: assign({ failuresInARow: 0, reason: null, doing: "none" }),
    noteSize: assign((_, params: { rows: number; newer: number }) => ({
      workingRows: params.rows,
      newerRows: params.newer,
    })),
    noteSettings: assign(({ context }, params: { slots: Readonly<Record<string, unknown>> }) => {
      const { settings, problems } = readArchiveSettings(params.slots, context.settings);
      return { settings, settingsProblems: problems };
    }),
    noteRequest: assign(({ context }, params: { purge: boolean }) => ({
      requested: bothRequests(context.requested, params.purge ? "purge" : "seal"),
    })),
    tryAnew: assign({ failuresInARow: 0 }),
  },
  guards: {
    folderChanged: ({ context }) =>
      context.archive !== null && context.settings.folder !== context.openFolder,
    sealIsDue: ({ context }) => {
      if (context.archive === null) return false;
      if (context.requested !== "none") return true;
      if (!context.settings.enabled) return false;
      if (context.archive.damaged) return true;
      return context.newerRows > 0 && context.workingRows > context.settings.thresholdRows;
    },
    intervalIsDue: ({ context }) =>
      context.archive !== null && context.settings.enabled && context.newerRows > 0,
    hasChanged: ({ context }) => context.changed,
    isHopeless: ({ context }, params: { error: unknown }) =>
      isFinal(params.error) || context.failuresInARow + 1 >= failuresMax,
    isOpen: ({ context }) => context.archive !== null,
  },
  delays: {
    interval: ({ context }) => context.settings.intervalMs,
    backOff: ({ context }) =>
      Math.min(backOffFirstMs * 2 ** Math.max(0, context.failuresInARow - 1), backOffMaxMs),
    failedRest: failedRestMs,
  },
}).createMachine({
  id: "archive",
  context: ({ input }) => newArchiveContext(input.ports),
  initial: "opening",
  on: {
    WORKING_MEMORY_SIZED: { actions: { type: "noteSize", params: ({ event }) => event } },
    SETTINGS_CHANGED: { actions: { type: "noteSettings", params: ({ event }) => event } },
    SEAL_REQUESTED: {
      actions: { type: "noteRequest", params: ({ event }) => ({ purge: event.purge === true }) },
    },
    ARCHIVE_CHANGED: { actions: assign({ changed: true }) },
    STOPPED: ".stopping",
  },
  states: {
    opening: {
      entry: assign({ settingsHeard: false }),
      // What is heard while the slots are being read is newer than what was read.
      on: {
        SETTINGS_CHANGED: {
          actions: [{ type: "noteSettings", params: ({ event }) => event }, assign({ settingsHeard: true })],
        },
      },
      invoke: {
        src: "open",
        input: ({ context, self }) => ({
          ports: context.ports,
          settings: context.settings,
          onChanged: () => self.send({ type: "ARCHIVE_CHANGED" }),
        }),
        onDone: {
          target: "idle",
          actions: [
            assign({
              archive: ({ event }) => event.output.archive,
              settings: ({ context, event }) =>
                context.settingsHeard ? context.settings : event.output.settings,
              openFolder: ({ event }) => event.output.settings.folder,
              settingsProblems: ({ context, event }) =>
                context.settingsHeard ? context.settingsProblems : event.output.problems,
            }),
            "noteSuccess",
          ],
        },
        onError: [
          {
            guard: { type: "isHopeless", params: ({ event }) => event },
            target: "failed",
            actions: { type: "noteFailure", params: ({ event }) => event },
          },
          { target: "backingOff", actions: { type: "noteFailure", params: ({ event }) => event } },
        ],
      },
    },
    idle: {
      always: [
        { guard: "folderChanged", target: "reopening" },
        { guard: "hasChanged", target: "following" },
        { guard: "sealIsDue", target: "sealing" },
      ],
      after: { interval: [{ guard: "intervalIsDue", target: "sealing" }, { target: "idle", reenter: true }] },
      on: {
        SETTINGS_CHANGED: {
          target: "idle",
          reenter: true,
          actions: { type: "noteSettings", params: ({ event }) => event },
        },
      },
    },
    /** The archive serves something else than before: what it lacks must be in working memory, what died masked. */
    following: {
      entry: assign({ changed: false }),
      invoke: {
        src: "follow",
        input: ({ context }) => ({ ports: context.ports, archive: context.archive }),
        onDone: "idle",
        onError: { target: "backingOff", actions: { type: "noteFailure", params: ({ event }) => event } },
      },
    },
    sealing: {
      entry: assign(({ context }) => ({
        sealedRows: 0,
        doing: context.requested,
        requested: "none" as const,
      })),
      invoke: {
        src: "seal",
        input: ({ context, self }) => ({
          ports: context.ports,
          archive: context.archive,
          purge: context.doing === "purge",
          onPhase: (phase, rows) => self.send({ type: "SEAL_PROGRESSED", phase, rows }),
        }),
        onDone: { target: "idle", actions: [assign({ newerRows: 0 }), "noteSuccess"] },
        onError: [
          {
            guard: { type: "isHopeless", params: ({ event }) => event },
            target: "failed",
            actions: { type: "noteFailure", params: ({ event }) => event },
          },
          { target: "backingOff", actions: { type: "noteFailure", params: ({ event }) => event } },
        ],
      },
      on: {
        SEAL_PROGRESSED: [
          {
            guard: ({ event }) => event.phase === "verifying",
            target: ".verifying",
            actions: assign({ sealedRows: ({ event }) => event.rows }),
          },
          { guard: ({ event }) => event.phase === "swapping", target: ".swapping" },
          { actions: assign({ sealedRows: ({ event }) => event.rows }) },
        ],
      },
      initial: "building",
      states: { building: {}, verifying: {}, swapping: {} },
    },
    backingOff: {
      after: { backOff: [{ guard: "isOpen", target: "following" }, { target: "opening" }] },
      on: {
        SETTINGS_CHANGED: {
          target: "resuming",
          actions: { type: "noteSettings", params: ({ event }) => event },
        },
      },
    },
    failed: {
      after: { failedRest: { target: "resuming", actions: "tryAnew" } },
      on: {
        SETTINGS_CHANGED: {
          target: "resuming",
          actions: [{ type: "noteSettings", params: ({ event }) => event }, "tryAnew"],
        },
        SEAL_REQUESTED: {
          target: "resuming",
          actions: [
            { type: "noteRequest", params: ({ event }) => ({ purge: event.purge === true }) },
            "tryAnew",
          ],
        },
      },
    },
    resuming: { always: [{ guard: "isOpen", target: "following" }, { target: "opening" }] },
    reopening: {
      invoke: {
        src: "close",
        input: ({ context }) => ({ ports: context.ports, archive: context.archive }),
        onDone: { target: "opening", actions: assign({ archive: null }) },
        onError: {
          target: "backingOff",
          actions: [assign({ archive: null }), { type: "noteFailure", params: ({ event }) => event }],
        },
      },
    },
    stopping: {
      invoke: {
        src: "close",
        input: ({ context }) => ({ ports: context.ports, archive: context.archive }),
        onDone: { target: "stopped", actions: assign({ archive: null }) },
        onError: {
          target: "stopped",
          actions: assign({ archive: null, reason: ({ event }) => reasonOf(event.error) }),
        },
      },
    },
    stopped: { type: "final" },
  },
});
