/**
 * Whether a method may be installed by itself, must be asked for, or never: what the object says along its chain in
 * the slot `generation`, else what the object `kernel` says. Both may say it for each effect; the strictest counts.
 */
import { z } from "zod";
import { type Effect, lookup } from "../object/mod.ts";
import type { World } from "../world/mod.ts";
import { GENERATION_MS, GENERATION_MS_MAX, TRIES, TRIES_MAX } from "./limits.ts";

const choiceSchema = z.enum(["auto", "ask", "never"]);
export type Choice = z.infer<typeof choiceSchema>;

const policySchema = z.union([
  choiceSchema,
  z.object({
    default: choiceSchema.default("ask"),
    writes_self: choiceSchema.optional(),
    writes_others: choiceSchema.optional(),
    clock: choiceSchema.optional(),
    random: choiceSchema.optional(),
  }),
]);
type Policy = z.infer<typeof policySchema>;

export const POLICY_SLOT = "generation";
const KERNEL = "kernel";
const STRICTNESS: readonly Choice[] = ["auto", "ask", "never"];

/** A slot that says nothing sensible is obeyed as `never`: what was meant is not known. */
function policyOf(value: unknown): Policy {
  const parsed = policySchema.safeParse(value);
  return parsed.success ? parsed.data : "never";
}

/** @returns the strictest of what the policy says about the method as such and about each of its effects */
export function choiceOf(policy: Policy, effects: readonly Effect[]): Choice {
  if (typeof policy === "string") return policy;
  const said = [policy.default, ...effects.map((effect) => policy[effect] ?? policy.default)];
  return said.reduce((one, other) => STRICTNESS.indexOf(other) > STRICTNESS.indexOf(one) ? other : one);
}

export async function policyFor(world: World, receiver: string): Promise<Policy> {
  const found = await world.look((contextOf) => lookup(receiver, POLICY_SLOT, contextOf));
  if (found !== null) return policyOf(found.slot.kind === "data" ? found.slot.value : null);
  const value = (await kernelSlots(world))(POLICY_SLOT);
  return value === undefined ? "ask" : policyOf(value);
}

export interface KernelSettings {
  /** Who writes: a persona's name. */
  readonly persona: string | null;
  readonly tries: number;
  readonly deadlineMs: number;
}

/** What the object `kernel` says; a slot that says nothing sensible has its default. */
export async function readKernelSettings(world: World): Promise<KernelSettings> {
  const slot = await kernelSlots(world);
  const within = (value: unknown, most: number, fallback: number) =>
    typeof value === "number" && value > 0 ? Math.min(value, most) : fallback;
  const persona = slot("persona");
  return {
    persona: typeof persona === "string" ? persona : null,
    tries: Math.max(1, Math.floor(within(slot("tries"), TRIES_MAX, TRIES))),
    deadlineMs: within(slot("seconds"), GENERATION_MS_MAX / 1_000, GENERATION_MS / 1_000) * 1_000,
  };
}

async function kernelSlots(world: World): Promise<(name: string) => unknown> {
  const oid = await world.find(KERNEL);
  if (oid === null) return () => undefined;
  const { slots } = await world.context(oid);
  return (name) => slots[name]?.kind === "data" ? slots[name].value : undefined;
}
