/**
 * Which mind answers with which model, and what it is given to read. The persona's own model answers when its
 * server has it; otherwise the recall mind does, and the reason says what is missing.
 */
import {
  type ChosenMind,
  type Mind,
  MindError,
  type MindModel,
  type RecallHitLike,
  recallModel,
  sameModel,
} from "../minds/mod.ts";
import type { LeftOut, Persona } from "./ports.ts";
import { leftOutInWords, type Prompt } from "./prompt.ts";
import type { Route } from "./routing.ts";

export interface Plan {
  readonly persona: Persona;
  readonly mind: Mind;
  readonly model: string;
  /** Why this persona, this mind, and what was left out: one line for people. */
  readonly reason: string;
  /** Why it is not the persona's own model; the recall mind says it aloud. */
  readonly note: string | null;
  readonly prompt: Prompt;
  readonly memories: readonly RecallHitLike[];
  readonly leftOut: LeftOut;
}

/** The mind and model for a persona, before any room is made. */
export type MindForPersona =
  | { readonly mind: Mind; readonly model: MindModel; readonly note: null }
  | { readonly mind: Mind; readonly model: null; readonly note: string };

/**
 * Asks the chosen mind what it has. A server that cannot be reached or is too slow to say so leaves the recall
 * mind, aloud; any other failure is thrown.
 * @throws MindError `mind_failed`
 */
export async function mindFor(
  persona: Persona,
  chosen: ChosenMind,
  recall: Mind,
  signal: AbortSignal,
): Promise<MindForPersona> {
  if (chosen.mind.name === recall.name) {
    return { mind: recall, model: null, note: `No model is there (${chosen.reason})` };
  }
  if (persona.model.trim() === "") return { mind: recall, model: null, note: `${persona.name} has no model` };
  try {
    const model = (await chosen.mind.models(signal)).find((each) => sameModel(each.model, persona.model));
    if (model !== undefined) return { mind: chosen.mind, model, note: null };
    const note =
      `The model "${persona.model}" of ${persona.name} is not installed in Ollama; it can be pulled`;
    return { mind: recall, model: null, note };
  } catch (cause) {
    if (!(cause instanceof MindError) || !["mind_unavailable", "mind_timeout"].includes(cause.code)) {
      throw cause;
    }
    return { mind: recall, model: null, note: `No model is there (${cause.message})` };
  }
}

/** Everything that streaming needs. */
export function planOf(
  route: Route,
  found: MindForPersona,
  prompt: Prompt,
  unloaded: readonly string[],
): Plan {
  const { persona } = route;
  const leftOut = leftOutInWords(prompt.leftOut);
  const reason = [
    route.reason,
    found.note ?? `with ${persona.model}`,
    ...(unloaded.length === 0 ? [] : [`unloaded ${unloaded.join(", ")} to make room`]),
    ...(leftOut === "" ? [] : [leftOut]),
  ].join("; ");
  return {
    persona,
    mind: found.mind,
    model: found.model === null ? recallModel : persona.model,
    reason,
    note: found.note,
    prompt,
    memories: prompt.memories,
    leftOut: prompt.leftOut,
  };
}
