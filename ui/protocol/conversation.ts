/**
 * The part of the message contract that is about conversations: who is asked and how, what is told of an answer while
 * it is made and after, threads, and the prompts that models were given.
 */
import { z } from "zod";
import { recallHitSchema } from "./recall.ts";
import { countSchema, nameSchema, textSchema } from "./words.ts";

/** The thread of a question that names none. */
export const defaultThread = "main";
/** Whether an object of this name is a thread. */
export function isThread(name: string | null): boolean {
  return name?.startsWith("conversation ") ?? false;
}
/** Personas that may be asked one question. */
export const PERSONAS_ASKED_MAX = 6;

/** A thread's name or oid. */
const threadSchema = textSchema.min(1, "a thread must have a name").max(
  180,
  "a thread's name has at most 180 characters",
);
const exchangeOid = z.string().min(1).max(200);

/** How several answer: each for itself at the same time, or one after the other. */
export const mannerSchema = z.enum(["side_by_side", "in_turn"]);
/** `revise`: said again after hearing the others. `synthesize`: one answer made of all. */
export const taskSchema = z.enum(["answer", "revise", "synthesize"]);

export const askShape = {
  query_text: textSchema.min(1, "a question must not be empty").max(20_000),
  timestamp: z.union([z.number(), z.string()]).optional(),
  persona: nameSchema.optional(),
  /** Several, instead of one. Without any, `@name` at the beginning of the question says who. */
  personas: z.array(nameSchema).min(1).max(PERSONAS_ASKED_MAX).optional(),
  manner: mannerSchema.optional(),
  /** Whether several are shown one another's words. */
  deliberate: z.boolean().optional(),
  thread: textSchema.max(200).optional(),
};
/** Start a thread that goes on after an exchange. Answers `{thread, oid}`. */
export const branchShape = { exchange: exchangeOid, name: threadSchema.optional() };
/** Answers `{thread, oid}`. */
export const renameThreadShape = { thread: threadSchema, name: threadSchema };
/** Ask the prompt of an answer again. Answers `{answer}` at once; tokens follow on the stream. */
export const replayShape = { exchange: exchangeOid };
/** What BRANCH_THREAD and RENAME_THREAD answer. */
export const threadResultSchema = z.object({ thread: z.string(), oid: z.string() });

const leftOutSchema = z.object({
  memories: z.number(),
  exchanges: z.number(),
  /** Others whose words were cut. */
  words: z.number().optional(),
});

/** What an answer cost, as whoever waited felt it; milliseconds from asking the mind. */
export const usageSchema = z.object({
  /** Read by the model; null where the mind does not say. */
  prompt_tokens: z.number().nullable(),
  tokens: z.number(),
  /** Loading the model counts. */
  first_token_ms: z.number(),
  total_ms: z.number(),
});
export type Usage = z.infer<typeof usageSchema>;
/** What a persona cost over the answers that were looked at; times are medians in milliseconds. */
export const personaUsageSchema = z.object({
  persona_id: z.string(),
  persona_name: z.string(),
  answers: z.number(),
  prompt_tokens: z.number(),
  tokens: z.number(),
  /** While it spoke, without the time to the first token; null where no answer was long enough. */
  tokens_per_second: z.number().nullable(),
  first_token_ms: z.number(),
  total_ms: z.number(),
});
/** `GET /api/usage`: what the personas cost, those with most tokens first. */
export const usageViewSchema = z.object({
  personas: z.array(personaUsageSchema),
  /** Answers that were looked at, the latest. */
  answers: z.number(),
  /** Whether there are more than are looked at. */
  more: z.boolean(),
});
export type UsageView = z.infer<typeof usageViewSchema>;

/** What one persona said before the answer itself. */
export const voiceSchema = z.object({
  persona_id: z.string(),
  persona_name: z.string(),
  task: taskSchema,
  mind: z.string(),
  model: z.string(),
  reason: z.string(),
  text: z.string(),
  tokens: z.number(),
  usage: usageSchema.optional(),
  left_out: leftOutSchema,
});
/** A second answer to the same prompt. */
export const replaySchema = z.object({
  answer: z.string(),
  persona_id: z.string(),
  persona_name: z.string(),
  mind: z.string(),
  model: z.string(),
  text: z.string(),
  tokens: z.number(),
  usage: usageSchema.optional(),
  at: z.number(),
});

/** How an answer came to be; older images know less of it. */
export const answerDetailsSchema = z.object({
  reason: z.string(),
  model: z.string(),
  left_out: leftOutSchema.optional(),
  usage: usageSchema.optional(),
  voices: z.array(voiceSchema),
  replays: z.array(replaySchema),
  /** Prompts that can be opened. */
  prompts: z.number(),
  prompts_left_out: z.string().optional(),
});
export type AnswerDetails = z.infer<typeof answerDetailsSchema>;

/** `GET /api/conversation?thread=&limit=`: the exchanges of a thread, oldest first. */
export const exchangeSchema = z.object({
  oid: z.string(),
  answer: z.string(),
  /** The thread in which it was said: of a branch's beginning, the one that it was branched from. */
  thread: z.string(),
  query_text: z.string(),
  full_text: z.string(),
  persona_id: z.string(),
  persona_name: z.string(),
  mind: z.string(),
  at: z.number(),
  position: z.string(),
  memories: z.array(recallHitSchema),
  details: answerDetailsSchema.optional(),
});
export type Exchange = z.infer<typeof exchangeSchema>;
export const conversationViewSchema = z.object({ thread: z.string(), exchanges: z.array(exchangeSchema) });
export type ConversationView = z.infer<typeof conversationViewSchema>;

export const conversationQuerySchema = z.object({
  thread: z.string().min(1).max(200).default(defaultThread),
  limit: countSchema(1000, 100),
});
/** `GET /api/conversation/export?thread=&format=`: a document, to be saved. */
export const exportFormatSchema = z.enum(["markdown", "json"]);
export type ExportFormat = z.infer<typeof exportFormatSchema>;
export const exportQuerySchema = z.object({
  thread: z.string().min(1).max(200).default(defaultThread),
  format: exportFormatSchema.default("markdown"),
});

/** One conversation as a document, or in a form for programs. */
export const threadExportSchema = z.object({
  format: z.literal("telos-conversation"),
  version: z.literal(1),
  thread: z.string(),
  branch: z.object({ thread: z.string().nullable(), exchange: z.string().nullable() }).nullable(),
  /** True when there are more turns than a document holds; the last ones are there. */
  truncated: z.boolean(),
  exchanges: z.array(exchangeSchema),
});
export type ThreadExport = z.infer<typeof threadExportSchema>;

/** `GET /api/threads`: those in which something was said last come first. */
export const threadViewSchema = z.object({
  oid: z.string(),
  thread: z.string(),
  created_at: z.number(),
  /** Its own turns, those before its branching not counted; 100 stands for 100 or more. */
  turns: z.number(),
  last: z.object({ at: z.number(), query_text: z.string() }).nullable(),
  /** What it goes on from; a part of it is null where that is gone. */
  branch: z.object({ thread: z.string().nullable(), exchange: z.string().nullable() }).nullable(),
});
export type ThreadView = z.infer<typeof threadViewSchema>;
export const threadsViewSchema = z.object({
  threads: z.array(threadViewSchema),
  /** Whether there are older ones that are not listed. */
  more: z.boolean(),
});
export type ThreadsView = z.infer<typeof threadsViewSchema>;

/** `GET /api/prompts/:exchange`: exactly what models were sent, in the order in which they spoke. */
export const promptsViewSchema = z.object({
  exchange: z.string(),
  prompts: z.array(z.object({
    persona_name: z.string(),
    task: taskSchema,
    /** Null where no model was asked. */
    prompt: z.object({
      messages: z.array(z.object({ role: z.enum(["system", "user", "assistant"]), content: z.string() })),
      options: z.record(z.string(), z.unknown()),
      model: z.string(),
      /** Estimated. */
      tokens: z.number(),
    }).nullable(),
  })),
});
export type PromptsView = z.infer<typeof promptsViewSchema>;

// ---------------------------------------------------------------- events

/** Who gives an answer that has begun, and why. */
export const answerHeadShape = {
  answer: z.string(),
  persona_id: z.string(),
  persona_name: z.string(),
  query_text: z.string(),
  thread: z.string(),
  mind: z.string(),
  /** Why this persona was chosen. */
  reason: z.string(),
  memories: z.array(recallHitSchema),
  /** The oid of the exchange whose prompt is asked again. */
  replay_of: z.string().optional(),
};
const voiceHead = {
  voice: z.number(),
  persona_id: z.string(),
  persona_name: z.string(),
  task: taskSchema,
  mind: z.string(),
  reason: z.string(),
};
/** One of several begins to speak; the answer itself comes after all of them. */
export const voiceStartedShape = { answer: z.string(), ...voiceHead };
export const voicePartialShape = {
  answer: z.string(),
  voice: z.number(),
  token: z.string(),
  /** In UTF-16 code units from the start of what this voice says. */
  offset: z.number(),
};
/** What was said so far. */
export const answerSnapshotShape = {
  ...answerHeadShape,
  text: z.string(),
  offset: z.number(),
  voices: z.array(z.object({ ...voiceHead, text: z.string() })).optional(),
};
/** An answer that was stored. */
export const answerCompleteShape = {
  answer: z.string(),
  persona_id: z.string(),
  persona_name: z.string().optional(),
  full_text: z.string(),
  query_text: z.string(),
  thread: z.string(),
  mind: z.string(),
  memories: z.array(recallHitSchema),
  /** The oid of the exchange. */
  exchange: z.string().optional(),
  details: answerDetailsSchema.optional(),
  /** The id of the first answer, when this is a second one to the same prompt. */
  replay_of: z.string().optional(),
};
