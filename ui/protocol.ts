/**
 * The message contract, in zod: every command a client may send, every event the server may stream, and the
 * shape of everything it answers. Server, canvas and command line import this one file, so that they cannot
 * disagree. It imports nothing but zod and its own parts.
 */
import { z } from "zod";
import {
  forkShape,
  historyViewSchema,
  mergeShape,
  pruneShape,
  workNameSchema,
  workSchema,
} from "./protocol/history.ts";
import { curateShape, curationStageShape } from "./protocol/curation.ts";
import { backupStatusSchema } from "./protocol/backups.ts";
import {
  answerCompleteShape,
  answerHeadShape,
  answerSnapshotShape,
  askShape,
  branchShape,
  renameThreadShape,
  replayShape,
  voicePartialShape,
  voiceStartedShape,
} from "./protocol/conversation.ts";
import { jsonIn, type RecallFilter, recallFilterSchema } from "./protocol/recall.ts";
import {
  approveShape,
  checkMethodsShape,
  kernelStageShape,
  methodMoreShape,
  rejectShape,
} from "./protocol/kernel.ts";
import {
  asOfSchema,
  countSchema,
  givenValueSchema,
  nameSchema,
  positionSchema,
  selectorSchema,
  textSchema,
  wireValueSchema,
} from "./protocol/words.ts";

export {
  type AnswerDetails,
  conversationQuerySchema,
  type ConversationView,
  conversationViewSchema,
  defaultThread,
  type Exchange,
  type ExportFormat,
  exportFormatSchema,
  exportQuerySchema,
  isThread,
  PERSONAS_ASKED_MAX,
  type PromptsView,
  promptsViewSchema,
  type ThreadExport,
  threadExportSchema,
  threadResultSchema,
  type ThreadsView,
  threadsViewSchema,
  type ThreadView,
  type Usage,
  type UsageView,
  usageViewSchema,
} from "./protocol/conversation.ts";
import { ingestControlShape, ingestSchema, ingestShape } from "./protocol/ingest.ts";

export {
  type Ingest,
  ingestSchema,
  ingestShare,
  type IngestView,
  ingestViewSchema,
} from "./protocol/ingest.ts";
export * from "./protocol/verify.ts";
export * from "./protocol/words.ts";
export * from "./protocol/history.ts";
export * from "./protocol/backups.ts";
export {
  memoryCheckSchema,
  type MemoryCheckView,
  reasonWords,
  type RecallFilter,
  type RecallHit,
  recallHitSchema,
  type RecallReason,
} from "./protocol/recall.ts";
export * from "./protocol/kernel.ts";
export * from "./protocol/question.ts";
export { type CurationReport, type CurationView, curationViewSchema } from "./protocol/curation.ts";

export const methodViewSchema = z.object({
  /** `native` comes with the program; `image` is text written in the image and runs only in the sandbox. */
  kind: z.enum(["native", "image"]),
  source: z.string().optional(),
  native: z.string().optional(),
  doc: z.string().optional(),
  /** False when a send may change objects. Unknown (absent) for image methods. */
  readOnly: z.boolean().optional(),
  ...methodMoreShape,
});
export type MethodView = z.infer<typeof methodViewSchema>;

/** One object as `GET /api/objects/:name` gives it. `parents` are oids in the order they are searched. */
export const objectViewSchema = z.object({
  oid: z.string(),
  name: z.string().nullable(),
  parents: z.array(z.string()),
  slots: z.record(z.string(), wireValueSchema),
  methods: z.record(z.string(), methodViewSchema),
  position: z.string().nullable(),
  versionstamp: z.string().nullable(),
  state: z.enum(["active", "passive", "quarantined"]),
  /** Why the object is quarantined; null when it is not. */
  reason: z.string().nullable(),
  /** The delegation chain in the order in which it is searched, the object itself first. */
  chain: z.array(z.object({ oid: z.string(), name: z.string().nullable() })),
  createdAt: z.number(),
});
export type ObjectView = z.infer<typeof objectViewSchema>;

/** Enough of an object to draw it, without its chain. */
export const objectSummarySchema = z.object({
  oid: z.string(),
  name: z.string().nullable(),
  parents: z.array(z.string()),
  /** The kind of morph, found along the chain: `morph`, `persona_morph`, `memory_morph`, `message_morph`, … */
  look: z.string(),
  /** One line that says what the object is: its text, its doc, or its first slots. At most 200 characters. */
  caption: z.string(),
  position: z.string().nullable(),
  state: z.enum(["active", "passive", "quarantined"]),
});
export type ObjectSummary = z.infer<typeof objectSummarySchema>;

export const morphPlaceSchema = z.object({
  canvas: z.string(),
  oid: z.string(),
  x: z.number(),
  y: z.number(),
  width: z.number().optional(),
  height: z.number().optional(),
});
export type MorphPlace = z.infer<typeof morphPlaceSchema>;

/** A committed thought as `GET /api/log` lists it; `objects` are the oids it changed. */
export const thoughtViewSchema = z.object({
  position: positionSchema,
  id: z.string(),
  who: z.string(),
  why: z.string(),
  at: z.number(),
  kind: z.string(),
  objects: z.array(z.string()),
  /** The position this thought undid, when it is an undo. */
  undoes: z.string().optional(),
  persona: z.string().optional(),
  model: z.string().optional(),
});
export type ThoughtView = z.infer<typeof thoughtViewSchema>;

/** What FORGET answers. */
export const forgottenSchema = z.object({
  oid: z.string(),
  /** `erased`: no byte of what it held is left in the image's files; `forgotten`: that is under way. */
  state: z.enum(["forgotten", "erased"]),
  /** Objects that quote it, now or in their history: they are left as they are. */
  quotedBy: z.array(z.string()),
  /** Objects that referred to it, and do so no more. */
  unlinked: z.array(z.string()),
});
export type ForgottenView = z.infer<typeof forgottenSchema>;

// ---------------------------------------------------------------- commands: client to server

const command = <Name extends string, Shape extends z.ZodRawShape>(name: Name, shape: Shape) =>
  z.strictObject({ command: z.literal(name), ...shape });
/** A command that is refused with 409 unless the object it names is still at `expected`. */
const change = <Name extends string, Shape extends z.ZodRawShape>(name: Name, shape: Shape) =>
  command(name, { expected: positionSchema.optional(), ...shape });

/** Refused with 409 unless the image's last thought is the one at `expected`. */
const expectedHead = { expected: positionSchema.optional() };

const slotsSchema = z.record(selectorSchema, givenValueSchema).refine((slots) => {
  const count = Object.keys(slots).length;
  return count >= 1 && count <= 64;
}, "slots must be 1 to 64");

const memoryShape = {
  text: textSchema.min(1, "a memory must have a text").max(100_000),
  source: textSchema.max(500).optional(),
  thread: textSchema.max(200).optional(),
  at: z.number().optional(),
};

export const commandSchema = z.discriminatedUnion("command", [
  /** Ask the personas. Answers `{answer}` at once; tokens follow on the stream. */
  command("USER_QUERY_REQUEST", askShape),
  command("BRANCH_THREAD", branchShape),
  command("RENAME_THREAD", renameThreadShape),
  command("REPLAY", replayShape),
  command("CANCEL", { answer: z.string() }),
  change("SEND", {
    receiver: nameSchema,
    selector: selectorSchema,
    arguments: z.array(givenValueSchema).max(32).default([]),
  }),
  change("SET_SLOT", { object: nameSchema, slot: selectorSchema, value: givenValueSchema }),
  /** Several at once, as one thought: all of them or none. A method is set by itself. */
  change("SET_SLOTS", { object: nameSchema, slots: slotsSchema }),
  change("REMOVE_SLOT", { object: nameSchema, slot: selectorSchema }),
  change("RENAME", { object: nameSchema, name: nameSchema.nullable() }),
  change("CLONE", { object: nameSchema, name: nameSchema.optional() }),
  change("EXTEND", { object: nameSchema, name: nameSchema.optional() }),
  /** With `cascade` all that is below it too; `force` is needed when that takes what the image itself lives by. */
  change("DELETE", { object: nameSchema, cascade: z.boolean().optional(), force: z.boolean().optional() }),
  /** Delete it and every byte of it. Answers `{oid, state, quotedBy, unlinked}`, with `wait` once it is erased. */
  change("FORGET", { object: nameSchema, wait: z.boolean().optional() }),
  command("REMEMBER", memoryShape),
  /** Make working memory, archive and words anew from the store. Answers at once; how far it is stands in health. */
  command("REBUILD", {}),
  command("REMEMBER_MANY", { memories: z.array(z.strictObject(memoryShape)).min(1).max(10_000) }),
  /** Take in a file or a folder, in the background. Answers `{ingest}`; how far it is comes on the stream. */
  command("INGEST", ingestShape),
  /** Pause, resume or cancel it; what it took in stays. Answers `{ingest}`. */
  command("INGEST_CONTROL", ingestControlShape),
  change("MOVE_MORPH", {
    object: nameSchema,
    canvas: textSchema.min(1).max(100).optional(),
    x: z.number().min(-1e7).max(1e7),
    y: z.number().min(-1e7).max(1e7),
    width: z.number().min(1).max(1e5).optional(),
    height: z.number().min(1).max(1e5).optional(),
  }),
  /** Without a position: the last thought that can be undone. */
  command("UNDO", { position: positionSchema.optional(), ...expectedHead }),
  /** Without a position: what the last undo took back; with one, that undo, or the undo of that thought. */
  command("REDO", { position: positionSchema.optional(), ...expectedHead }),
  /** Copy the image as of a point into a folder of its own. Answers `{folder, imageId, position, objects}`. */
  command("FORK", forkShape),
  /** Take what a fork did. Answers `{fork, objects}`; refused with every conflict that no choice decides. */
  command("MERGE", mergeShape),
  /** Drop history before a point. Answers `{horizon, thoughts, images, blobs, bytes}`, or null when all is kept. */
  command("PRUNE", pruneShape),
  /** Stop a fork, a merge, a pruning or a verification. Answers `{stopped}`, false when it is not under way. */
  command("STOP_WORK", { work: workNameSchema }),
  /** Stop a method's being made; who waits for it is told. Answers `{stopped}`, false when it is not under way. */
  command("STOP_GENERATION", { generation: z.string().min(1).max(100) }),
  /** Fetch a missing model into the mind's server, with progress on the stream. Answers `{model}` at once. */
  command("PULL_MODEL", { model: z.string().min(1).max(200) }),
  /** Back up now. Answers `{run}` at once; `GET /api/backups` says how it went. */
  command("BACKUP", { full: z.boolean().optional() }),
  /** Restore the newest backup into a scratch place, verify it, ask it, remove it. Answers `{run}` at once. */
  command("BACKUP_DRILL", {}),
  /** Install a proposed method and answer the message that it was made for. */
  command("APPROVE", approveShape),
  command("REJECT", rejectShape),
  /** Run the examples that methods keep. Answers `{methods, examples, failed}`. */
  command("CHECK_METHODS", checkMethodsShape),
  /** Curate now; any other command stops it. Answers `{run}` at once; `GET /api/curation` says how it went. */
  command("CURATE", curateShape),
  command("SHUTDOWN_REQUEST", {}),
]);
export type Command = z.infer<typeof commandSchema>;
/** A command as a caller writes it, before defaults are filled in. */
export type CommandInput = z.input<typeof commandSchema>;

/** What `POST /api/commands` answers. `position` is the thought's own, or the head's when nothing changed. */
export const commandResultSchema = z.object({ position: positionSchema, result: z.unknown() });
export type CommandResult = z.infer<typeof commandResultSchema>;

// ---------------------------------------------------------------- health

export const readinessSchema = z.enum(["starting", "ready", "degraded", "failed"]);
const part = z.object({
  state: readinessSchema,
  /** 0..1 while something is under way. */
  progress: z.number().optional(),
  detail: z.string().optional(),
});

export const degradationSchema = z.object({
  part: z.string(),
  reason: z.string(),
  /** What the person can do about it. */
  hint: z.string(),
});

export const healthSchema = z.object({
  status: z.enum(["starting", "ok", "degraded", "failed"]),
  version: z.string(),
  image: z.object({
    folder: z.string(),
    id: z.string(),
    position: z.string().nullable(),
    quarantined: z.number(),
    resident: z.number(),
  }),
  mind: z.object({ name: z.string(), host: z.string().nullable(), models: z.array(z.string()) }),
  embedding: z.object({ space: z.string(), model: z.string(), dimensions: z.number() }),
  tiers: z.object({
    L1: z.object({ rows: z.number(), bytes: z.number() }),
    L2: z.object({ rows: z.number(), segments: z.number() }),
    L3: z.object({ rows: z.number().nullable() }),
  }),
  degraded: z.array(degradationSchema),
  /** What is being made anew from the store, and how far it is, 0..1. */
  rebuild: z.object({ part: z.string(), progress: z.number() }).nullish(),
  ready: z.object({ image: part, index: part, lexical: part, embedder: part, mind: part }),
  /** Absent where backups are not part of what runs. */
  backup: backupStatusSchema.optional(),
  /** What history costs and how long it is kept, as of the last count; absent before the first. */
  history: historyViewSchema.optional(),
  /** Forks, merges, prunings and verifications that are under way, which STOP_WORK stops, and erasing, which it does not. */
  works: z.array(workSchema).optional(),
  vram: z.object({ usedBytes: z.number(), budgetBytes: z.number() }),
  /** The supervision tree: each actor, how it is, how often it was restarted and why. */
  actors: z.array(z.object({
    name: z.string(),
    state: z.string(),
    restarts: z.number(),
    reason: z.string().nullable(),
  })),
});
export type Health = z.infer<typeof healthSchema>;

// ---------------------------------------------------------------- events: server to client

const thoughtShape = {
  position: positionSchema,
  id: z.string(),
  who: z.string(),
  why: z.string(),
  at: z.number(),
  kind: z.string(),
  undoes: z.string().optional(),
  /** As they are now, which is at or after `position`: a client keeps the newer of what it has and what it gets. */
  objects: z.array(objectSummarySchema),
  deleted: z.array(z.string()),
  morphs: z.array(morphPlaceSchema),
  /** What stands on a canvas no more. */
  unplaced: z.array(z.object({ canvas: z.string(), oid: z.string() })).optional(),
};

/** Committed events carry `id: <position>` on the stream; there is exactly one for each position. */
export const committedEventSchema = z.discriminatedUnion("command", [
  z.object({ command: z.literal("THOUGHT_COMMITTED"), ...thoughtShape }),
  z.object({
    command: z.literal("PERSONA_RESPONSE_COMPLETE"),
    ...thoughtShape,
    ...answerCompleteShape,
  }),
]);
export type CommittedEvent = z.infer<typeof committedEventSchema>;

/** Live events have no id and are not repeated. */
export const liveEventSchema = z.discriminatedUnion("command", [
  z.object({ command: z.literal("ANSWER_STARTED"), ...answerHeadShape }),
  z.object({ command: z.literal("VOICE_STARTED"), ...voiceStartedShape }),
  z.object({ command: z.literal("VOICE_PARTIAL"), ...voicePartialShape }),
  z.object({
    command: z.literal("PERSONA_RESPONSE_PARTIAL"),
    persona_id: z.string(),
    token: z.string(),
    answer: z.string(),
    /** Where the token begins, in UTF-16 code units from the start of the answer. */
    offset: z.number(),
  }),
  z.object({ command: z.literal("ANSWER_SNAPSHOT"), ...answerSnapshotShape }),
  z.object({ command: z.literal("ANSWER_ABORTED"), answer: z.string(), reason: z.string() }),
  z.object({
    command: z.literal("SYSTEM_STATUS_UPDATE"),
    status_text: z.string(),
    vram_usage: z.number(),
    health: healthSchema,
  }),
  z.object({
    command: z.literal("MODEL_PULL_PROGRESS"),
    model: z.string(),
    status: z.string(),
    completed: z.number(),
    total: z.number(),
    done: z.boolean(),
    error: z.string().optional(),
  }),
  z.object({
    command: z.literal("MESSAGE_NOT_UNDERSTOOD"),
    receiver: z.string(),
    selector: z.string(),
    searched: z.array(z.string()),
    nearest: z.array(z.string()),
  }),
  /** How far an ingest is: at its changes of state, and twice a second while it runs. */
  z.object({ command: z.literal("INGEST_PROGRESS"), ingest: ingestSchema }),
  /** What a method for a message that nobody understands is coming to. */
  z.object({ command: z.literal("KERNEL_STAGE"), ...kernelStageShape }),
  /** How far curation is, and what came of it. */
  z.object({ command: z.literal("CURATION_STAGE"), ...curationStageShape }),
  /** The client's position cannot be continued from: it loads anew and goes on from this one. */
  z.object({ command: z.literal("RESYNC"), position: positionSchema }),
]);
export type LiveEvent = z.infer<typeof liveEventSchema>;
export type StreamEvent = CommittedEvent | LiveEvent;
export const streamEventSchema = z.union([committedEventSchema, liveEventSchema]);

// ---------------------------------------------------------------- what GET answers

/** `GET /api/canvas/:name`: everything needed to draw a canvas, as of `position`. */
export const canvasViewSchema = z.object({
  position: positionSchema,
  canvas: z.string(),
  morphs: z.array(morphPlaceSchema.extend({ object: objectSummarySchema })),
  /** Personas in the order in which they are shown. */
  personas: z.array(objectSummarySchema.extend({ model: z.string(), role: z.string() })),
});
export type CanvasView = z.infer<typeof canvasViewSchema>;

/** `GET /api/children/:name?after=&limit=`: objects that have this one as a direct parent, a page at a time. */
export const childrenViewSchema = z.object({
  objects: z.array(objectSummarySchema),
  /** Pass as `after` for the next page; null at the end. */
  next: z.string().nullable(),
});
export type ChildrenView = z.infer<typeof childrenViewSchema>;

/** `GET /api/models`: what the mind's server has, and what the personas want that it has not. */
export const modelsViewSchema = z.object({
  mind: z.string(),
  installed: z.array(z.object({
    model: z.string(),
    bytes: z.number(),
    /** What it can read and write at once; null where the server does not say. */
    context_tokens: z.number().nullable(),
  })),
  missing: z.array(z.object({ model: z.string(), personas: z.array(z.string()) })),
});
export type ModelsView = z.infer<typeof modelsViewSchema>;

/** As the query of an address: `slots` is JSON, times are milliseconds since 1970. */
export const recallQuerySchema = z.object({
  q: z.string().min(1, "a recall needs a text to look for").max(20_000),
  k: countSchema(100, 10),
  asOf: asOfSchema.optional(),
  ...recallFilterSchema.omit({ slots: true }).shape,
  slots: z.string().max(10_000).transform(jsonIn).pipe(recallFilterSchema.shape.slots).optional(),
}).transform(({ q, k, asOf, ...given }) => {
  const filter = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return {
    q,
    k,
    ...(asOf === undefined ? {} : { asOf }),
    ...(Object.keys(filter).length === 0 ? {} : { filter: filter as RecallFilter }),
  };
});

export const logQuerySchema = z.object({
  after: positionSchema.optional(),
  /** Exclusive: with `newest`, where the next page begins. */
  before: positionSchema.optional(),
  /** Only thoughts that changed this object. */
  object: nameSchema.optional(),
  /** Newest first when true. */
  newest: z.stringbool().default(false),
  limit: countSchema(1000, 100),
});
export const objectQuerySchema = z.object({ asOf: asOfSchema.optional() });
export const childrenQuerySchema = z.object({
  after: z.string().max(200).optional(),
  limit: countSchema(1000, 100),
});
export const logViewSchema = z.object({ thoughts: z.array(thoughtViewSchema) });

/** Every error over HTTP, with 400, 401, 403, 404, 405, 409, 413, 422, 500 or 503. */
export const errorBodySchema = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    hint: z.string(),
    retryable: z.boolean(),
    details: z.record(z.string(), z.unknown()),
  }),
});
export type ErrorBody = z.infer<typeof errorBodySchema>;
