/**
 * One object: its slots, its machine, its stored form, and how a slot is found along its parents.
 * @module
 */
export * from "./delegation.ts";
export * from "./limits.ts";
export * from "./method_slot.ts";
export * from "./nearest.ts";
export * from "./nesting.ts";
export * from "./object_machine.ts";
export * from "./persisted.ts";
export * from "./slot.ts";
export * from "./time.ts";
