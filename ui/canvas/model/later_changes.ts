/** What stands in the way of an undo, as its refusal lists it. Pure. */
import { z } from "zod";
import type { Problem } from "./words.ts";

const detailsForm = z.object({
  later: z.array(z.object({ position: z.string(), who: z.string(), why: z.string(), at: z.number() })).min(1),
  count: z.number(),
});

/** Null when the problem is another one. */
export function laterChangesOf({ code, message, details }: Problem) {
  const parsed = code === "undo_refused" ? detailsForm.safeParse(details) : null;
  if (parsed === null || !parsed.success) return null;
  return { title: message.split(" as ")[0]!, later: parsed.data.later, count: parsed.data.count };
}
