/** The orchestrator: who answers a question, with which mind, and how the answer becomes a thought. */
export type { AnswerSnapshot } from "./answer_run.ts";
export { OrchestratorError, type OrchestratorErrorCode } from "./errors.ts";
export { LearnedSizes } from "./learned_sizes.ts";
export { type OrchestratorLimits, orchestratorLimits, vramBudgetBytes } from "./limits.ts";
export { type AskRequest, defaultThread, Orchestrator, type OrchestratorOptions } from "./orchestrator.ts";
export type {
  Exchange,
  LeftOut,
  OrchestratorEvent,
  OrchestratorPorts,
  OrchestratorSettings,
  PastExchange,
  Persona,
  Replay,
  Replayable,
  Scenario,
  SentPrompt,
  Usage,
  Voice,
} from "./ports.ts";
export { buildPrompt, estimateTokens, type Prompt, type PromptParts } from "./prompt.ts";
export { type Outcome, queryMachine, type QuerySteps, type Question } from "./query_machine.ts";
export type { Said } from "./said.ts";
export { findPersona, type Route, route } from "./routing.ts";
export { type Cast, lastWord, type Manner, roundsOf, type Task, type Turn } from "./schedule.ts";
export { mentionsIn } from "./mentions.ts";
export { defaultSettings } from "./settings.ts";
export type { MissingModel, ModelsReport, OrchestratorStatus } from "./status.ts";
export { type Room, type RoomRequest, VramBudget } from "./vram_budget.ts";
