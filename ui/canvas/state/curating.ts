/** Curation as the window shows it: how it is, how far a run is, and what a person asks of it. */
import { signal } from "@preact/signals";
import type { CommittedEvent, CurationView, LiveEvent } from "../../protocol.ts";
import { type Api, problemOf } from "../net/api.ts";
import type { Problem } from "../model/words.ts";
import type { Toaster } from "./toaster.ts";

type CurationStage = Extract<LiveEvent, { command: "CURATION_STAGE" }>;

export type Curating = ReturnType<typeof createCurating>;

export function createCurating({ api, toaster }: { readonly api: Api; readonly toaster: Toaster }) {
  /** Null until it is looked at. */
  const view = signal<CurationView | null>(null);
  const problem = signal<Problem | null>(null);
  /** How far the run under way is; null when there is none. */
  const stage = signal<CurationStage | null>(null);

  let asked = 0;
  async function load(): Promise<void> {
    const mine = ++asked;
    try {
      const answer = await api.curation();
      if (mine !== asked) return;
      view.value = answer;
      problem.value = null;
      if (view.value.running === null) stage.value = null;
    } catch (error) {
      if (mine === asked) problem.value = problemOf(error);
    }
  }

  async function ask(stop: boolean): Promise<void> {
    try {
      await api.command({ command: "CURATE", ...(stop ? { stop } : {}) });
      await load();
    } catch (error) {
      toaster.fail(error);
    }
  }

  return {
    view,
    problem,
    stage,
    load,
    curate: () => ask(false),
    stop: () => ask(true),

    /** The stream is joined anew: whether a run still goes on was not heard. */
    rejoined(): void {
      stage.value = null;
      if (view.value !== null) void load();
    },

    /** What the stream tells of a run; its end is told to the person, and looked at where it is shown. */
    tell(event: CurationStage): void {
      if (event.stage !== "ended") {
        stage.value = event;
        return;
      }
      stage.value = null;
      toaster.show({ kind: "info", text: `Curated: ${event.note ?? "done"}` });
      if (view.value !== null) void load();
    },

    /** Whether a thought may have changed what is listed. */
    isAbout: ({ kind, undoes, deleted }: CommittedEvent): boolean =>
      view.value !== null &&
      (kind === "curation" || undoes !== undefined ||
        view.value.concepts.some(({ oid }) => deleted.includes(oid))),
  };
}
