/** What a refusal names one by one: the later changes that an undo would lose, the conflicts of a merge. Pure. */
import { z } from "zod";
import type { ErrorShape } from "../door/mod.ts";
import { conflictSchema, oneLine, type WireValue } from "../protocol.ts";
import { VALUE_SHOWN_MAX, WHY_SHOWN_MAX } from "./limits.ts";

const laterForm = z.object({
  later: z.array(z.object({ position: z.string(), who: z.string(), why: z.string() })),
  count: z.number().optional(),
});
const conflictsForm = z.object({ conflicts: z.array(conflictSchema), count: z.number() });

/** One line each; none when the error names nothing. */
export function refusalLines({ code, details }: ErrorShape): string[] {
  if (code === "undo_refused") return laterLines(laterForm.safeParse(details).data);
  if (code === "merge_conflict") return conflictLines(conflictsForm.safeParse(details).data);
  return [];
}

function laterLines(found: z.infer<typeof laterForm> | undefined): string[] {
  const lines = (found?.later ?? []).map(({ position, who, why }) =>
    `${position}  ${who}  ${oneLine(why, WHY_SHOWN_MAX)}`
  );
  return withMore(lines, found?.count);
}

function conflictLines(found: z.infer<typeof conflictsForm> | undefined): string[] {
  const lines = (found?.conflicts ?? []).map((conflict) => {
    const { oid, name, field, reason, ours, theirs } = conflict;
    const sides = "ours" in conflict || "theirs" in conflict
      ? `: ours ${valueInWords(ours)}, theirs ${valueInWords(theirs)}`
      : `: ${reason}`;
    return `${name ?? oid}.${field}${sides}`;
  });
  return withMore(lines, found?.count);
}

function withMore(lines: readonly string[], count = lines.length): string[] {
  return count > lines.length ? [...lines, `and ${count - lines.length} more`] : [...lines];
}

function valueInWords(value: WireValue | undefined): string {
  const text = value === undefined ? "has none" : JSON.stringify(value);
  return text.length <= VALUE_SHOWN_MAX ? text : `${text.slice(0, VALUE_SHOWN_MAX)}…`;
}
