/** The messages about backups: how they are, every point that can be restored to, how the last runs ended. */
import { z } from "zod";
import { positionSchema } from "./words.ts";

const backupPointSchema = z.object({
  chain: z.string(),
  link: z.number(),
  kind: z.enum(["full", "incremental"]),
  position: positionSchema,
  /** Of the last thought that it holds, in ms. */
  at: z.number(),
  /** When it was made, in ms. */
  made: z.number(),
  bytes: z.number(),
  thoughts: z.number(),
});

export const backupStatusSchema = z.object({
  state: z.enum(["starting", "waiting", "backing up", "drilling", "failing", "off"]),
  folder: z.string(),
  encrypted: z.boolean(),
  last: backupPointSchema.nullable(),
  /** When the next backup and the next restore drill are due, in ms; null when none is. */
  next: z.number().nullable(),
  nextDrill: z.number().nullable(),
  running: z.object({ run: z.number(), what: z.string(), entries: z.number(), bytes: z.number() }).nullable(),
  drill: z.object({
    at: z.number(),
    ok: z.boolean(),
    message: z.string(),
    chain: z.string().nullable(),
    position: z.string().nullable(),
    objects: z.number(),
    thoughts: z.number(),
    tookMs: z.number(),
  }).nullable(),
  /** Why backups are not as they should be; none when all is well. */
  reasons: z.array(z.string()),
});

/** `GET /api/backups`. The newest chain is the last, and so is the newest point of each. */
export const backupsViewSchema = backupStatusSchema.extend({
  chains: z.array(z.object({
    chain: z.string(),
    points: z.array(backupPointSchema),
    /** What is wrong with its links, in words. */
    problems: z.array(z.string()),
  })),
  /** The last runs that have ended, the newest last. `run` is what BACKUP and BACKUP_DRILL answered. */
  ended: z.array(z.object({
    run: z.number(),
    what: z.enum(["backup", "drill"]),
    ok: z.boolean(),
    message: z.string(),
    backup: z.object({
      chain: z.string(),
      link: z.number(),
      kind: z.enum(["full", "incremental"]),
      /** Why a full one was made though an incremental one was due. */
      why: z.string().nullable(),
      position: positionSchema,
      at: z.number(),
      made: z.number(),
      entries: z.number(),
      thoughts: z.number(),
      bytes: z.number(),
      chunks: z.number(),
      tookMs: z.number(),
      removed: z.array(z.string()),
    }).nullable(),
  })),
});
export type BackupsView = z.infer<typeof backupsViewSchema>;
