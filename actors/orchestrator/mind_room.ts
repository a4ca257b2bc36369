/**
 * A persona's mind with room made for its model: what every use of a model begins with, whether its words are for a
 * person or for a part of the system.
 */
import {
  type ChosenMind,
  fullModelName,
  type Mind,
  type MindChooser,
  type MindModel,
  sameModel,
} from "../minds/mod.ts";
import { contextTokens as contextTokensDefault, type OrchestratorLimits } from "./limits.ts";
import type { Places } from "./places.ts";
import { mindFor, type MindForPersona, modelName } from "./plan.ts";
import type { OrchestratorPorts, OrchestratorSettings, Persona } from "./ports.ts";
import type { VramBudget } from "./vram_budget.ts";

/** What all answers share. */
export interface StepParts {
  readonly ports: OrchestratorPorts;
  readonly chooser: MindChooser;
  readonly recall: Mind;
  readonly places: Places;
  readonly vram: VramBudget;
  readonly limits: OrchestratorLimits;
}

export interface MindRequest {
  readonly persona: Persona;
  /** All that there are: some want their models kept loaded. */
  readonly personas: readonly Persona[];
  readonly settings: OrchestratorSettings;
  /** What it is to read and write at once; default: as the persona's options say. */
  readonly contextTokens?: number | undefined;
  /** Full names of models that have failed just now, and are not to be taken. */
  readonly avoid?: ReadonlySet<string>;
}

export interface MindRoom {
  readonly found: MindForPersona;
  /** What was unloaded to make it. */
  readonly unloaded: readonly string[];
  release(): void;
}

/** @throws MindError; OrchestratorError `vram_refused`; the signal's reason */
export async function takeMind(
  { chooser, recall, vram }: StepParts,
  { persona, personas, settings, contextTokens = contextOf(persona), avoid }: MindRequest,
  signal: AbortSignal,
): Promise<MindRoom> {
  const budgetBytes = settings.vramBudgetBytes;
  const fits = ({ model, bytes }: MindModel, declaredBytes: number) =>
    !avoid?.has(fullModelName(model)) && vram.costOf(model, bytes, declaredBytes) <= budgetBytes;
  const chosen = await likelyMind(chooser);
  let found = await mindFor(persona, chosen, recall, fits, signal);
  if (found.model === null && chosen.mind.name !== recall.name) {
    // Its server may have gone since it was looked at, and another mind be there.
    const now = await chooser.fresh();
    if (now.mind !== chosen.mind) found = await mindFor(persona, now, recall, fits, signal);
  }
  if (found.model === null) return { found, unloaded: [], release: () => {} };
  const room = await vram.acquire({
    mind: found.mind,
    model: modelName(persona, found.model),
    // What a persona declares is said of its own model.
    declaredBytes: sameModel(found.model.model, persona.model) ? persona.vramBytes : 0,
    fileBytes: found.model.bytes,
    contextTokens: Math.min(contextTokens, found.model.contextTokens ?? contextTokens),
    budgetBytes,
    keep: keptModels(personas),
    signal,
  });
  return { found, ...room };
}

/** As `buildPrompt` sends it. */
function contextOf({ options }: Persona): number {
  const asked = options.num_ctx;
  return typeof asked === "number" && asked > 0 ? asked : contextTokensDefault;
}

/** A server that was away a moment ago may be there now: without one, it is worth a look. */
export function likelyMind(chooser: MindChooser): Promise<ChosenMind> | ChosenMind {
  return chooser.current.degraded ? chooser.fresh() : chooser.current;
}

/** The models of those who are kept loaded for ever. */
function keptModels(personas: readonly Persona[]): ReadonlySet<string> {
  const kept = personas.filter((each) => Number(each.keepAlive) < 0 && each.model !== "");
  return new Set(kept.map((each) => fullModelName(each.model)));
}
