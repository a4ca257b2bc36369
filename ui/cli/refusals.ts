/** What a refusal names one by one: the later changes that an undo would lose. Pure. */
import { z } from "zod";
import type { ErrorShape } from "../door/mod.ts";
import { WHY_SHOWN_MAX } from "./limits.ts";

const laterForm = z.object({
  later: z.array(z.object({ position: z.string(), who: z.string(), why: z.string() })),
  count: z.number().optional(),
});

/** One line each; none when the error names nothing. */
export function refusalLines({ code, details }: ErrorShape): string[] {
  const refused = code === "undo_refused" ? laterForm.safeParse(details) : null;
  if (refused === null || !refused.success) return [];
  const { later, count = later.length } = refused.data;
  const lines = later.map(({ position, who, why }) =>
    `${position}  ${who}  ${why.replaceAll(/\s+/g, " ").slice(0, WHY_SHOWN_MAX)}`
  );
  return count > later.length ? [...lines, `and ${count - later.length} more`] : lines;
}
