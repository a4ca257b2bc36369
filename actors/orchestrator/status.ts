/** What the orchestrator shows of itself, and what its personas want that the mind has not. */
import { type MindModel, sameModel } from "../minds/mod.ts";
import type { Persona } from "./ports.ts";

export interface MissingModel {
  readonly model: string;
  /** Names of the personas that want it. */
  readonly personas: string[];
}

/** What the mind has and what the personas want that it has not; `GET /api/models` answers this. */
export interface ModelsReport {
  readonly mind: string;
  readonly installed: MindModel[];
  readonly missing: MissingModel[];
}

export interface OrchestratorStatus {
  readonly state: "ready" | "degraded" | "closed";
  /** Why it is degraded, or why the last answer failed. */
  readonly reason: string | null;
  readonly mind: {
    readonly name: string;
    readonly host: string | null;
    readonly reason: string;
    readonly degraded: boolean;
    readonly models: readonly string[];
    /** Models that failed too often and are not asked for a while. */
    readonly resting: readonly { readonly model: string; readonly reason: string }[];
  };
  /** As of the last look; `models()` looks anew. */
  readonly missing: readonly MissingModel[];
  readonly running: number;
  readonly waiting: number;
  readonly answers: { readonly complete: number; readonly aborted: number; readonly failed: number };
  readonly vram: { readonly usedBytes: number; readonly budgetBytes: number };
  readonly pulls: readonly { model: string; status: string; completed: number; total: number }[];
}

/** The models of personas that are not installed, each once. */
export function missingModels(personas: readonly Persona[], installed: readonly MindModel[]): MissingModel[] {
  const missing = new Map<string, string[]>();
  for (const { model, name } of personas) {
    if (model.trim() === "" || installed.some((each) => sameModel(each.model, model))) continue;
    missing.set(model, [...missing.get(model) ?? [], name]);
  }
  return [...missing].map(([model, names]) => ({ model, personas: names }));
}
