/** The messages about history: what differs between two points, what it costs, how it is forked, merged and pruned. */
import { z } from "zod";
import { asOfSchema, countSchema, nameSchema, oneLine, positionSchema, wireValueSchema } from "./words.ts";

/** `GET /api/diff?from=&to=&object=`: what differs between two points; without `to`, up to now. */
export const diffQuerySchema = z.object({
  from: asOfSchema,
  to: asOfSchema.optional(),
  /** Only this object: a name, as of `to`, or an oid. */
  object: nameSchema.optional(),
});
/** `GET /api/objects?asOf=&after=&limit=`: all objects, a page at a time, as `childrenViewSchema`. */
export const objectsQuerySchema = z.object({
  asOf: asOfSchema.optional(),
  after: z.string().max(200).optional(),
  limit: countSchema(1000, 100),
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

/** A folder on the machine of the image: an absolute path. */
const folderSchema = z.string().min(1).max(4_096);
const sideSchema = z.enum(["ours", "theirs"]);

/** How whoever asks for long work calls it, to find it in health and to stop it. */
export const workNameSchema = z.string().min(1).max(64);
export const workSchema = z.object({
  work: workNameSchema,
  what: z.enum(["fork", "merge", "prune", "verify", "erase"]),
  who: z.string(),
  /** When it began, in ms. */
  since: z.number(),
  /** How much is done, in its own unit: entries, objects, thoughts. */
  done: z.number(),
  unit: z.string(),
});
export type WorkView = z.infer<typeof workSchema>;

export const forkShape = {
  work: workNameSchema.optional(),
  /** Where the new image comes to stand: not there yet, or empty. */
  folder: folderSchema,
  /** Default: now. */
  at: asOfSchema.optional(),
};
export const mergeShape = {
  work: workNameSchema.optional(),
  /** The folder of the fork, which nothing may have open. */
  folder: folderSchema,
  /** Names in the fork, or oids; default: all that the fork has changed. */
  objects: z.array(nameSchema).min(1).max(1_000).optional(),
  /** Decides every conflict that `choices` do not. */
  prefer: sideSchema.optional(),
  choices: z.array(z.strictObject({
    object: nameSchema,
    /** A slot, `parent*`, `name*`, or `object*` for whether it is there; default: all of the object. */
    field: z.string().min(1).max(200).optional(),
    take: sideSchema,
  })).max(10_000).optional(),
};
export const pruneShape = {
  work: workNameSchema.optional(),
  /** The new horizon; default: what the policy of the image says. */
  before: asOfSchema.optional(),
  dryRun: z.boolean().default(false),
};

export const forkedSchema = z.object({
  folder: z.string(),
  imageId: z.string(),
  position: positionSchema,
  objects: z.number(),
});
export const mergedSchema = z.object({
  fork: z.string(),
  objects: z.array(z.object({ oid: z.string(), name: z.string().nullable(), change: z.string() })),
});
/** Null when the policy keeps all. */
export const prunedSchema = z.object({
  horizon: positionSchema,
  thoughts: z.number(),
  images: z.number(),
  blobs: z.number(),
  bytes: z.number(),
}).nullable();
/** What a refused merge lists in `details.conflicts`. */
export const conflictSchema = z.object({
  oid: z.string(),
  name: z.string().nullable(),
  field: z.string(),
  reason: z.string(),
  base: wireValueSchema.optional(),
  ours: wireValueSchema.optional(),
  theirs: wireValueSchema.optional(),
});

/** `GET /api/history`: what history costs, in bytes, and how long it is kept. */
export const historyViewSchema = z.object({
  cost: z.object({
    /** The oldest position that can be read. */
    horizon: positionSchema,
    upTo: positionSchema,
    thoughts: z.number(),
    pruned: z.number(),
    logBytes: z.number(),
    imageBytes: z.number(),
    blobBytes: z.number(),
    versionBytes: z.number(),
    totalBytes: z.number(),
  }),
  policy: z.object({
    keep: z.enum(["all", "days", "thoughts"]),
    days: z.number(),
    thoughts: z.number(),
    intervalSeconds: z.number(),
    problem: z.string().optional(),
  }),
  unfinished: z.boolean(),
});
export type HistoryView = z.infer<typeof historyViewSchema>;

/** The answer to an undo or a redo: why there was the thought that was taken back. */
const takenBackSchema = z.object({ why: z.string() });
/** Characters of a reason that is said in passing. */
const WHY_SAID_MAX = 120;

/** `Undone: set square width`. A redo takes an undo back: what it does is what that undo undid. */
export function takenBackInWords(done: "Undone" | "Redone", result: unknown): string {
  const { why } = takenBackSchema.parse(result);
  const what = done === "Redone" ? why.replace(/^undo: /, "") : why;
  return `${done}: ${oneLine(what, WHY_SAID_MAX)}`;
}
