/**
 * Embeddings: `Embedder.start({ spawn, models: modelSource({ folder, cache }), onStatus })`, then `embed(texts)`.
 * @module
 */
export { embedderChildPermissions, runEmbedderChild } from "./child.ts";
export { complaintOf } from "./complaint.ts";
export { Embedder, type EmbedderBounds, type EmbedderOptions, type EmbedderStatus } from "./embedder.ts";
export { EmbeddingError, type EmbeddingErrorCode } from "./errors.ts";
export { embedByHashing, hashSpace } from "./hashing.ts";
export {
  type FoundModel,
  type ModelProgress,
  type ModelSource,
  modelSource,
  type ModelSourceOptions,
  type NoModel,
} from "./model_source.ts";
export { pinnedModels } from "./pinned_models.ts";
export type { EmbeddingSpace } from "./space.ts";
export { spawnPip } from "./spawn_pip.ts";
export type { SpawnPip } from "./wheels.ts";
