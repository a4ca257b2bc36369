/** What an image lives by: objects that parts of the system look up by name. Pure. */
export const VITAL_NAMES: ReadonlySet<string> = new Set([
  "genesis",
  "morph",
  "memory_manager",
  "archive_manager",
  "backup_manager",
  "history_manager",
  "orchestrator",
  "kernel",
  "proposal_prototype",
  "context_fractal_prototype",
  "concept_fractal_prototype",
  "exchange_prototype",
  "hypervector_prototype",
  "persona_prototype",
]);
