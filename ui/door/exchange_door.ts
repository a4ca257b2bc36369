/**
 * The part of a door through which an image is exchanged with files: written as an archive or a blueprint, taken in from
 * an archive, and given memories from elsewhere.
 */
import { z } from "zod";
import { textSchema } from "../protocol.ts";

export const exportRequestSchema = z.object({
  /** Names or oids: these, all that descend from them, and all that those refer to. Without any: the whole image. */
  objects: z.array(z.string().min(1).max(200)).max(1_000).optional(),
  /** Whether vectors go with the memories. Default: yes. */
  vectors: z.boolean().optional(),
  as: z.enum(["archive", "blueprint"]).default("archive"),
});
export type ExportRequest = z.input<typeof exportRequestSchema>;

export const importRequestSchema = z.object({
  onConflict: z.enum(["refuse", "skip", "theirs", "copy"]).default("refuse"),
});
export type ImportRequest = z.input<typeof importRequestSchema>;

export const ingestMemorySchema = z.strictObject({
  /** A UUIDv7 made of what the memory is, so that the same one is known again. */
  oid: z.string().regex(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
  text: textSchema.min(1).max(100_000),
  source: textSchema.min(1).max(500),
  thread: textSchema.min(1).max(200),
  author: textSchema.max(200).optional(),
  at: z.number().optional(),
});
export const ingestRequestSchema = z.strictObject({
  memories: z.array(ingestMemorySchema).min(1).max(10_000),
});
export type IngestMemory = z.infer<typeof ingestMemorySchema>;

export const ingestReportSchema = z.object({
  position: z.string(),
  made: z.number(),
  known: z.number(),
});
export type IngestReport = z.infer<typeof ingestReportSchema>;

const conflictSchema = z.object({
  oid: z.string(),
  name: z.string().nullable(),
  label: z.string(),
  kind: z.enum(["content", "name"]),
  with: z.string(),
  differs: z.array(z.string()).readonly(),
  reason: z.string(),
});

export const importMessageSchema = z.union([
  z.object({
    progress: z.object({
      phase: z.enum(["reading", "embedding", "writing"]),
      done: z.number(),
      total: z.number(),
    }),
  }),
  z.object({
    report: z.object({
      position: z.string(),
      changed: z.boolean(),
      made: z.number(),
      replaced: z.number(),
      copied: z.number(),
      same: z.number(),
      skipped: z.number(),
      embedded: z.number(),
      damaged: z.array(z.string()).readonly(),
      conflicts: z.array(conflictSchema).readonly(),
    }),
  }),
]);
export type ImportMessage = z.infer<typeof importMessageSchema>;

export interface ExchangeOptions {
  readonly who?: string;
  readonly signal?: AbortSignal;
}

export interface ExchangeDoor {
  /** As of the moment of the first line, whatever is changed meanwhile. */
  export(request?: ExportRequest, options?: ExchangeOptions): AsyncIterable<Uint8Array>;
  /**
   * One thought: all of the archive, or nothing. Messages of progress, the report last.
   * @throws {ArchiveError} {ImportConflictError}, or a `RemoteError` of the same shape
   */
  import(
    archive: AsyncIterable<Uint8Array>,
    request?: ImportRequest,
    options?: ExchangeOptions,
  ): AsyncIterable<ImportMessage>;
  /** One thought; memories whose oid is there already are passed over. */
  ingest(memories: readonly IngestMemory[], options?: ExchangeOptions): Promise<IngestReport>;
}
