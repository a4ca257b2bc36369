/** Minds: where tokens come from, and the one that is used now. */
export { MindError, type MindErrorCode, reasonOf } from "./errors.ts";
export type {
  GenerateRequest,
  LoadedModel,
  Mind,
  MindMessage,
  MindModel,
  MindProbe,
  MindToken,
  PullProgress,
  RecallHitLike,
} from "./mind.ts";
export { type ChooserClock, type ChosenMind, MindChooser, type MindChooserOptions } from "./mind_chooser.ts";
export { checkModelName, fullModelName, sameModel, shortModelName } from "./model_name.ts";
export { defaultOllamaHost, ollamaHost } from "./ollama_host.ts";
export { OllamaMind, type OllamaMindOptions } from "./ollama_mind.ts";
export { composeRecall, quotedMemories, RecallMind, recallModel } from "./recall_mind.ts";
export { type MindTimeouts, mindTimeouts } from "./limits.ts";
export { type BreakerBounds, type LocalBounds, type SteadyBounds, steadyBounds } from "./limits.ts";
export { type Breaker, type BreakerEvent, closedBreaker, mayAsk, stepBreaker } from "./breaker.ts";
export { carryOn, type Seam, seamInWords, type Speaker } from "./carry_on.ts";
export { localChildPermissions, runLocalChild } from "./local/child.ts";
export { LocalMind, type LocalMindOptions } from "./local/local_mind.ts";
export { SteadyMind, type SteadyMindOptions } from "./steady_mind.ts";
export { systemClock, Watchdog, type WatchdogClock } from "./watchdog.ts";
