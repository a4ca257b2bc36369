/** What recalled memories must be like, as it is written into the fields, and as the image is asked. Pure. */
import type { RecallFilter } from "../../protocol.ts";

/** Days are `YYYY-MM-DD`, as the field of a day has them; empty is any. */
export interface RecallFilterFields {
  readonly since: string;
  readonly until: string;
  readonly source: string;
  readonly kind: string;
}

export const noFilter: RecallFilterFields = { since: "", until: "", source: "", kind: "" };

/** Undefined when nothing is asked for. Days are the person's own; the last one is asked for whole. */
export function filterOf({ since, until, source, kind }: RecallFilterFields): RecallFilter | undefined {
  const filter = {
    ...(since === "" ? {} : { since: midnightOf(since) }),
    ...(until === "" ? {} : { until: midnightOf(until, 1) }),
    ...(source.trim() === "" ? {} : { source: source.trim() }),
    ...(kind === "" ? {} : { kind }),
  };
  return Object.keys(filter).length === 0 ? undefined : filter;
}

/** When a day begins where the person is, or so many days after it. */
function midnightOf(day: string, later = 0): number {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  return new Date(year, month - 1, date + later).getTime();
}
