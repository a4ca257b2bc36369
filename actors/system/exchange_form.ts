/**
 * An exchange as its object holds it: a question, its answer, and how that came to be. Older images hold less, and a
 * person may have edited it: what is not there is told as not there.
 */
import { z } from "zod";
import type { Exchange, SentPrompt } from "../orchestrator/mod.ts";
import { isTime, type Json, type ObjectContext, type Slot } from "../object/mod.ts";
import type { RecallHit } from "./memories.ts";

const leftOutSchema = z.object({
  memories: z.number(),
  exchanges: z.number(),
  words: z.number().optional(),
});

const usageSchema = z.object({
  prompt_tokens: z.number().nullable(),
  tokens: z.number(),
  first_token_ms: z.number(),
  total_ms: z.number(),
});

const voiceSchema = z.object({
  persona_id: z.string(),
  persona_name: z.string(),
  task: z.enum(["answer", "revise", "synthesize"]),
  mind: z.string(),
  model: z.string(),
  reason: z.string(),
  text: z.string(),
  tokens: z.number(),
  usage: usageSchema.optional(),
  left_out: leftOutSchema,
});

const replaySchema = z.object({
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

const promptSchema = z.object({
  messages: z.array(z.object({ role: z.enum(["system", "user", "assistant"]), content: z.string() })),
  options: z.record(z.string(), z.unknown()),
  model: z.string(),
  tokens: z.number(),
});

/** How an answer came to be: the shape that `ui/protocol/conversation.ts` calls AnswerDetails. */
const detailsSchema = z.object({
  reason: z.string().default(""),
  model: z.string().default(""),
  left_out: leftOutSchema.optional(),
  usage: usageSchema.optional(),
  /** What others said before the answer itself. */
  voices: z.array(voiceSchema).default([]),
  replays: z.array(replaySchema).default([]),
  prompts_left_out: z.string().optional(),
});
export type AnswerDetails = z.infer<typeof detailsSchema> & {
  /** Prompts that can be opened: one for each voice that had a model, and for the answer itself. */
  readonly prompts: number;
};

type Told = "answer" | "thread" | "query_text" | "full_text" | "persona_id" | "persona_name" | "mind" | "at";

export interface StoredExchange extends Pick<Exchange, Told> {
  readonly oid: string;
  readonly position: string;
  readonly memories: RecallHit[];
  readonly details: AnswerDetails;
}

/** The slots of a new exchange; `text` is what the memory finds it by, null when it says nothing new. */
export function slotsOf(exchange: Exchange, text: string | null, source: string): Record<string, Slot> {
  const slots: Record<string, Slot> = {
    text_chunk: data(text ?? ""),
    creation_timestamp: data(exchange.at),
    source: data(source),
    question: data(exchange.query_text),
    answer: data(exchange.full_text),
    answer_id: data(exchange.answer),
    persona: { kind: "reference", oid: exchange.persona_id },
    persona_name: data(exchange.persona_name),
    mind: data(exchange.mind),
    model: data(exchange.model),
    reason: data(exchange.reason),
    memories: data(exchange.memories.map((hit) => ({ ...hit }))),
    left_out: data({ ...exchange.left_out }),
    usage: data({ ...exchange.usage }),
  };
  if (exchange.voices.length > 0) slots.voices = data(exchange.voices as unknown as Json);
  if (exchange.prompts.some((each) => each !== null)) {
    slots.prompts = data(exchange.prompts as unknown as Json);
  }
  if (exchange.prompts_left_out !== undefined) slots.prompts_left_out = data(exchange.prompts_left_out);
  return slots;
}

export function data(value: Json): Slot {
  return { kind: "data", value };
}

export function readExchange(
  { oid, slots }: ObjectContext,
  thread: string,
  position: string,
): StoredExchange {
  const text = (name: string): string => {
    const slot = slots[name];
    if (slot?.kind === "reference") return slot.oid;
    return slot?.kind === "data" && typeof slot.value === "string" ? slot.value : "";
  };
  const at = dataOf(slots, "creation_timestamp");
  const memories = dataOf(slots, "memories");
  return {
    oid,
    answer: text("answer_id"),
    thread,
    query_text: text("question"),
    full_text: text("answer"),
    persona_id: text("persona"),
    persona_name: text("persona_name"),
    mind: text("mind"),
    at: isTime(at) ? at : 0,
    position,
    memories: Array.isArray(memories) ? memories as unknown as RecallHit[] : [],
    details: detailsOf(slots),
  };
}

function detailsOf(slots: ObjectContext["slots"]): AnswerDetails {
  const names = Object.keys(detailsSchema.shape);
  const given = Object.fromEntries(names.flatMap((name) => {
    const value = dataOf(slots, name);
    return value === undefined ? [] : [[name, value]];
  }));
  const parsed = detailsSchema.safeParse(given);
  const prompts = promptsOf(slots);
  const kept = { prompts: prompts.ok ? prompts.prompts.filter((each) => each !== null).length : 0 };
  if (parsed.success) return { ...parsed.data, ...kept };
  const { path, message } = parsed.error.issues[0]!;
  const reason = `How this answer came to be cannot be read, as ${path.join(".")} is wrong: ${message}`;
  return { ...detailsSchema.parse({}), reason, ...kept };
}

/** The prompts in the order of the voices, the answer's own last; or why they cannot be read. */
export function promptsOf(
  slots: ObjectContext["slots"],
): { readonly ok: true; readonly prompts: readonly (SentPrompt | null)[] } | {
  readonly ok: false;
  readonly reason: string;
} {
  const parsed = z.array(promptSchema.nullable()).safeParse(dataOf(slots, "prompts") ?? []);
  if (parsed.success) return { ok: true, prompts: parsed.data };
  const { path, message } = parsed.error.issues[0]!;
  return { ok: false, reason: `the slot prompts is wrong at ${path.join(".")}: ${message}` };
}

/** The value of a data slot; undefined where there is none. */
export function dataOf(slots: ObjectContext["slots"], name: string): Json | undefined {
  const slot = slots[name];
  return slot?.kind === "data" ? slot.value : undefined;
}
