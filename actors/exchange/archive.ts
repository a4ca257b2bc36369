/** The first and the last line of an archive. Between them stands one object a line; FORMAT.md says all of it. */
import { z } from "zod";
import { spaceSchema } from "../memory/mod.ts";
import { isPosition } from "../../kv/mod.ts";
import { isOid } from "../world/mod.ts";

/** Raised when a reader of the former format could not read what is written now. */
export const ARCHIVE_FORMAT = 1;

export const archiveHeadForm = z.strictObject({
  telos: z.literal("archive"),
  format: z.number().int().min(1),
  image: z.string(),
  position: z.string().refine(isPosition),
  objects: z.number().int().min(0),
  object_version: z.number().int().min(1),
  roots: z.array(z.string().refine(isOid)).readonly().optional(),
  canvases: z.array(z.string().min(1)).readonly(),
  space: spaceSchema.optional(),
});
export type ArchiveHead = z.infer<typeof archiveHeadForm>;

const count = z.number().int().min(0);
export const archiveEndForm = z.strictObject({
  telos: z.literal("end"),
  counts: z.strictObject({
    objects: count,
    damaged: count,
    morphs: count,
    vectors: count,
    hypervectors: count,
  }),
  /** Hex, over the bytes of all lines before this one. */
  sha256: z.string(),
});
export type ArchiveEnd = z.infer<typeof archiveEndForm>;
