/**
 * Which mind answers with which model, and what it is given to read. The persona's own model answers when its
 * server has it; otherwise the smallest that is there and fits the budget does, and the reason says so; where there
 * is none, the recall mind does, and says what is missing.
 */
import {
  type ChosenMind,
  type Mind,
  MindError,
  type MindModel,
  quotedMemories,
  type RecallHitLike,
  recallModel,
  sameModel,
  shortModelName,
} from "../minds/mod.ts";
import type { LeftOut, Persona } from "./ports.ts";
import { leftOutInWords, type Prompt } from "./prompt.ts";

export interface Plan {
  readonly persona: Persona;
  readonly mind: Mind;
  readonly model: string;
  /** Why this persona, this mind, and what was left out: one line for people. */
  readonly reason: string;
  /** Why no model answers; the recall mind says it aloud. */
  readonly note: string | null;
  readonly prompt: Prompt;
  /** Those that the answer is made with: what stands in the prompt, or what is quoted. */
  readonly memories: readonly RecallHitLike[];
  readonly leftOut: LeftOut;
}

/** Whether a model can be loaded within the budget, by what it takes or is declared to take; 0 when nothing is. */
export type Fits = (model: MindModel, declaredBytes: number) => boolean;

/** The mind and model for a persona, before any room is made; `note` says why it is not the persona's own. */
export type MindForPersona =
  | { readonly mind: Mind; readonly model: MindModel; readonly note: string | null }
  | { readonly mind: Mind; readonly model: null; readonly note: string };

/**
 * Asks the chosen mind what it has; `fits` says whether a model may be loaded at all, given what is declared of it. A
 * server that cannot be reached or is too slow to say so leaves the recall mind, aloud; any other failure is thrown.
 * @throws MindError `mind_failed`
 */
export async function mindFor(
  persona: Persona,
  chosen: ChosenMind,
  recall: Mind,
  fits: Fits,
  signal: AbortSignal,
): Promise<MindForPersona> {
  if (chosen.mind.name === recall.name) {
    return { mind: recall, model: null, note: `No model is there (${chosen.reason})` };
  }
  if (persona.model.trim() === "") return { mind: recall, model: null, note: `${persona.name} has no model` };
  try {
    const installed = await chosen.mind.models(signal);
    const own = installed.find((each) => sameModel(each.model, persona.model));
    const hindrance = hindranceOf(own, persona, fits);
    if (own !== undefined && hindrance === null) return { mind: chosen.mind, model: own, note: null };
    const model = standIn(installed, fits);
    if (model !== null) {
      const note = `${persona.model} ${hindrance}, and ${shortModelName(model.model)} stands in`;
      return { mind: chosen.mind, model, note };
    }
    const note = own === undefined
      ? `The model "${persona.model}" of ${persona.name} is not installed in Ollama; it can be pulled`
      : `The model "${persona.model}" of ${persona.name} ${hindrance}, and no other can stand in`;
    return { mind: recall, model: null, note };
  } catch (cause) {
    if (!(cause instanceof MindError) || !["mind_unavailable", "mind_timeout"].includes(cause.code)) {
      throw cause;
    }
    return { mind: recall, model: null, note: `No model is there (${cause.message})` };
  }
}

/** Why the persona's own model cannot answer now, after its name; null when it can. */
function hindranceOf(own: MindModel | undefined, persona: Persona, fits: Fits): string | null {
  if (own === undefined) return "is not there";
  if (own.resting !== undefined) return `is not asked now, as ${own.resting}`;
  return fits(own, persona.vramBytes) ? null : "does not fit the budget of memory";
}

/** The smallest model that can answer and fits; of equal ones the first by name. */
function standIn(installed: readonly MindModel[], fits: Fits): MindModel | null {
  const able = installed.filter((each) =>
    each.embedsOnly !== true && each.resting === undefined && fits(each, 0)
  );
  const bySize = able.toSorted((one, other) => one.bytes - other.bytes || (one.model < other.model ? -1 : 1));
  return bySize[0] ?? null;
}

export interface PlanParts {
  readonly question: string;
  readonly persona: Persona;
  /** Why this persona, in words; empty where that is said elsewhere. */
  readonly why: string;
  readonly found: MindForPersona;
  readonly prompt: Prompt;
  /** What was unloaded for it. */
  readonly unloaded: readonly string[];
}

/** Everything that streaming needs. */
export function planOf({ question, persona, why, found, prompt, unloaded }: PlanParts): Plan {
  const leftOut = leftOutInWords(prompt.leftOut);
  const reason = [
    ...(why === "" ? [] : [why]),
    // Why there is no model is what the answer itself begins with.
    ...(found.model === null ? [] : [found.note ?? `with ${persona.model}`]),
    ...(unloaded.length === 0 ? [] : [`unloaded ${unloaded.join(", ")} to make room`]),
    ...(leftOut === "" ? [] : [leftOut]),
  ].join("; ");
  return {
    persona,
    mind: found.mind,
    model: found.model === null ? recallModel : modelName(persona, found.model),
    reason,
    note: found.model === null ? found.note : null,
    prompt,
    memories: found.model === null ? quotedMemories(question, prompt.memories) : prompt.memories,
    leftOut: prompt.leftOut,
  };
}

/** The name as the persona writes it, when it is the persona's own model. */
export function modelName(persona: Persona, model: MindModel): string {
  return sameModel(persona.model, model.model) ? persona.model : model.model;
}
