/**
 * An answer that is not for a person: a persona's mind is held to a schema and its words go back to whoever asked. It
 * takes its room in the budget like any other answer, and is stored nowhere.
 */
import type { MindMessage } from "../minds/mod.ts";
import { type MindRequest, type StepParts, takeMind } from "./mind_room.ts";
import { modelName } from "./plan.ts";
import { noPersona } from "./routing.ts";
import { readSettings } from "./settings.ts";

export interface StructuredRequest {
  /** A persona's name; null, or one that is not there: the default one. */
  readonly persona: string | null;
  readonly messages: readonly MindMessage[];
  /** A JSON schema that the answer must obey. */
  readonly format: unknown;
  readonly options: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
}

/** The mind's words and whose they are, or why no model can be asked. */
export type StructuredAnswer =
  | {
    readonly text: string;
    readonly persona: string;
    readonly mind: string;
    readonly model: string;
    readonly digest: string | null;
  }
  | { readonly unavailable: string };

/** Waits for its place first. @throws MindError; OrchestratorError `no_persona`, `settings_invalid`; the signal's reason */
export async function structuredAnswer(
  parts: StepParts,
  request: StructuredRequest,
): Promise<StructuredAnswer> {
  const [personas, settings] = await Promise.all([parts.ports.personas(), readSettings(parts.ports)]);
  const wanted = [request.persona, settings.defaultPersona];
  const persona =
    wanted.map((name) => personas.find((each) => each.name === name)).find((each) => each !== undefined) ??
      personas[0];
  if (persona === undefined) throw noPersona();
  const leave = await parts.places.take(request.signal);
  try {
    return await structuredReply(parts, { persona, personas, settings }, request);
  } finally {
    leave();
  }
}

/** For whoever has a place already. @throws MindError; OrchestratorError `vram_refused`; the signal's reason */
export async function structuredReply(
  parts: StepParts,
  who: MindRequest,
  request: Omit<StructuredRequest, "persona">,
): Promise<StructuredAnswer> {
  const { persona } = who;
  const { signal } = request;
  const { num_ctx } = request.options;
  const contextTokens = typeof num_ctx === "number" ? num_ctx : undefined;
  const { found, release } = await takeMind(parts, { ...who, contextTokens }, signal);
  try {
    if (found.model === null) return { unavailable: found.note };
    if (found.mind.cannotFormat) return { unavailable: `${found.mind.name} cannot be held to a schema` };
    const model = modelName(persona, found.model);
    let text = "";
    const stream = found.mind.generate({
      model,
      messages: request.messages,
      format: request.format,
      options: { ...persona.options, ...request.options },
      keepAlive: persona.keepAlive,
      memories: [],
      signal,
    });
    for await (const part of stream) {
      if ("token" in part) text += part.token;
      // Whoever asked refuses what is too long; there is no need to wait for its end.
      if (text.length > parts.limits.answerCharsMax) break;
    }
    const { digest = null } = found.model;
    return { text, persona: persona.name, mind: found.mind.name, model, digest };
  } finally {
    release();
  }
}
