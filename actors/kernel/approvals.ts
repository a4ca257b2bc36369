/**
 * What a person says to a proposal. A yes is one thought that proves the method against the image as it is today,
 * installs it and answers the message it was made for; a no keeps its reason, which the next writer is shown.
 */
import {
  type IdempotencyKey,
  type Outcome,
  runImageMethod,
  setSlot,
  type WorldTransaction,
} from "../world/mod.ts";
import { wireOf } from "./draft.ts";
import { KernelError, ProposalFault } from "./errors.ts";
import type { GenerationParts } from "./ports.ts";
import { REASON_LENGTH_MAX } from "./limits.ts";
import { type Proposal, readProposal } from "./proposals.ts";
import { type Claim, prove, stageMethod } from "./scratch.ts";
import { checkSource } from "./static_check.ts";

export interface Approval {
  /** In place of the proposed source. */
  readonly source?: string | undefined;
  readonly who: string;
  readonly idempotencyKey?: IdempotencyKey | undefined;
  readonly signal?: AbortSignal | undefined;
}

export class Approvals {
  readonly #parts: GenerationParts;

  constructor(parts: GenerationParts) {
    this.#parts = parts;
  }

  /**
   * @returns what the message answers, null where none waits for an answer
   * @throws {KernelError} `proposal_decided`, `proposal_fails`; {NotFoundError}
   */
  async approve(name: string, approval: Approval): Promise<Outcome<unknown>> {
    const { world, runner } = this.#parts;
    const proposal = await readProposal(world, name);
    const source = approval.source ?? proposal.source;
    const { who, idempotencyKey, signal } = approval;
    const edited = source === proposal.source ? "" : " (edited)";
    const info = {
      who,
      why: `accept ${proposal.selector}${edited}`,
      kind: "kernel",
      detail: { proposal: proposal.oid },
    };
    const claim = claimOf(proposal, source);
    const provenance = {
      ...proposal.provenance,
      approver: `${who}${edited}`,
      ...(edited === "" ? {} : { editor: who }),
    };
    try {
      // One that is decided is told in the thought, so that a repeated yes is given its first answer.
      if (proposal.state === "waiting") await this.#check(source, proposal);
      return await world.thought(info, async (tx) => {
        await mustWait(tx, proposal);
        const { call } = await prove(this.#parts, claim, signal);
        await stageMethod(tx, claim, provenance);
        await setSlot(tx, proposal.oid, "state", "installed");
        await setSlot(tx, proposal.oid, "source", source);
        await setSlot(tx, proposal.oid, "provenance", provenance);
        await setSlot(tx, proposal.oid, "reason", null);
        if (claim.message === null || call === null) return null;
        const { receiver: oid, selector, arguments: args } = claim.message;
        return await runImageMethod({ tx, natives: world.natives, runner, oid, selector, args, signal });
      }, { idempotencyKey });
    } catch (error) {
      if (!(error instanceof ProposalFault)) throw error;
      // What somebody wrote in its place says nothing about the proposal itself.
      if (edited === "") await this.#noLongerHolds(proposal, error.message, who);
      throw new KernelError("proposal_fails", `"${proposal.name}" does not hold today: ${error.message}`, {
        hint: "Edit it and accept it, or reject it with a reason.",
        details: { proposal: proposal.oid, selector: proposal.selector },
        cause: error,
      });
    }
  }

  /** @throws {KernelError} `proposal_decided`; {NotFoundError} */
  async reject(name: string, reason: string, request: Omit<Approval, "source">): Promise<Outcome<string>> {
    const proposal = await readProposal(this.#parts.world, name);
    const { who, idempotencyKey } = request;
    const info = {
      who,
      why: `reject ${proposal.selector}`,
      kind: "kernel",
      detail: { proposal: proposal.oid },
    };
    return await this.#parts.world.thought(info, async (tx) => {
      await mustWait(tx, proposal);
      await setSlot(tx, proposal.oid, "state", "rejected");
      await setSlot(tx, proposal.oid, "reason", reason.slice(0, REASON_LENGTH_MAX));
      return proposal.oid;
    }, { idempotencyKey });
  }

  /** It goes on waiting, and says why it does not hold. */
  async #noLongerHolds(proposal: Proposal, reason: string, who: string): Promise<void> {
    const info = { who, why: `${proposal.selector} does not hold today`, kind: "failed" };
    await this.#parts.world.thought(info, async (tx) => {
      await setSlot(tx, proposal.oid, "reason", reason.slice(0, REASON_LENGTH_MAX));
    });
  }

  async #check(source: string, { effects }: Proposal): Promise<void> {
    checkSource(source, effects);
    const verdict = await this.#parts.compile(source);
    if (!verdict.ok) throw new ProposalFault("syntax", `The source does not compile: ${verdict.message}`);
  }
}

/** @throws {KernelError} `proposal_decided` */
async function mustWait(tx: WorldTransaction, { name, oid }: Proposal): Promise<void> {
  const { slots } = await tx.require(oid);
  const state = slots.state?.kind === "data" ? String(slots.state.value) : null;
  if (state === "waiting") return;
  throw new KernelError("proposal_decided", `"${name ?? oid}" waits for nothing: it is ${state}`, {
    hint: "Send the message again if another method is wanted.",
    details: { proposal: oid, state },
  });
}

function claimOf(proposal: Proposal, source: string): Claim {
  const { receiver, holder, selector, doc, examples, effects, message } = proposal;
  const own = proposal.arguments === null ? null : { receiver, selector, arguments: proposal.arguments };
  return {
    receiver,
    holder,
    selector,
    method: wireOf({ source, doc, examples, effects }),
    examples,
    effects,
    message: message ?? own,
    ...(proposal.kind === "lift" ? { removeFrom: receiver } : {}),
  };
}
