/** The messages about curation: how it is, what the last run did and why, and the concepts that there are. */
import { z } from "zod";
import { positionSchema } from "./words.ts";

/** `CURATE` begins a run, or with `stop` ends the one under way. */
export const curateShape = { stop: z.boolean().optional() };

const stageSchema = z.enum([
  ...["reading", "relating", "gating", "clustering", "defining", "committing", "reporting"] as const,
]);

/** How far a run is, live: memories or concepts, as the stage counts them. */
export const curationStageShape = {
  run: z.number(),
  stage: z.enum([...stageSchema.options, "ended"]),
  done: z.number(),
  total: z.number(),
  note: z.string().optional(),
};

export const curationReportSchema = z.object({
  run: z.number(),
  /** When it began, in ms. */
  at: z.number(),
  tookMs: z.number(),
  embeddingMs: z.number(),
  /** How long it took to stop when it was told to; null when it was not. */
  stoppedInMs: z.number().nullable(),
  asked: z.enum(["command", "idle", "schedule"]),
  outcome: z.enum(["done", "stopped", "out of time", "failed"]),
  reason: z.string().nullable(),
  looked: z.object({ memories: z.number(), concepts: z.number(), older: z.boolean() }),
  counts: z.object({
    junk: z.number(),
    duplicates: z.number(),
    unmasked: z.number(),
    created: z.number(),
    grown: z.number(),
    merged: z.number(),
    split: z.number(),
    left: z.number(),
  }),
  defined: z.object({ minds: z.number(), extraction: z.number(), tokens: z.number() }),
  entries: z.array(z.object({
    did: z.enum(["masked", "unmasked", "created", "grown", "merged", "split", "left"]),
    text: z.string(),
    why: z.string(),
    objects: z.array(z.string()),
    /** The thought that it was, by which it is undone; null where nothing was changed. */
    position: positionSchema.nullable(),
  })).readonly(),
  /** Entries that are counted and not told. */
  more: z.number(),
});
export type CurationReport = z.infer<typeof curationReportSchema>;

/** `GET /api/curation`. */
export const curationViewSchema = z.object({
  state: z.enum(["starting", "waiting", "running", "stopping", "off"]),
  /** What is wrong with the slots of `curator`. */
  problems: z.array(z.string()).readonly(),
  /** When the next run is due if nobody comes, in ms; null when none is. */
  next: z.number().nullable(),
  running: z.object({
    run: z.number(),
    asked: z.enum(["command", "idle", "schedule"]),
    stage: stageSchema,
    done: z.number(),
    total: z.number(),
  }).nullable(),
  /** Of the last run that did something or was asked for; null when there was none. */
  report: curationReportSchema.nullable(),
  /** The newest first. */
  concepts: z.array(z.object({
    oid: z.string(),
    title: z.string(),
    definition: z.string(),
    sources: z.number(),
    /** Who worded it: a persona, `extraction`, or `a person`. */
    by: z.string(),
    at: z.number(),
  })).readonly(),
  /** The last runs that have ended, the newest last. `run` is what CURATE answered. */
  ended: z.array(z.object({ run: z.number(), report: curationReportSchema })).readonly(),
});
export type CurationView = z.infer<typeof curationViewSchema>;
