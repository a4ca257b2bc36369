/**
 * What host and runner say to each other, one JSON text a frame, checked on both ends. The host begins with `hello`
 * and the QuickJS bytes; the runner answers `ready`; from then on the host asks and the runner, in the middle of a
 * call, may ask back.
 */
import { z } from "zod";
import type { Effect, Json } from "../object/mod.ts";
import { ERROR_TEXT_MAX, SELECTOR_LENGTH_MAX, SOURCE_LENGTH_MAX } from "./limits.ts";

/** What a frame carries was read by `JSON.parse`, so it is JSON unless it is missing; it is not copied, so no key is lost. */
const jsonSchema = z.custom<Json>((value) => value !== undefined, "a value is missing");
const oidSchema = z.string().min(1).max(SELECTOR_LENGTH_MAX);
const selectorSchema = z.string().min(1).max(SELECTOR_LENGTH_MAX);

const effectsSchema = z.array(
  z.enum(["writes_self", "writes_others", "clock", "random"] satisfies readonly Effect[]),
);

const slotSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("data"), value: jsonSchema }),
  z.object({ kind: z.literal("reference"), oid: oidSchema }),
  z.object({
    kind: z.literal("method"),
    source: z.string().max(SOURCE_LENGTH_MAX),
    /** All that it and what it sends to may do; absent: nothing was declared, and writing is not bounded. */
    effects: effectsSchema.optional(),
  }),
  z.object({ kind: z.literal("native"), native: z.string() }),
]);
export type SandboxSlot = z.infer<typeof slotSchema>;

const objectSchema = z.object({
  oid: oidSchema,
  name: z.string().nullable(),
  parents: z.array(oidSchema),
  slots: z.record(z.string(), slotSchema),
  position: z.string().nullable(),
});
/** An object as a program sees it: a copy as of `position`. */
export type SandboxObject = z.infer<typeof objectSchema>;

const intentSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("set_slot"), oid: oidSchema, slot: selectorSchema, value: jsonSchema }),
  z.object({ kind: z.literal("remove_slot"), oid: oidSchema, slot: selectorSchema }),
]);
/** What a program wants to be written; the host decides. References are `{"$ref": oid}`. */
export type Intent = z.infer<typeof intentSchema>;

const limitsSchema = z.object({
  deadlineMs: z.number(),
  memoryBytes: z.number(),
  stackBytes: z.number(),
  outputBytes: z.number(),
  sends: z.number(),
  depth: z.number(),
  intents: z.number(),
  requests: z.number(),
});

/** An effect that a program has only when it is granted. */
export const grantSchema = z.enum(["clock", "random"]);
export type Grant = z.infer<typeof grantSchema>;

const callSchema = z.object({
  type: z.literal("call"),
  id: z.number(),
  receiver: oidSchema,
  selector: selectorSchema,
  arguments: z.array(jsonSchema),
  objects: z.array(objectSchema),
  limits: limitsSchema,
  grants: z.array(grantSchema),
});
export type CallFrame = z.infer<typeof callSchema>;

const errorTextSchema = z.object({
  name: z.string().max(ERROR_TEXT_MAX),
  message: z.string().max(ERROR_TEXT_MAX),
});

const answerSchema = z.object({
  type: z.literal("answer"),
  id: z.number(),
  answer: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("object"), object: objectSchema.nullable() }),
    z.object({ kind: z.literal("value"), value: jsonSchema, changed: z.array(objectSchema) }),
    z.object({ kind: z.literal("failed"), error: errorTextSchema }),
    z.object({ kind: z.literal("stop") }),
  ]),
});
export type AnswerFrame = z.infer<typeof answerSchema>;

export const toRunnerSchema = z.discriminatedUnion("type", [
  callSchema,
  answerSchema,
  z.object({ type: z.literal("check"), id: z.number(), source: z.string() }),
]);
export type ToRunner = z.infer<typeof toRunnerSchema>;

/** `probe` is a file that the host can read and the runner must not. */
export const helloSchema = z.object({ type: z.literal("hello"), version: z.literal(1), probe: z.string() });

const boundSchema = z.object({ receiver: oidSchema, effects: effectsSchema });
/** While a method with declared effects runs, only these may happen, as seen from its receiver. */
export type EffectBound = z.infer<typeof boundSchema>;

const requestSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("read"), oid: oidSchema }),
  z.object({
    kind: z.literal("native"),
    receiver: oidSchema,
    holder: oidSchema,
    selector: selectorSchema,
    native: z.string(),
    arguments: z.array(jsonSchema),
    intents: z.array(intentSchema),
    /** The declared effects of the methods that wait for this one, each with its receiver. */
    bounds: z.array(boundSchema),
  }),
]);
export type RunnerRequest = z.infer<typeof requestSchema>;

const failureSchema = errorTextSchema.extend({
  receiver: oidSchema,
  selector: selectorSchema,
  stack: z.string().max(ERROR_TEXT_MAX),
  notUnderstood: z.object({
    receiver: oidSchema,
    selector: selectorSchema,
    /** Null when they are too large or of no kind that can leave. */
    arguments: z.array(jsonSchema).nullable(),
  }).optional(),
  /** The error is the one that the host gave as its answer to a request. */
  fromHost: z.boolean().optional(),
});

const outcomeSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("returned"), value: jsonSchema, intents: z.array(intentSchema) }),
  z.object({ kind: z.literal("failed"), failure: failureSchema }),
  z.object({
    kind: z.literal("limit"),
    limit: limitsSchema.keyof(),
    figure: z.number(),
  }),
  z.object({ kind: z.literal("stopped") }),
]);
export type Outcome = z.infer<typeof outcomeSchema>;

const checkedSchema = z.discriminatedUnion("ok", [
  z.object({ ok: z.literal(true) }),
  z.object({
    ok: z.literal(false),
    message: z.string().max(ERROR_TEXT_MAX),
    line: z.number(),
    column: z.number(),
  }),
]);
export type SourceCheck = z.infer<typeof checkedSchema>;

/** What the runner could do when it tried, by permission: each must be false. */
const powersSchema = z.object({
  read: z.boolean(),
  write: z.boolean(),
  net: z.boolean(),
  env: z.boolean(),
  run: z.boolean(),
  sys: z.boolean(),
  ffi: z.boolean(),
});
export type Powers = z.infer<typeof powersSchema>;

export const fromRunnerSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("ready"), powers: powersSchema }),
  z.object({ type: z.literal("request"), id: z.number(), request: requestSchema }),
  z.object({
    type: z.literal("result"),
    id: z.number(),
    outcome: outcomeSchema,
    /** The process must not serve another call. */
    spent: z.boolean(),
  }),
  z.object({ type: z.literal("checked"), id: z.number(), check: checkedSchema, spent: z.boolean() }),
]);
export type FromRunner = z.infer<typeof fromRunnerSchema>;
