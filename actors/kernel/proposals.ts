/**
 * Proposals: objects of the image that hold a method somebody has to say yes to, with all that is needed to judge it
 * and to prove it again. They are data like everything else, so that they outlive the program that made them.
 */
import { v7 as uuidv7 } from "uuid";
import { z } from "zod";
import { keys } from "../../kv/mod.ts";
import {
  EFFECTS,
  type Json,
  methodExampleSchema,
  type ObjectContext,
  provenanceSchema,
  slotToWire,
} from "../object/mod.ts";
import { create, setSlot, type World, type WorldTransaction } from "../world/mod.ts";
import { NotFoundError } from "../errors.ts";
import { PROPOSALS_MAX, REFUSALS_MAX } from "./limits.ts";

export const PROPOSAL_PROTOTYPE = "proposal_prototype";

const referenceSchema = z.object({ $ref: z.string() }).transform(({ $ref }) => $ref);

/** The slots of a proposal, as they are read back. */
const proposalSchema = z.object({
  kind: z.enum(["method", "repair", "lift"]),
  state: z.enum(["waiting", "installed", "rejected"]),
  receiver: referenceSchema,
  /** Where the method is to stand. */
  holder: referenceSchema,
  selector: z.string(),
  arguments: z.array(z.json()).nullable(),
  /** What a yes answers, where it is not that message itself: the one that sent it. */
  message: z.object({ receiver: referenceSchema, selector: z.string(), arguments: z.array(z.json()) })
    .nullable().default(null),
  source: z.string(),
  doc: z.string(),
  effects: z.array(z.enum(EFFECTS)),
  examples: z.array(methodExampleSchema),
  /** What the examples and the message came to when it was made. */
  results: z.json(),
  /** What stands there now, and methods like it, for a comparison. */
  similar: z.array(z.object({ label: z.string(), source: z.string() })),
  provenance: provenanceSchema,
  asked_by: z.string(),
  /** The position up to which the image was read. */
  as_of: z.string(),
  /** Why it was turned down, or why it does not hold today. */
  reason: z.string().nullable(),
});
export type ProposalSlots = z.infer<typeof proposalSchema>;
export type Proposal = ProposalSlots & { readonly oid: string; readonly name: string | null };

export type NewProposal = Omit<ProposalSlots, "state" | "reason">;

/** @returns its oid; it stands in the thought and is not committed yet */
export async function createProposal(
  tx: WorldTransaction,
  proposal: NewProposal,
  at: number,
): Promise<string> {
  const parent = await tx.holderOf(PROPOSAL_PROTOTYPE) ?? await makePrototype(tx, at);
  await tx.require(parent);
  const oid = uuidv7({ msecs: at });
  await create(tx, { oid, at }, { name: "proposal 0", numbered: true, parents: [parent], slots: {} });
  const slots: Record<string, Json> = {
    ...proposal as unknown as Record<string, Json>,
    state: "waiting",
    reason: null,
    receiver: { $ref: proposal.receiver },
    holder: { $ref: proposal.holder },
    message: proposal.message === null
      ? null
      : { ...proposal.message, receiver: { $ref: proposal.message.receiver } },
  };
  for (const [name, value] of Object.entries(slots)) await setSlot(tx, oid, name, value);
  return oid;
}

/** An image from before there were proposals gets their prototype with the first. */
async function makePrototype(tx: WorldTransaction, at: number): Promise<string> {
  const genesis = await tx.holderOf("genesis");
  const oid = uuidv7({ msecs: at });
  const slots = { doc: { kind: "data" as const, value: "A method that waits for a yes." } };
  await create(tx, { oid, at }, {
    name: PROPOSAL_PROTOTYPE,
    parents: genesis === null ? [] : [genesis],
    slots,
  });
  return oid;
}

/** Null for an object that is no proposal, or that somebody has changed into none. */
export function proposalOf(context: ObjectContext): Proposal | null {
  const slots = Object.fromEntries(
    Object.entries(context.slots).map(([name, slot]) => [name, slotToWire(slot)]),
  );
  const parsed = proposalSchema.safeParse(slots);
  return parsed.success ? { ...parsed.data, oid: context.oid, name: context.name } : null;
}

/** @throws {NotFoundError} when there is no such proposal */
export async function readProposal(world: World, name: string): Promise<Proposal> {
  const proposal = proposalOf(await world.context(name));
  if (proposal === null) throw new NotFoundError(name, "proposal");
  return proposal;
}

/** The newest first. */
export async function listProposals(world: World): Promise<Proposal[]> {
  const parent = await world.find(PROPOSAL_PROTOTYPE);
  const proposals: Proposal[] = [];
  if (parent === null) return proposals;
  for await (
    const { key } of world.store.list(keys.children(parent), { limit: PROPOSALS_MAX, reverse: true })
  ) {
    const resident = await world.registry.load(key.at(-1) as string);
    const proposal = resident === null ? null : proposalOf(resident.context);
    if (proposal !== null) proposals.push(proposal);
  }
  return proposals;
}

export interface ProposalQuery {
  readonly kind: ProposalSlots["kind"];
  readonly holder: string;
  readonly selector: string;
}

/** The proposal that already waits for the same, so that nobody is asked twice. */
export async function findWaiting(world: World, query: ProposalQuery): Promise<Proposal | null> {
  return (await listProposals(world)).find((each) => each.state === "waiting" && isFor(each, query)) ?? null;
}

/** Why proposals for the same message were turned down, the last first. */
export async function refusalsOf(world: World, query: Omit<ProposalQuery, "kind">): Promise<string[]> {
  const rejected = (await listProposals(world)).filter((each) =>
    each.state === "rejected" && each.reason !== null && each.holder === query.holder &&
    each.selector === query.selector
  );
  return rejected.slice(0, REFUSALS_MAX).map(({ reason, source }) =>
    `${reason} (it was: ${source.slice(0, 300)})`
  );
}

function isFor(proposal: Proposal, query: ProposalQuery): boolean {
  return proposal.kind === query.kind && proposal.holder === query.holder &&
    proposal.selector === query.selector;
}
