/**
 * The world: objects by name, messages to them, and the thoughts that change them.
 * @module
 */
export * from "./changes.ts";
export { derivedKeys } from "./derived_keys.ts";
export {
  forgetAnswers,
  IdempotencyConflictError,
  type IdempotencyKey,
  refuseOtherUse,
} from "./idempotency.ts";
export * from "./image_method.ts";
export * from "./limits.ts";
export * from "./world_options.ts";
export { PastObjects } from "./past_objects.ts";
export * from "./receiver.ts";
export { notUnderstood } from "./scopes.ts";
export { resolveAsOf } from "./resolve_as_of.ts";
export { Registry, type RegistryOptions, type Resident } from "./registry.ts";
export { checkStoredSlot } from "./stored_slot.ts";
export { givenName, isOid, lookedUpName, normalizeName } from "./structure.ts";
export * from "./transaction.ts";
export * from "./undo.ts";
export * from "./views.ts";
export { wasForgotten } from "./was_forgotten.ts";
export * from "./world.ts";
