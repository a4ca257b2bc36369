/**
 * The system: the supervision tree, and the living image that it keeps running.
 * @module
 */
export { COMMIT_CRASH_POINTS, crashHook } from "./crash_points.ts";
export type { AnswerDetails, StoredExchange } from "./exchange_form.ts";
export { Exchanges, type OpenedPrompts } from "./exchanges.ts";
export { usageOf, type UsageReport } from "./usage.ts";
export { threadOf, Threads, type ThreadView } from "./threads.ts";
export type { HealthReport } from "./health.ts";
export { imageForms } from "./image_forms.ts";
export {
  LivingImage,
  type LivingImageOptions,
  type MemoryContext,
  type RunningMemory,
} from "./living_image.ts";
export * from "./limits.ts";
export { Memories, type NewMemory, type RecallHit } from "./memories.ts";
export type {
  MemoryCheck,
  MemoryHit,
  MemoryPort,
  MemoryProblem,
  MemoryRow,
  MemoryStatus,
  PartState,
  PartStatus,
  RankedMemory,
  RebuildStatus,
  RecallChannel,
  RecallQuery,
} from "./memory_port.ts";
export { listMorphs, listMorphsAsOf, MAIN_CANVAS, type MorphPlace, placeMorph } from "./morphs.ts";
export { Operations, type Request } from "./operations.ts";
export { readPersonas } from "./orchestrator_ports.ts";
export { type LiveEvent, Publisher, type StreamMessage } from "./publisher.ts";
export { type Service, type ServiceStatus, Supervised, supervisedMachine } from "./supervised.ts";
