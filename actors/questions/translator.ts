/**
 * A question in plain words as a structured one: by a persona that is held to a schema, where a model is there, else by
 * patterns. What a persona says is only taken when the objects that it names are there; it is shown who translated.
 */
import { z } from "zod";
import { ArgumentError, ImageError } from "../errors.ts";
import type { World } from "../world/mod.ts";
import {
  HOPS_MAX,
  NAMES_SHOWN_MAX,
  QUESTION_LENGTH_MAX,
  TRANSLATION_LENGTH_MAX,
  TRANSLATION_MS,
  TRANSLATION_TOKENS_MAX,
} from "./limits.ts";
import type { Question, Translator } from "./question.ts";
import { translate } from "./translate.ts";

export interface StructuredRequest {
  readonly persona: string | null;
  readonly messages: readonly { readonly role: "system" | "user"; readonly content: string }[];
  /** A JSON schema that the answer must obey. */
  readonly format: unknown;
  readonly options: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
}

/** The words of a persona's mind, or why there is none to ask. */
export type AskPersona = (
  request: StructuredRequest,
) => Promise<
  | { readonly text: string; readonly persona: string; readonly model: string }
  | { readonly unavailable: string }
>;

export interface Translated {
  readonly question: Question;
  readonly translator: Translator;
}

/** Facts are her matter; where she is not, the default persona is asked. */
const TRANSLATING_PERSONA = "BABS";

const nameSchema = z.string().trim().min(1).max(200);
const valueSchema = z.union([z.string().max(QUESTION_LENGTH_MAX), z.number(), z.boolean(), z.null()]);
const answerSchema = z.discriminatedUnion("ask", [
  z.object({
    ask: z.literal("fills"),
    object: nameSchema,
    roles: z.array(nameSchema).min(1).max(HOPS_MAX),
  }),
  z.object({ ask: z.literal("analogy"), to: nameSchema, value: valueSchema, from: nameSchema }),
  z.object({ ask: z.literal("which"), role: nameSchema, value: valueSchema }),
]);
const format: unknown = z.toJSONSchema(answerSchema, { io: "input" });

const RULES =
  `You translate a question about objects into JSON. Objects have slots; a slot has a role and a value.
- what fills a role in an object: {"ask":"fills","object":"mexico","roles":["currency"]}
- a chain, the first role is looked up in the object, the next in what that gave: {"ask":"fills","object":"alice","roles":["country","capital"]}
- what is to one object as a value is to another: {"ask":"analogy","to":"mexico","value":"dollar","from":"usa"}
- which objects have a role with a value: {"ask":"which","role":"colour","value":"red"}
Use the names of objects and slots that are listed, as they are written. Answer with the JSON alone.`;

/** @throws {ArgumentError} when neither a persona nor a pattern makes a question of the words */
export async function translateWords(
  world: World,
  askPersona: AskPersona,
  words: string,
  signal?: AbortSignal,
): Promise<Translated> {
  if (words.length > QUESTION_LENGTH_MAX) {
    throw new ArgumentError(
      `A question must have <= ${QUESTION_LENGTH_MAX} characters: this one has ${words.length}`,
      "Ask in fewer words.",
    );
  }
  const spoken = await speak(world, askPersona, words, signal);
  if (!("note" in spoken)) return spoken;
  return {
    question: translate(words),
    translator: { by: "patterns", persona: null, model: null, note: spoken.note },
  };
}

/** The persona's translation, or why there is none. */
async function speak(
  world: World,
  askPersona: AskPersona,
  words: string,
  signal: AbortSignal | undefined,
): Promise<Translated | { readonly note: string }> {
  const patience = AbortSignal.timeout(TRANSLATION_MS);
  try {
    const said = await askPersona({
      persona: TRANSLATING_PERSONA,
      messages: [{ role: "system", content: RULES }, {
        role: "user",
        content: `${await namesIn(world, words)}\n\nThe question: ${words}`,
      }],
      format,
      options: { temperature: 0, num_predict: TRANSLATION_TOKENS_MAX },
      signal: signal === undefined ? patience : AbortSignal.any([signal, patience]),
    });
    if ("unavailable" in said) return { note: said.unavailable };
    const { text, persona, model } = said;
    const question = questionOf(text);
    if (question === null) return { note: `What ${persona} (${model}) said is no structured question` };
    const missing = await missingIn(world, question);
    if (missing !== null) return { note: `${persona} (${model}) named "${missing}", which is no object` };
    return { question, translator: { by: "persona", persona, model, note: null } };
  } catch (error) {
    signal?.throwIfAborted();
    if (patience.aborted) return { note: `No persona translated it within ${TRANSLATION_MS / 1_000} s` };
    // Every failure of a mind or of the orchestrator says what was wrong; what does not is a fault of the program.
    if (error instanceof ImageError || isTyped(error)) return { note: error.message };
    throw error;
  }
}

function isTyped(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && "code" in error && typeof error.code === "string" && "retryable" in error;
}

function questionOf(text: string): Question | null {
  if (text.length > TRANSLATION_LENGTH_MAX) return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  const parsed = answerSchema.safeParse(value);
  return parsed.success ? parsed.data : null;
}

async function missingIn(world: World, question: Question): Promise<string | null> {
  const named = question.ask === "fills"
    ? [question.object]
    : question.ask === "analogy"
    ? [question.to, question.from]
    : [];
  for (const name of named) if (await world.find(name) === null) return name;
  return null;
}

/** The objects that are named in the words, with the names of their slots. */
async function namesIn(world: World, words: string): Promise<string> {
  const plain = words.replace(/['’]s\b/gu, "").split(/[^\p{L}\p{N}_-]+/u).filter((word) => word !== "");
  const runs = plain.flatMap((_, at) => [1, 2, 3].map((count) => plain.slice(at, at + count).join(" ")));
  const lines: string[] = [];
  for (const name of new Set(runs.flatMap((run) => [run, run.toLowerCase()]))) {
    if (lines.length >= NAMES_SHOWN_MAX) break;
    const oid = await world.find(name);
    if (oid === null) continue;
    const { slots } = await world.context(oid);
    lines.push(`- ${name}: ${Object.keys(slots).slice(0, NAMES_SHOWN_MAX).join(", ")}`);
  }
  return lines.length === 0 ? "No object is named in it." : `Objects with their slots:\n${lines.join("\n")}`;
}
