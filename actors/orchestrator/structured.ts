/**
 * An answer that is not for a person: a persona's mind is held to a schema and its words go back to whoever asked. It
 * takes its place and its room in the budget like any other answer, and is stored nowhere.
 */
import type { StepParts } from "./query_steps.ts";
import { keptModels } from "./query_steps.ts";
import { mindFor, modelName } from "./plan.ts";
import { noPersona } from "./routing.ts";
import { readSettings } from "./settings.ts";
import { type MindMessage, type MindModel, sameModel } from "../minds/mod.ts";

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

/** @throws MindError; OrchestratorError `no_persona`, `settings_invalid`; the signal's reason */
export async function structuredAnswer(
  parts: StepParts,
  request: StructuredRequest,
): Promise<StructuredAnswer> {
  const { ports, limits, chooser, recall, vram } = parts;
  const { signal } = request;
  const [personas, settings] = await Promise.all([ports.personas(), readSettings(ports)]);
  const wanted = [request.persona, settings.defaultPersona];
  const persona =
    wanted.map((name) => personas.find((each) => each.name === name)).find((each) => each !== undefined) ??
      personas[0];
  if (persona === undefined) throw noPersona();
  const release = await parts.places.take(signal);
  try {
    const budgetBytes = settings.vramBudgetBytes;
    const fits = ({ model, bytes }: MindModel) => vram.costOf(model, bytes) <= budgetBytes;
    const chosen = chooser.current.degraded ? await chooser.fresh() : chooser.current;
    const found = await mindFor(persona, chosen, recall, fits, signal);
    if (found.model === null) return { unavailable: found.note };
    const model = modelName(persona, found.model);
    const room = await vram.acquire({
      mind: found.mind,
      model,
      declaredBytes: sameModel(found.model.model, persona.model) ? persona.vramBytes : 0,
      fileBytes: found.model.bytes,
      budgetBytes,
      keep: keptModels(personas),
      signal,
    });
    try {
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
        if (text.length > limits.answerCharsMax) break;
      }
      const { digest = null } = found.model;
      return { text, persona: persona.name, mind: found.mind.name, model, digest };
    } finally {
      room.release();
    }
  } finally {
    release();
  }
}
