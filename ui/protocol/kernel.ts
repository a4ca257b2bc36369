/** What the contract says about methods that are made: commands, stages, proposals, and what a check of examples found. */
import { z } from "zod";
import { nameSchema, positionSchema, textSchema, wireValueSchema } from "./words.ts";

const effectSchema = z.enum(["writes_self", "writes_others", "clock", "random"]);

const originShape = {
  persona: z.string().nullable(),
  mind: z.string(),
  model: z.string().nullable(),
  digest: z.string().nullable(),
  promptHash: z.string(),
  prompt: z.string(),
  attempts: z.number(),
  approver: z.string(),
  sources: z.array(z.object({ kind: z.enum(["method", "memory"]), oid: z.string(), label: z.string() })),
  at: z.number(),
  failed: z.object({ at: z.number(), reason: z.string(), times: z.number() }).nullable(),
  /** The person who wrote this form of it by hand. */
  editor: z.string().optional(),
};

/** What a method may do beyond reading, what it must keep, and where it comes from; absent where nothing is said. */
export const methodMoreShape = {
  effects: z.array(effectSchema).optional(),
  /** How many examples it keeps. */
  examples: z.number().optional(),
  /** `earlier`: where its earlier forms came from, the newest first; of their prompts only the beginning is kept. */
  provenance: z.object({ ...originShape, earlier: z.array(z.object(originShape)).optional() }).optional(),
};

/** `APPROVE` with a `source` accepts that one in place of the proposed. */
export const approveShape = { proposal: nameSchema, source: textSchema.min(1).max(65_536).optional() };
export const rejectShape = {
  proposal: nameSchema,
  reason: textSchema.min(1, "a reason must not be empty: the next writer reads it").max(1_000),
};
/** Without an object: all methods of the image that keep examples. */
export const checkMethodsShape = { object: nameSchema.optional() };

export const kernelStageShape = {
  generation: z.string(),
  receiver: z.string(),
  selector: z.string(),
  stage: z.enum([
    ...["gathering", "proposing", "checking", "proving", "deciding", "installing", "asking", "done"] as const,
    "failed",
  ]),
  attempt: z.number(),
  /** Milliseconds since the generation began. */
  ms: z.number(),
  /** What was wrong with the attempt before, or with the last one. */
  fault: z.string().optional(),
};

/** One proposal as `GET /api/proposals` lists it, the newest first. */
export const proposalViewSchema = z.object({
  oid: z.string(),
  name: z.string().nullable(),
  kind: z.enum(["method", "repair", "lift"]),
  state: z.enum(["waiting", "installed", "rejected"]),
  receiver: z.string(),
  receiver_name: z.string().nullable(),
  holder: z.string(),
  holder_name: z.string().nullable(),
  selector: z.string(),
  arguments: z.array(wireValueSchema).nullable(),
  /** What a yes answers, where it is not that message but one whose methods send it. */
  message: z.object({
    receiver: z.string(),
    receiver_name: z.string().nullable(),
    selector: z.string(),
    arguments: z.array(wireValueSchema),
  }).nullable(),
  source: z.string(),
  doc: z.string(),
  effects: z.array(effectSchema),
  examples: z.array(z.object({
    slots: z.record(z.string(), wireValueSchema).optional(),
    arguments: z.array(wireValueSchema),
    answer: wireValueSchema.optional(),
    after: z.record(z.string(), wireValueSchema).optional(),
  })),
  /** What the examples and the message came to when it was made. */
  results: wireValueSchema,
  similar: z.array(z.object({ label: z.string(), source: z.string() })),
  reason: z.string().nullable(),
  asked_by: z.string(),
  mind: z.string(),
  model: z.string().nullable(),
  attempts: z.number(),
  at: z.number(),
  as_of: positionSchema,
});
export type ProposalView = z.infer<typeof proposalViewSchema>;
export const proposalsViewSchema = z.object({ proposals: z.array(proposalViewSchema) });

/** What `CHECK_METHODS` answers. */
export const methodsCheckSchema = z.object({
  methods: z.number(),
  examples: z.number(),
  failed: z.array(
    z.object({ object: z.string(), oid: z.string(), selector: z.string(), reason: z.string() }),
  ),
});
export type MethodsCheck = z.infer<typeof methodsCheckSchema>;

const STAGE_WORDS = {
  gathering: "looking at the object and what is like it",
  proposing: "writing it",
  checking: "reading it through",
  proving: "trying it on a scratch copy",
  deciding: "asking the policy",
  installing: "installing it",
  asking: "proposing it",
  done: "done",
  failed: "given up",
} as const;

/** How far the making of a method is: `writing it, try 2`. */
export function stageInWords(
  { stage, attempt }: { stage: keyof typeof STAGE_WORDS; attempt: number },
): string {
  return attempt > 1 ? `${STAGE_WORDS[stage]}, try ${attempt}` : STAGE_WORDS[stage];
}
