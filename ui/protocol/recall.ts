/** The part of the message contract that is about recall: hits with their reasons, and filters. */
import { z } from "zod";
import { queryTimeSchema } from "./words.ts";

/** A recall hit, as `telos recall --json` and `GET /api/recall` give it. */
export const recallHitSchema = z.object({
  oid: z.string(),
  text: z.string(),
  /** 0..1, by all channels: the sum of the reasons' points. */
  score: z.number(),
  tier: z.enum(["L1", "L2", "L3"]),
  source: z.string().nullable(),
  at: z.number(),
  /** Cosine similarity in -1..1; null when it has no vector. Absent, as all that follows, in hits of older versions. */
  cosine: z.number().nullable().optional(),
  /** Null when no word of the query is in it. */
  bm25: z.number().nullable().optional(),
  /** What found it: its meaning, its words, or a memory beside it in its thread. */
  channels: z.array(z.enum(["meaning", "words", "thread"])).readonly().optional(),
  /** Why it has its score: what was found (0..1), what it counts, and what that comes to. */
  reasons: z.array(z.object({
    name: z.enum(["meaning", "words", "thread", "neighbours", "recency", "importance"]),
    value: z.number(),
    weight: z.number(),
    points: z.number(),
  })).readonly().optional(),
});
export type RecallHit = z.infer<typeof recallHitSchema>;

export type RecallReason = NonNullable<RecallHit["reasons"]>[number];

/** "why this?": each reason in words. */
export const reasonWords: Readonly<Record<RecallReason["name"], string>> = {
  meaning: "it means nearly that",
  words: "it has those words",
  neighbours: "memories beside it have those words",
  thread: "with what stands around it, it means nearly that",
  recency: "it is recent",
  importance: "it is important",
};

/** What recalled memories must be like; all that is given must hold. */
export const recallFilterSchema = z.strictObject({
  /** When they were, inclusive, milliseconds since 1970. */
  since: queryTimeSchema.optional(),
  /** Exclusive. */
  until: queryTimeSchema.optional(),
  source: z.string().max(500).optional(),
  /** `memory`, `exchange`, `concept`, or what their slot `kind` says. */
  kind: z.string().max(200).optional(),
  thread: z.string().max(200).optional(),
  /** Slots with exactly these values. */
  slots: z.record(z.string().min(1).max(200), z.union([z.string().max(200), z.number(), z.boolean()]))
    .optional(),
});
export type RecallFilter = z.infer<typeof recallFilterSchema>;

/** A transformation of text into what it says as JSON. */
export function jsonIn(text: string, context: z.RefinementCtx): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    context.addIssue({
      code: "custom",
      message: `it must be JSON: ${(error as Error).message}`,
      input: text,
    });
    return z.NEVER;
  }
}

/** `GET /api/memory/check`: whether working memory, archive and words agree with the store. */
export const memoryCheckSchema = z.object({
  ok: z.boolean(),
  checked: z.object({ rows: z.number(), texts: z.number(), sampled: z.number() }),
  problems: z.array(z.object({
    kind: z.string(),
    oid: z.string().nullable(),
    message: z.string(),
    hint: z.string(),
    repairable: z.boolean(),
  })).readonly(),
});
export type MemoryCheckView = z.infer<typeof memoryCheckSchema>;
