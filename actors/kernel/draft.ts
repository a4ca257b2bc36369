/**
 * A proposed method as a mind must answer it: one schema, from which both the check of the answer and the JSON schema
 * that the mind is held to are made.
 */
import { z } from "zod";
import {
  type Effect,
  EFFECTS,
  isNestedDeeper,
  type Json,
  type MethodExample,
  methodExampleSchema,
} from "../object/mod.ts";
import { ProposalFault, RefusedByMind } from "./errors.ts";
import { ANSWER_DEPTH_MAX, ANSWER_LENGTH_MAX, SOURCE_LENGTH_MAX } from "./limits.ts";

/** A method that is not in the image yet. */
export interface Draft {
  readonly source: string;
  readonly doc: string;
  readonly examples: readonly MethodExample[];
  readonly effects: readonly Effect[];
}

const EXAMPLES_OF_A_MIND_MAX = 8;

const answerSchema = z.object({
  /** Filled in place of a method when the message should not be answered. */
  refusal: z.string().max(1_000).optional(),
  source: z.string().max(SOURCE_LENGTH_MAX),
  doc: z.string().max(500),
  effects: z.array(z.enum(EFFECTS)).max(EFFECTS.length),
  examples: z.array(methodExampleSchema).max(EXAMPLES_OF_A_MIND_MAX),
});

/** What the mind's server is given as `format`. */
export const answerFormat: unknown = z.toJSONSchema(answerSchema, { io: "input" });

/** @throws {ProposalFault} for what is no proposal; {RefusedByMind} when the mind would rather not */
export function draftOf(text: string): Draft {
  if (text.length > ANSWER_LENGTH_MAX) {
    throw new ProposalFault("answer", `The answer must have <= ${ANSWER_LENGTH_MAX} characters`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ProposalFault("answer", `The answer is not JSON: ${reason}`, { cause });
  }
  if (isNestedDeeper(value, ANSWER_DEPTH_MAX)) {
    throw new ProposalFault("answer", `The answer must be nested <= ${ANSWER_DEPTH_MAX} deep`);
  }
  const parsed = answerSchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new ProposalFault("answer", `The answer's "${issue.path.join(".")}" is wrong: ${issue.message}`);
  }
  const { refusal, ...draft } = parsed.data;
  if (refusal !== undefined && refusal.trim() !== "") throw new RefusedByMind(refusal);
  if (draft.examples.length === 0) {
    throw new ProposalFault("answer", "At least one example is needed, with its arguments and its answer");
  }
  for (const [index, example] of draft.examples.entries()) {
    if (example.answer === undefined && Object.keys(example.after ?? {}).length === 0) {
      throw new ProposalFault(
        "answer",
        `Example ${index + 1} says neither an answer nor slots afterwards, so that it shows nothing`,
      );
    }
  }
  return { ...draft, effects: [...new Set(draft.effects)] };
}

/** The method slot that a draft becomes, in its wire form. */
export function wireOf({ source, doc, effects, examples }: Draft): Json {
  return {
    $method: source,
    ...(doc === "" ? {} : { doc }),
    effects: [...effects],
    ...(examples.length === 0 ? {} : { examples: examples as unknown as Json }),
  };
}
