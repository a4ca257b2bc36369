/**
 * Runs a method on a scratch copy of the image: in a thought that never commits, so that what it would do can be seen
 * and nothing of it is left. A proposal is proved by its examples, twice each, and by the real call.
 */
import { isDeepStrictEqual } from "node:util";
import { ImageError } from "../errors.ts";
import { type Effect, type Json, type MethodExample, type ObjectContext, slotToWire } from "../object/mod.ts";
import {
  type ImageMethodRunner,
  runImageMethod,
  setSlot,
  type World,
  type WorldTransaction,
} from "../world/mod.ts";
import { type Draft, wireOf } from "./draft.ts";
import { ProposalFault } from "./errors.ts";
import { REASON_LENGTH_MAX } from "./limits.ts";

export interface ProofParts {
  readonly world: World;
  readonly runner: ImageMethodRunner;
}

/** What is to be shown to hold. */
export interface Claim {
  readonly receiver: string;
  readonly selector: string;
  /** Absent for a method that is in the image already. */
  readonly draft?: Draft;
  /** Where the draft is to stand: the receiver, or one of its parents. */
  readonly holder: string;
  readonly examples: readonly MethodExample[];
  readonly effects: readonly Effect[] | undefined;
  /** The arguments of the message that was not understood; null when they are not known. */
  readonly call: readonly unknown[] | null;
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

/** Puts the draft where the claim wants it. */
export async function stageDraft(tx: WorldTransaction, claim: Claim, provenance?: unknown): Promise<void> {
  if (claim.draft === undefined) return;
  if (claim.removeFrom !== undefined) {
    await tx.require(claim.removeFrom);
    tx.stage(claim.removeFrom, { type: "SLOT_REMOVED", slot: claim.selector });
  }
  await setSlot(tx, claim.holder, claim.selector, wireOf(claim.draft, provenance));
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
  if (claim.call === null) return { examples, call: null };
  const { call } = claim;
  const run = () =>
    tryOnce(parts, claim, { arguments: call as Json[] }, { label: "The message", stage: "call", signal });
  const { did: first } = await run();
  mustRepeat(claim, first, () => "The message", isPredictable(claim) ? (await run()).did : first);
  return { examples, call: first };
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
  const run = () => tryOnce(parts, claim, example, { label, stage: "examples", signal });
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
  example: Pick<MethodExample, "arguments" | "slots">,
  how: {
    readonly label: string;
    readonly stage: "examples" | "call";
    readonly signal: AbortSignal | undefined;
  },
): Promise<{ readonly did: Effected; readonly own: Readonly<Record<string, Json>> }> {
  const { receiver, selector } = claim;
  return await onScratch(world, async (tx) => {
    try {
      await stageDraft(tx, claim);
      for (const [slot, value] of Object.entries(example.slots ?? {})) {
        await setSlot(tx, receiver, slot, value);
      }
      const before = new Map([...tx.drafts].map(([oid, draft]) => [oid, draft.snapshot]));
      const { natives } = world;
      const call = {
        tx,
        natives,
        runner,
        oid: receiver,
        selector,
        args: example.arguments,
        signal: how.signal,
      };
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
