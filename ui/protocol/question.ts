/** The part of the message contract that is about structured questions: what is asked, and what is answered. */
import { z } from "zod";
import { jsonIn } from "./recall.ts";

const nameSchema = z.string().trim().min(1).max(200);

/** A structured question: the corrected translation of one in words, or one of its own. */
export const structuredQuestionSchema = z.discriminatedUnion("ask", [
  z.strictObject({
    ask: z.literal("fills"),
    object: nameSchema,
    /** The first is looked up in the object, each other in what the one before it gave. */
    roles: z.array(nameSchema).min(1).max(8),
  }),
  z.strictObject({ ask: z.literal("analogy"), to: nameSchema, value: z.json(), from: nameSchema }),
  z.strictObject({ ask: z.literal("which"), role: nameSchema, value: z.json() }),
]);

const figures = { similarity: z.number(), margin: z.number() };

export type StructuredQuestion = z.infer<typeof structuredQuestionSchema>;

/** As `telos question --json` and `GET /api/question` give it. */
export const questionAnswerSchema = z.object({
  question: structuredQuestionSchema,
  /** Who made it of the words; `note` says why no persona did where it was patterns. */
  translator: z.object({
    by: z.enum(["person", "persona", "patterns"]),
    persona: z.string().nullable(),
    model: z.string().nullable(),
    note: z.string().nullable(),
  }),
  /** The structured question in words, so that a wrong translation is seen. */
  translation: z.string(),
  position: z.string(),
  /** False is "I do not know". */
  known: z.boolean(),
  answers: z.array(z.object({ text: z.string(), oid: z.string().nullable(), ...figures })).readonly(),
  hops: z.array(z.object({
    asked: z.string(),
    /** Even where it is not near enough to be an answer. */
    nearest: z.string().nullable(),
    ...figures,
    threshold: z.number(),
    known: z.boolean(),
  })).readonly(),
  considered: z.number(),
  /** Whether the image has more than a question looks at. */
  truncated: z.boolean(),
});
export type QuestionAnswerView = z.infer<typeof questionAnswerSchema>;

/** A question in words, or a structured one; as the query of an address the latter is JSON. */
export const questionQuerySchema = z.union([
  z.strictObject({ q: z.string().min(1).max(1_000) }),
  z.strictObject({ structured: z.string().max(10_000).transform(jsonIn).pipe(structuredQuestionSchema) }),
], "give q, a question in words, or structured, a structured one as JSON");
export type QuestionQuery = z.output<typeof questionQuerySchema>;
