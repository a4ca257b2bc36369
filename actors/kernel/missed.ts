/**
 * Which message has to have a method so that one that was sent can be answered: itself, or one that a method of the
 * image sent to answer it.
 */
import { NotUnderstoodError } from "../errors.ts";
import { editDistance, lookup } from "../object/mod.ts";
import { MethodError } from "../sandbox/mod.ts";
import { notUnderstood, type World } from "../world/mod.ts";
import { SLIP_DISTANCE_MAX } from "./limits.ts";
import { choiceOf, policyFor } from "./policy.ts";
import type { Message } from "./scratch.ts";

/** A message for which its receiver has no method. */
export interface Missed extends Omit<Message, "arguments"> {
  /** Null when they are not known. */
  readonly arguments: readonly unknown[] | null;
  /** What the caller would be told without a kernel. */
  readonly error: NotUnderstoodError;
}

/**
 * @param message as it was sent, and failed with `error`
 * @returns null where no method is missing, or where the policy or a slip of the hand says no
 */
export async function missedIn(world: World, error: unknown, message: Message): Promise<Missed | null> {
  const inside = error instanceof MethodError ? error.notUnderstood : null;
  const sent = inside ?? (error instanceof NotUnderstoodError ? message : null);
  const receiver = sent === null ? null : await world.find(sent.receiver);
  if (sent === null || receiver === null) return null;
  const { selector } = sent;
  const found = await world.look((contextOf) => lookup(receiver, selector, contextOf));
  // A native method may have missed something else, which it cannot wait for.
  if (found !== null || error instanceof NotUnderstoodError && error.selector !== selector) return null;
  const words = error instanceof NotUnderstoodError
    ? error
    : await world.look((contextOf) => notUnderstood(receiver, selector, contextOf));
  if (!(words instanceof NotUnderstoodError) || isSlip(words)) return null;
  if (choiceOf(await policyFor(world, receiver), []) === "never") return null;
  return { receiver, selector, arguments: sent.arguments, error: words };
}

/** A selector that is one letter away from one that exists: the person is to look again, not the kernel. */
function isSlip({ selector, nearest }: NotUnderstoodError): boolean {
  return nearest.some((near) =>
    editDistance(selector.toLowerCase(), near.toLowerCase()) <= SLIP_DISTANCE_MAX
  );
}
