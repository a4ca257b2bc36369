/** What the reader finds, in the order of the source; its form is checked where it comes out of the worker. */
import { z } from "zod";

/** Where the reading goes on: behind so many entries of a passage of a file. */
export const markSchema = z.strictObject({
  /** Below what is taken in, with `/`. */
  file: z.string(),
  /** Of the file, bytes and milliseconds since 1970: one that has changed is read anew. */
  size: z.number(),
  changed: z.number(),
  /** Sections, messages or blocks of it that are behind; null when all of the file is. */
  unit: z.number().int().nullable(),
  /** Entries of the next one that are behind. */
  entry: z.number().int(),
});
export type Mark = z.infer<typeof markSchema>;

export const chunkSchema = z.strictObject({
  oid: z.string(),
  /** The oid under which `telos import` would have taken it in. */
  alias: z.string().nullable(),
  text: z.string().min(1),
  source: z.string(),
  thread: z.string(),
  file: z.string(),
  kind: z.enum(["note", "text", "message", "mail"]),
  author: z.string().nullable(),
  /** Milliseconds since 1970. */
  at: z.number().nullable(),
});
export type Chunk = z.infer<typeof chunkSchema>;

export const problemSchema = z.strictObject({ place: z.string(), reason: z.string() });
export type Problem = z.infer<typeof problemSchema>;

export const entrySchema = z.strictObject({
  /** How far the reading is behind this one. */
  mark: markSchema,
  chunk: chunkSchema.optional(),
  problem: problemSchema.optional(),
  /** A file came to its end, or was left out. */
  file: z.strictObject({ bytes: z.number(), taken: z.boolean() }).optional(),
});
export type Entry = z.infer<typeof entrySchema>;
