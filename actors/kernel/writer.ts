/**
 * Where proposals come from: a persona's mind that is held to a schema, or, without any model, the methods of the image
 * that would work at the receiver as they are.
 */
import type { Draft } from "./draft.ts";
import { answerFormat, draftOf } from "./draft.ts";
import { NotUnderstoodError } from "../errors.ts";
import type { Effect } from "../object/mod.ts";
import { ProposalFault } from "./errors.ts";
import type { Gathered, Task } from "./gather.ts";
import type { Tried } from "./generation_machine.ts";
import { ANSWER_TOKENS_MAX, BORROWED_MAX } from "./limits.ts";
import { buildPrompt } from "./prompt.ts";
import type { SimilarMethod } from "./similar.ts";
import { checkSource } from "./static_check.ts";

/** A draft and where it comes from. */
export interface Written extends Draft {
  readonly by: Author;
  /** It must be asked for, whatever the policy says otherwise. */
  readonly composed: boolean;
  readonly prompt: string;
}

export interface Author {
  readonly persona: string | null;
  readonly mind: string;
  readonly model: string | null;
  readonly digest: string | null;
}

export interface MindRequest {
  readonly persona: string | null;
  readonly messages: readonly { readonly role: "system" | "user"; readonly content: string }[];
  /** A JSON schema that the answer must obey. */
  readonly format: unknown;
  readonly options: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
}

/** The answer of a persona's mind, or why there is none to ask. */
export type MindAnswer = Author & { readonly text: string } | { readonly unavailable: string };

export type AskMind = (request: MindRequest) => Promise<MindAnswer>;

export interface WriteParts {
  readonly askMind: AskMind;
  readonly persona: string | null;
  /** How often the mind is asked. */
  readonly tries: number;
  readonly missing: NotUnderstoodError | null;
}

/** The methods of other objects that would work at the receiver as they are, the likest first, as many as are tried. */
export function borrowable({ similar }: Gathered): SimilarMethod[] {
  return similar.filter(({ fits }) => fits).slice(0, BORROWED_MAX);
}

/**
 * @throws {ProposalFault} for an answer that is none; {RefusedByMind}; {NotUnderstoodError} when there is neither a
 * model nor a method that would fit
 */
export async function write(
  parts: WriteParts,
  task: Task,
  input: Tried & { readonly gathered: Gathered },
  signal: AbortSignal,
): Promise<Written> {
  if (input.attempt > parts.tries) return compose(parts, task, input, "nothing that its mind wrote held");
  const messages = buildPrompt(task, input);
  // The first time the likeliest answer is wanted; what failed is not to come again.
  const options = {
    temperature: input.attempt === 1 ? 0 : 0.4,
    num_predict: ANSWER_TOKENS_MAX,
    num_ctx: 8_192,
  };
  const answer = await parts.askMind({
    persona: parts.persona,
    messages,
    format: answerFormat,
    options,
    signal,
  });
  if ("unavailable" in answer) return compose(parts, task, input, answer.unavailable);
  const { text, ...by } = answer;
  return {
    ...draftOf(text),
    by,
    composed: false,
    prompt: messages.map(({ content }) => content).join("\n\n"),
  };
}

/** The next of the methods that would work as they are. */
function compose(
  { missing }: WriteParts,
  task: Task,
  { gathered, last }: Tried & { readonly gathered: Gathered },
  why: string,
): Written {
  const fitting = borrowable(gathered);
  const before = last?.composed === true
    ? fitting.findIndex(({ method }) => method.source === last.source)
    : -1;
  const found = fitting[before + 1];
  if (found === undefined) throw nothingToCompose(missing, task, gathered, why);
  const { method } = found;
  return {
    source: method.source,
    doc: method.doc ?? `As ${found.label}.`,
    // What was kept with it is about the values of another object.
    examples: [],
    effects: method.effects ?? likelyEffects(method.source),
    by: { persona: null, mind: "search", model: null, digest: null },
    composed: true,
    prompt: `Taken as it is from ${found.label}, which is like it, as no model wrote it: ${why}.`,
  };
}

/** What a method that declares nothing plainly does; that it does no more is shown by running it. */
function likelyEffects(source: string): Effect[] {
  try {
    return checkSource(source, []).sends.length === 0 ? [] : ["writes_self", "writes_others"];
  } catch (error) {
    if (error instanceof ProposalFault) return ["writes_self", "writes_others"];
    throw error;
  }
}

function nothingToCompose(
  missing: NotUnderstoodError | null,
  task: Task,
  { label, chain, similar }: Gathered,
  why: string,
): NotUnderstoodError {
  const near = similar.map((each) => each.label);
  const note = `Nobody can write it now: ${why}.` +
    (near.length === 0 ? "" : ` Like it are ${near.join(", ")}.`);
  if (missing === null) return new NotUnderstoodError(label, task.selector, chain, [], note);
  return new NotUnderstoodError(missing.receiver, missing.selector, missing.searched, missing.nearest, note);
}
