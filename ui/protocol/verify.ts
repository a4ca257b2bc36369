/** The messages about verifying an image: `GET /api/verify` looks, `POST /api/verify` also repairs. */
import { z } from "zod";
import { positionSchema } from "./words.ts";

const keySchema = z.array(z.union([z.string(), z.number(), z.boolean()])).readonly();

export const verifyReportSchema = z.object({
  /** Nothing is wrong, or nothing any more. */
  ok: z.boolean(),
  /** Where the image stood when the walk began; null when its head cannot be read. */
  position: positionSchema.nullable(),
  /** Entries looked at, by family. */
  checked: z.record(z.string(), z.number()),
  problems: z.array(z.object({
    kind: z.string(),
    key: keySchema,
    oid: z.string().nullable(),
    repairable: z.boolean(),
    message: z.string(),
    hint: z.string(),
  })).readonly(),
  /** Problems beyond those that are told one by one. */
  more: z.number(),
  repaired: z.array(z.object({ kind: z.string(), key: keySchema, did: z.string() })).readonly(),
});
export type VerifyView = z.infer<typeof verifyReportSchema>;

export const verifyProgressSchema = z.object({ stage: z.string(), done: z.number() });
export type VerifyStep = z.infer<typeof verifyProgressSchema>;

/** The answer comes as lines of JSON: any number of `progress`, then one `report` or one `error`. */
export const verifyLineSchema = z.union([
  z.object({ progress: verifyProgressSchema }),
  z.object({ report: verifyReportSchema }),
  z.object({
    error: z.object({
      code: z.string(),
      message: z.string(),
      hint: z.string(),
      retryable: z.boolean(),
      details: z.record(z.string(), z.unknown()),
    }),
  }),
]);
export type VerifyLine = z.infer<typeof verifyLineSchema>;
