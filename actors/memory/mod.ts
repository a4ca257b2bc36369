/**
 * The memory: where vectors meet thoughts.
 * @module
 */
export { IndexParticipant } from "./index_participant.ts";
export * from "./limits.ts";
export { Memory, type MemoryOptions } from "./memory.ts";
export { parseSpaces, readSpaces, SPACES, spaceSchema, type StoredSpaces, storedSpaces } from "./spaces.ts";
