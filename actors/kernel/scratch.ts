/**
 * Runs a method on a scratch copy of the image: in a thought that never commits, so that what it would do can be seen
 * and nothing of it is left. A proposal is proved by its examples, twice each, and by the real call.
 */
import { isDeepStrictEqual } from "node:util";
import { ImageError } from "../errors.ts";
import {
  type Effect,
  type Json,
  type MethodExample,
  type ObjectContext,
  type Provenance,
  slotToWire,
  succeed,
} from "../object/mod.ts";
import { MethodError } from "../sandbox/mod.ts";
import {
  type ImageMethodRunner,
  runImageMethod,
  setSlot,
  type World,
  type WorldTransaction,
} from "../world/mod.ts";
import { ProposalFault } from "./errors.ts";
import { REASON_LENGTH_MAX } from "./limits.ts";

export interface ProofParts {
  readonly world: World;
  readonly runner: ImageMethodRunner;
}

/** A message, by the oid of its receiver. */
export interface Message {
  readonly receiver: string;
  readonly selector: string;
  readonly arguments: readonly unknown[];
}

/** What is to be shown to hold. */
export interface Claim {
  readonly receiver: string;
  readonly selector: string;
  /** The method in its wire form; absent for one that is in the image already. */
  readonly method?: Json;
  /** Where the draft is to stand: the receiver, or one of its parents. */
  readonly holder: string;
  readonly examples: readonly MethodExample[];
  readonly effects: readonly Effect[] | undefined;
  /** What is to be answered by it: the message that was not understood, or the one that needed it; null for none. */
  readonly message: Message | null;
  /** Own slots that give way to the draft: for a method that is lifted out of its object. */
  readonly removeFrom?: string;
}

/** What one run did. */
export interface Effected {
  readonly answer: Json;
  /** Objects that it changed, with their slots afterwards, by oid. */
  readonly changed: Readonly<Record<string, Json>>;
}

/** What a proof found; kept with a proposal, so that a person sees it. */
export interface Evidence {
  readonly examples: readonly { readonly arguments: readonly Json[]; readonly answer: Json }[];
  /** Null where there was no message, or where it needs yet another method. */
  readonly call: Effected | null;
}

class NeverCommit extends Error {}

/** @returns what `work` answers; nothing that it did is kept */
async function onScratch<T>(world: World, work: (tx: WorldTransaction) => Promise<T>): Promise<T> {
  let result: { readonly value: T } | null = null;
  try {
    await world.thought({ who: "kernel", why: "a trial", kind: "trial" }, async (tx) => {
      result = { value: await work(tx) };
      throw new NeverCommit();
    });
  } catch (error) {
    if (!(error instanceof NeverCommit)) throw error;
  }
  return result!.value;
}

/** Puts the method where the claim wants it; what stood there becomes an earlier form of it. */
export async function stageMethod(
  tx: WorldTransaction,
  claim: Claim,
  provenance?: Provenance,
): Promise<void> {
  const { holder, selector, method, removeFrom } = claim;
  if (method === undefined) return;
  if (removeFrom !== undefined) {
    await tx.require(removeFrom);
    tx.stage(removeFrom, { type: "SLOT_REMOVED", slot: selector });
  }
  if (provenance === undefined) return await setSlot(tx, holder, selector, method);
  const before = (await tx.require(holder)).slots[selector];
  const origin = succeed(provenance, before?.kind === "method" ? before.provenance : undefined);
  await setSlot(tx, holder, selector, { ...method as Record<string, Json>, provenance: origin });
}

/**
 * Examples, that they come out the same a second time, and the real call. What was not declared cannot be done: the
 * sandbox refuses it.
 * @throws {ProposalFault} with what was sent, what must come and what came; the errors of a sandbox without a process
 */
export async function prove(parts: ProofParts, claim: Claim, signal?: AbortSignal): Promise<Evidence> {
  const examples: { arguments: readonly Json[]; answer: Json }[] = [];
  for (const [index, example] of claim.examples.entries()) {
    const label = `Example ${index + 1}`;
    const answer = await proveExample(parts, claim, example, label, signal);
    examples.push({ arguments: example.arguments as Json[], answer });
  }
  return {
    examples,
    call: claim.message === null ? null : await proveMessage(parts, claim, claim.message, signal),
  };
}

async function proveMessage(
  parts: ProofParts,
  claim: Claim,
  message: Message,
  signal: AbortSignal | undefined,
): Promise<Effected | null> {
  const isOwn = message.selector === claim.selector && message.receiver === claim.receiver;
  const label = isOwn ? "The message" : `"${message.selector}", which sends it`;
  const run = () => tryOnce(parts, claim, message, { label, stage: "call", signal });
  try {
    const { did: first } = await run();
    // What another method does beside sending this one was not declared here.
    if (isOwn && isPredictable(claim)) mustRepeat(claim, first, () => label, (await run()).did);
    return first;
  } catch (error) {
    if (error instanceof ProposalFault && missesAnother(error.cause, claim)) return null;
    throw error;
  }
}

/** Whether a message failed as it needs yet another method: of this one that says nothing. */
export function missesAnother(error: unknown, { receiver, selector }: Claim): boolean {
  if (!(error instanceof MethodError) || error.notUnderstood === null) return false;
  return error.notUnderstood.receiver !== receiver || error.notUnderstood.selector !== selector;
}

function isPredictable({ effects }: Claim): boolean {
  return !(effects ?? []).some((effect) => effect === "clock" || effect === "random");
}

function mustRepeat(claim: Claim, first: Effected, label: () => string, second: Effected): void {
  if (isDeepStrictEqual(first, second)) return;
  throw new ProposalFault(
    "examples",
    `${label()}: ${claim.selector} must do the same each time, as it declares neither clock nor random, and does not`,
  );
}

async function proveExample(
  parts: ProofParts,
  claim: Claim,
  example: MethodExample,
  label: string,
  signal: AbortSignal | undefined,
): Promise<Json> {
  const message = { receiver: claim.receiver, selector: claim.selector, arguments: example.arguments };
  const run = () =>
    tryOnce(parts, claim, message, { label, stage: "examples", signal, slots: example.slots });
  const { did, own } = await run();
  const sent = `${claim.selector}(${example.arguments.map((each) => JSON.stringify(each)).join(", ")})`;
  if (example.answer !== undefined && !isDeepStrictEqual(did.answer, example.answer)) {
    throw new ProposalFault(
      "examples",
      `${label}: ${sent} must answer ${shown(example.answer)}, and answered ${shown(did.answer)}`,
    );
  }
  for (const [slot, wanted] of Object.entries(example.after ?? {})) {
    const is = own[slot];
    if (isDeepStrictEqual(is, wanted)) continue;
    throw new ProposalFault(
      "examples",
      `${label}: after ${sent} the slot "${slot}" must be ${shown(wanted)}, and is ${shown(is)}`,
    );
  }
  if (isPredictable(claim)) mustRepeat(claim, did, () => label, (await run()).did);
  return did.answer;
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? "nothing").slice(0, 200);
}

async function tryOnce(
  { world, runner }: ProofParts,
  claim: Claim,
  { receiver, selector, arguments: args }: Message,
  how: {
    readonly label: string;
    readonly stage: "examples" | "call";
    readonly signal: AbortSignal | undefined;
    /** What the receiver holds in place of its own. */
    readonly slots?: MethodExample["slots"];
  },
): Promise<{ readonly did: Effected; readonly own: Readonly<Record<string, Json>> }> {
  return await onScratch(world, async (tx) => {
    try {
      await stageMethod(tx, claim);
      for (const [slot, value] of Object.entries(how.slots ?? {})) {
        await setSlot(tx, receiver, slot, value);
      }
      const before = new Map([...tx.drafts].map(([oid, draft]) => [oid, draft.snapshot]));
      const { natives } = world;
      const call = { tx, natives, runner, oid: receiver, selector, args, signal: how.signal };
      const answer = await runImageMethod(call) as Json;
      const own = dataOf(await tx.require(receiver));
      return { did: { answer, changed: changedSince(tx, before) }, own };
    } catch (error) {
      // A sandbox without a free process says nothing about the method.
      if (!(error instanceof ImageError) || error.retryable) throw error;
      const reason = error.message.slice(0, REASON_LENGTH_MAX);
      throw new ProposalFault(how.stage, `${how.label}: ${reason}`, { cause: error });
    }
  });
}

function changedSince(
  tx: WorldTransaction,
  before: ReadonlyMap<string, unknown>,
): Record<string, Json> {
  const changed: Record<string, Json> = {};
  for (const [oid, { snapshot }] of tx.drafts) {
    if (snapshot !== null && snapshot !== before.get(oid)) changed[oid] = dataOf(snapshot.context);
  }
  return changed;
}

function dataOf(context: ObjectContext): Record<string, Json> {
  const slots: Record<string, Json> = {};
  for (const [name, slot] of Object.entries(context.slots)) {
    if (slot.kind === "data" || slot.kind === "reference") slots[name] = slotToWire(slot);
  }
  return slots;
}
