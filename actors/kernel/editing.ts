/**
 * A person writes over a method. What it declared and its examples stay with it unless the person says otherwise, and
 * examples that stay must hold with the new source; where it was generated, its provenance names the person and keeps
 * what it was before.
 */
import { isDeepStrictEqual } from "node:util";
import { type Json, type MethodSlot, type Provenance, slotFromWire, slotToWire } from "../object/mod.ts";
import { setSlot, type WorldTransaction } from "../world/mod.ts";
import { KernelError, ProposalFault } from "./errors.ts";
import { type ProofParts, prove, stageMethod } from "./scratch.ts";

export interface MethodEdit {
  readonly oid: string;
  readonly selector: string;
  /** `{$method, doc?, effects?, examples?, provenance?}`; what is left out stays as it is. */
  readonly method: Readonly<Record<string, unknown>>;
  readonly who: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/**
 * Stages the edit in the thought. A method that is new is taken as it is.
 * @throws {KernelError} `edit_fails` when an example that stays does not hold; {SlotError}; the errors of a sandbox
 * without a process
 */
export async function editMethod(
  parts: ProofParts,
  tx: WorldTransaction,
  edit: MethodEdit,
  signal?: AbortSignal,
): Promise<void> {
  const { oid, selector } = edit;
  const context = await tx.require(oid);
  const before = Object.hasOwn(context.slots, selector) ? context.slots[selector] : undefined;
  if (before?.kind !== "method") return await setSlot(tx, oid, selector, edit.method);
  const { provenance, ...stays } = slotToWire(before) as Record<string, Json>;
  const method = { ...stays, ...edit.method } as Json;
  const after = slotFromWire(selector, method) as MethodSlot;
  const isSame = isDeepStrictEqual(slotToWire(after), stays);
  const claim = {
    receiver: oid,
    holder: oid,
    selector,
    method,
    examples: edit.method.examples === undefined ? before.examples ?? [] : [],
    effects: after.effects,
    message: null,
  };
  try {
    if (!isSame) await prove(parts, claim, signal);
  } catch (error) {
    if (!(error instanceof ProposalFault)) throw error;
    throw new KernelError(
      "edit_fails",
      `Cannot change ${selector} of "${
        context.name ?? oid
      }" as its examples do not hold with it: ${error.message}`,
      {
        hint:
          'Correct the source, or give the examples that are to hold with it; "examples": [] lets them go.',
        details: { oid, selector },
        cause: error,
      },
    );
  }
  const isGenerated = before.provenance !== undefined && edit.method.provenance === undefined;
  if (!isGenerated) await setSlot(tx, oid, selector, method);
  else if (isSame) {
    await setSlot(tx, oid, selector, { ...method as Record<string, Json>, provenance: provenance! });
  } else await stageMethod(tx, claim, byHand(edit));
}

function byHand({ who, at }: MethodEdit): Provenance {
  return {
    persona: null,
    mind: "person",
    model: null,
    digest: null,
    promptHash: "",
    prompt: "",
    attempts: 0,
    approver: who,
    sources: [],
    at,
    failed: null,
    editor: who,
  };
}
