/** What a run did and why: the form in which it is kept in the slot `report` of the curator, and shown. */
import { z } from "zod";
import { DECLINED_CONCEPTS_KEPT, DECLINED_KEPT, REPORTED_CHARACTERS, REPORTED_MAX } from "./limits.ts";
import type { Declined } from "./plan.ts";
import type { Entry } from "./ports.ts";
import { shortened } from "./words.ts";

const count = z.number().int().min(0);

const entryForm = z.object({
  did: z.enum(["masked", "unmasked", "created", "grown", "merged", "split", "left"]),
  text: z.string(),
  why: z.string(),
  objects: z.array(z.string()),
  position: z.string().nullable(),
});

export const reportForm = z.object({
  v: z.literal(1),
  run: z.number(),
  /** When it began, milliseconds since 1970. */
  at: z.number(),
  tookMs: z.number(),
  /** Of that, waiting for vectors of definitions. */
  embeddingMs: z.number(),
  /** How long it took to stop when it was told to; null when it was not. */
  stoppedInMs: z.number().nullable(),
  asked: z.enum(["command", "idle", "schedule"]),
  outcome: z.enum(["done", "stopped", "out of time", "failed"]),
  /** Why it did not come to its end, or what it did without; null when there is nothing to say. */
  reason: z.string().nullable(),
  /** Where the image was when it was read. */
  position: z.string(),
  looked: z.object({ memories: count, concepts: count, older: z.boolean() }),
  counts: z.object({
    junk: count,
    duplicates: count,
    unmasked: count,
    created: count,
    grown: count,
    merged: count,
    split: count,
    left: count,
  }),
  /** Who defined: a persona's mind, or extraction. Tokens are estimated. */
  defined: z.object({ minds: count, extraction: count, tokens: count }),
  entries: z.array(entryForm),
  /** Entries that are counted and not told. */
  more: count,
});
export type Report = z.infer<typeof reportForm>;

/** The last report that a curator keeps; null when there is none, or it is none. */
export function reportIn(values: Readonly<Record<string, unknown>>): Report | null {
  const parsed = reportForm.safeParse(values.report);
  return parsed.success ? parsed.data : null;
}

/** As many entries as are told, each shortened. */
export function toldEntries(entries: readonly Entry[]): Pick<Report, "entries" | "more"> {
  const told = entries.slice(0, REPORTED_MAX).map((entry) => ({
    ...entry,
    text: shortened(entry.text, REPORTED_CHARACTERS),
    why: shortened(entry.why, REPORTED_CHARACTERS),
    objects: entry.objects.slice(0, 4),
  }));
  return { entries: told, more: entries.length - told.length };
}

/** A report in a line. */
export function summaryOf({ counts, outcome, looked, reason }: Report): string {
  const said = [
    [counts.created, "concept made", "concepts made"],
    [counts.grown, "grown", "grown"],
    [counts.merged, "merged", "merged"],
    [counts.split, "split", "split"],
    [counts.duplicates, "duplicate masked", "duplicates masked"],
    [counts.junk, "memory masked as junk", "memories masked as junk"],
    [counts.unmasked, "memory shown again", "memories shown again"],
  ] as const;
  const did = said.filter(([n]) => n > 0).map(([n, one, many]) => `${n} ${n === 1 ? one : many}`);
  const what = did.length === 0 ? "nothing to do" : did.join(", ");
  const how = outcome === "done" ? "" : `; ${outcome}${reason === null ? "" : `: ${reason}`}`;
  return `${what}, of ${looked.memories} memories${how}`;
}

const declinedForm = z.object({
  memories: z.array(z.string()).default([]),
  concepts: z.array(z.string()).default([]),
  signatures: z.array(z.array(z.string())).default([]),
});

/** What a person took back of earlier runs, as the curator remembers it. */
export function declinedIn(values: Readonly<Record<string, unknown>>): Declined {
  const parsed = declinedForm.safeParse(values.declined ?? {});
  const { memories, concepts, signatures } = parsed.success ? parsed.data : declinedForm.parse({});
  return { memories: new Set(memories), concepts: new Set(concepts), signatures };
}

/** As it is stored: the newest, up to the bounds. */
export function storedDeclined({ memories, concepts, signatures }: Declined) {
  return {
    memories: [...memories].slice(-DECLINED_KEPT),
    concepts: [...concepts].slice(-DECLINED_KEPT),
    signatures: signatures.slice(-DECLINED_CONCEPTS_KEPT).map((each) => [...each]),
  };
}
