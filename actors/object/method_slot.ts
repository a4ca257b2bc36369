/**
 * What a method slot says besides its source: the effects that it may have, the examples that it must keep, and, for
 * one that the kernel wrote, where it comes from. All of it is data of the slot, so that versions, undo and export
 * carry it along.
 */
import { z } from "zod";

/**
 * What a method may do beyond reading objects and sending messages. One that declares its effects has no others, and
 * neither has what it sends to; one that declares nothing may write whatever it was shown, and has no clock or chance.
 */
export const EFFECTS = ["writes_self", "writes_others", "clock", "random"] as const;
export type Effect = (typeof EFFECTS)[number];

/** Examples of one method, kept with it. */
export const EXAMPLES_MAX = 20;

const valuesSchema = z.record(z.string().max(200), z.json());

/** With these slots, sent these arguments, the method answers this and leaves those slots. */
export const methodExampleSchema = z.object({
  /** Slots that the receiver has in the example in place of its own. */
  slots: valuesSchema.optional(),
  arguments: z.array(z.json()).max(20),
  /** Absent where only the slots afterwards count. */
  answer: z.json().optional(),
  /** Slots of the receiver afterwards; those that are not named are not looked at. */
  after: valuesSchema.optional(),
});

export type MethodExample = z.infer<typeof methodExampleSchema>;

/** Earlier forms of a method that its provenance tells of, and what is kept of the prompt of each, UTF-16 units. */
const EARLIER_MAX = 8;
const EARLIER_PROMPT_LENGTH_MAX = 1_000;

/** Where one form of a generated method comes from. */
const originSchema = z.object({
  persona: z.string().nullable(),
  mind: z.string(),
  model: z.string().nullable(),
  /** Of the model's weights, as its server names it. */
  digest: z.string().nullable(),
  /** SHA-256 of the first prompt, hexadecimal. */
  promptHash: z.string(),
  prompt: z.string().max(32_768),
  attempts: z.number().int().min(0),
  /** Who said yes: `auto`, or the person. */
  approver: z.string(),
  /** What it was made from: methods and memories of the image. */
  sources: z.array(z.object({ kind: z.enum(["method", "memory"]), oid: z.string(), label: z.string() })),
  /** Milliseconds since 1970. */
  at: z.number(),
  /** It failed in use since; null while it has not. */
  failed: z.object({ at: z.number(), reason: z.string(), times: z.number().int() }).nullable(),
  /** The person whose hand wrote this form of it; absent where it stands as it was generated. */
  editor: z.string().optional(),
});

/** Where a generated method comes from, with the forms that it had before, the newest first. */
export const provenanceSchema = originSchema.extend({
  earlier: z.array(originSchema).max(EARLIER_MAX).optional(),
});

export type Provenance = z.infer<typeof provenanceSchema>;

/** `next` in the place of `before`, which becomes an earlier form: its prompt is cut, history has all of it. */
export function succeed(next: Provenance, before: Provenance | undefined): Provenance {
  if (before === undefined) return next;
  const { earlier = [], ...last } = before;
  const prompt = last.prompt.slice(0, EARLIER_PROMPT_LENGTH_MAX).toWellFormed();
  return { ...next, earlier: [{ ...last, prompt }, ...earlier].slice(0, EARLIER_MAX) };
}

export const methodSlotSchema = z.object({
  kind: z.literal("method"),
  source: z.string(),
  doc: z.string().optional(),
  effects: z.array(z.enum(EFFECTS)).optional(),
  examples: z.array(methodExampleSchema).max(EXAMPLES_MAX).optional(),
  provenance: provenanceSchema.optional(),
});
export type MethodSlot = Readonly<z.infer<typeof methodSlotSchema>>;
