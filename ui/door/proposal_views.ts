/** The proposals of an image as the contract shows them. */
import { listProposals, type Proposal } from "../../actors/kernel/mod.ts";
import type { World } from "../../actors/world/mod.ts";
import type { ProposalView } from "../protocol.ts";

/** The newest first. */
export async function proposalViews(world: World): Promise<ProposalView[]> {
  const nameOf = async (oid: string) => (await world.registry.load(oid))?.context.name ?? null;
  return await Promise.all(
    (await listProposals(world)).map(async (proposal) => ({
      ...shapeOf(proposal),
      message: proposal.message === null
        ? null
        : { ...proposal.message, receiver_name: await nameOf(proposal.message.receiver) },
      receiver_name: await nameOf(proposal.receiver),
      holder_name: await nameOf(proposal.holder),
    })),
  );
}

function shapeOf({ provenance, ...proposal }: Proposal) {
  const { mind, model, attempts, at } = provenance;
  // Its slots were read through the schema of `actors/kernel`, which is that of the contract.
  return { ...proposal, mind, model, attempts, at } as Omit<
    ProposalView,
    "receiver_name" | "holder_name" | "message"
  >;
}
