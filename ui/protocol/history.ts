/** The messages about history: what differs between two points, what it costs, how it is forked, merged and pruned. */
import { z } from "zod";
import { asOfSchema, nameSchema, positionSchema, wireValueSchema } from "./words.ts";

/** `GET /api/diff?from=&to=&object=`: what differs between two points; without `to`, up to now. */
export const diffQuerySchema = z.object({
  from: asOfSchema,
  to: asOfSchema.optional(),
  /** Only this object: a name, as of `to`, or an oid. */
  object: nameSchema.optional(),
});
const hunkSchema = z.object({
  /** Number of the first line, from 1. */
  before: z.number(),
  after: z.number(),
  lines: z.array(z.object({ kind: z.enum(["same", "added", "removed"]), text: z.string() })),
});
export const diffViewSchema = z.object({
  from: positionSchema,
  to: positionSchema,
  /** Thoughts between the two. */
  thoughts: z.number(),
  objects: z.array(z.object({
    oid: z.string(),
    name: z.string().nullable(),
    change: z.enum(["made", "deleted", "changed"]),
    renamed: z.object({ before: z.string().nullable(), after: z.string().nullable() }).optional(),
    parents: z.object({ before: z.array(z.string()), after: z.array(z.string()) }).optional(),
    /** A side is absent when the object had no such slot then. */
    slots: z.array(z.object({
      slot: z.string(),
      before: wireValueSchema.optional(),
      after: wireValueSchema.optional(),
      hunks: z.array(hunkSchema).optional(),
    })),
  })),
  /** Where objects stood; null for nowhere. */
  places: z.array(z.object({
    canvas: z.string(),
    oid: z.string(),
    before: z.looseObject({ x: z.number(), y: z.number() }).nullable(),
    after: z.looseObject({ x: z.number(), y: z.number() }).nullable(),
  })),
  /** Names of objects that the differences refer to. */
  names: z.record(z.string(), z.string()),
  /** Changed objects beyond those that are described. */
  more: z.number(),
});
export type DiffView = z.infer<typeof diffViewSchema>;
