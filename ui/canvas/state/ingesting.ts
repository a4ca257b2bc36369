/** Taking files in, as the window asks for it: begin, pause, go on, cancel; and what the stream says of it. */
import type { Ingest, IngestView } from "../../protocol.ts";
import { countInWords, type Problem } from "../model/words.ts";
import { type Api, problemOf } from "../net/api.ts";
import type { Store } from "./store.ts";
import type { Toaster } from "./toaster.ts";

export type Ingesting = ReturnType<typeof createIngesting>;

export function createIngesting({ store, api, toaster }: { store: Store; api: Api; toaster: Toaster }) {
  let before: Ingest | null = null;
  // An end that was seen coming is told.
  store.ingest.subscribe((ingest) => {
    if (ingest !== null && before?.id === ingest.id && isUnderWay(before) && !isUnderWay(ingest)) {
      tell(ingest);
    }
    before = ingest;
  });

  function tell({ state, made, known, reason }: Ingest): void {
    if (state === "done") {
      const text = made === 0
        ? `Nothing changed: ${countInWords(known, "memory", "memories")} were here already`
        : `Took in ${countInWords(made, "memory", "memories")}`;
      toaster.show({ kind: "done", text });
    } else if (reason !== null) toaster.show({ kind: "error", text: "The ingest paused", hint: reason });
  }

  /** @returns why it could not be begun, or null */
  async function begin(path: string): Promise<Problem | null> {
    try {
      const { result } = await api.command({ command: "INGEST", path });
      store.ingest.value = (result as IngestView).ingest;
      return null;
    } catch (error) {
      return problemOf(error);
    }
  }

  async function control(action: "pause" | "resume" | "cancel"): Promise<void> {
    try {
      const { result } = await api.command({ command: "INGEST_CONTROL", action });
      store.ingest.value = (result as IngestView).ingest;
    } catch (error) {
      toaster.fail(error);
    }
  }

  return { begin, control };
}

/** Whether it goes on by itself. */
export function isUnderWay({ state }: Ingest): boolean {
  return state === "running" || state === "waiting";
}
