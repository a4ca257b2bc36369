/** An ingest as it is shown. */
import type { Job } from "./job.ts";
import type { SourceTotals } from "./read_source.ts";

/** The shape that `ui/protocol.ts` calls Ingest. */
export type IngestView = ReturnType<typeof viewOf>;

export interface Underway {
  readonly totals: SourceTotals | null;
  /** What it waits for. */
  readonly waiting: string | null;
  /** Memories a second. */
  readonly rate: number | null;
}

export function viewOf(job: Job, { totals, waiting, rate }: Underway) {
  const { after, who: _who, ...told } = job;
  const isWaiting = job.state === "running" && waiting !== null;
  return {
    ...told,
    state: isWaiting ? "waiting" as const : job.state,
    reason: isWaiting ? waiting : job.reason,
    totals,
    rate,
    /** The file that is read, or was last. */
    current: after?.file ?? null,
  };
}
