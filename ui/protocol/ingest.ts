/** The messages about ingest: what is taken in, how far it is, what was left out. */
import { z } from "zod";

/** An ingest that is under way, or the last one. Files and bytes are those behind it. */
export const ingestSchema = z.object({
  id: z.string(),
  path: z.string(),
  /** `waiting`: something stands in its way, and it is tried again. */
  state: z.enum(["running", "waiting", "paused", "done", "cancelled"]),
  /** Why it waits or pauses, when nobody asked for it. */
  reason: z.string().nullable(),
  /** Milliseconds since 1970. */
  begun: z.number(),
  ended: z.number().nullable(),
  /** Of all of it; null while it is counted, or when there is too much to count. */
  totals: z.object({ files: z.number(), bytes: z.number() }).nullable(),
  files: z.number(),
  /** Files that were left out. */
  skipped: z.number(),
  bytes: z.number(),
  /** Memories that were made, and those that were there already. */
  made: z.number(),
  known: z.number(),
  /** All that was left out, and the first of it by name. */
  problems: z.number(),
  named: z.array(z.object({ place: z.string(), reason: z.string() })),
  /** Memories a second; null when nobody can say yet. */
  rate: z.number().nullable(),
  /** The file that is read, or was last. */
  current: z.string().nullable(),
});
export type Ingest = z.infer<typeof ingestSchema>;

/** `GET /api/ingest`; null before the first one. */
export const ingestViewSchema = z.object({ ingest: ingestSchema.nullable() });
export type IngestView = z.infer<typeof ingestViewSchema>;

export const ingestShape = {
  /** A file or a folder of the machine on which the image is open: a whole path. */
  path: z.string().min(1).max(1_000),
};
export const ingestControlShape = { action: z.enum(["pause", "resume", "cancel"]) };

/** How far it is, 0 to 1; null when nobody can say. */
export function ingestShare({ state, bytes, totals }: Ingest): number | null {
  if (state === "done") return 1;
  if (totals === null || totals.bytes === 0) return null;
  return Math.min(1, bytes / totals.bytes);
}
