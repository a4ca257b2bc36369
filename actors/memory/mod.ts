/**
 * The memory: where vectors meet thoughts.
 * @module
 */
export { IndexParticipant } from "./index_participant.ts";
export * from "./limits.ts";
export { isMasked } from "./memory_text.ts";
export { Memory, type MemoryOptions } from "./memory.ts";
export { parseSpaces, readSpaces, SPACES, spaceSchema, type StoredSpaces, storedSpaces } from "./spaces.ts";
export { dot, fromBytes } from "./vector_bytes.ts";
