/**
 * A generated method that has proved itself, and that brothers and sisters of its object could use, is proposed for
 * their common parent.
 */
import { keys } from "../../kv/mod.ts";
import { type ContextOf, lookup, type MethodSlot } from "../object/mod.ts";
import { wireOf } from "./draft.ts";
import { ProposalFault } from "./errors.ts";
import type { GenerationParts } from "./ports.ts";
import type { SentMessage } from "./kernel.ts";
import { LIFT_AFTER, SIBLINGS_MAX } from "./limits.ts";
import { createProposal, listProposals } from "./proposals.ts";
import { prove } from "./scratch.ts";
import { Served } from "./served.ts";
import { checkSource } from "./static_check.ts";

export class Lifting {
  readonly #parts: GenerationParts;
  readonly #served: Served;

  constructor(parts: GenerationParts, onError: (error: unknown) => void) {
    this.#parts = parts;
    this.#served = new Served({ world: parts.world, onError });
  }

  /** Counts an answer; at the mark it looks whether the parent should have the method. */
  async served({ receiver, selector }: SentMessage): Promise<void> {
    const { world } = this.#parts;
    const oid = await world.find(receiver);
    if (oid === null) return;
    const found = await world.look((contextOf) => lookup(oid, selector, contextOf));
    if (found === null || found.slot.kind !== "method" || found.slot.provenance === undefined) return;
    const { holder, slot } = found;
    const count = await this.#served.count({ holder, selector, source: slot.source });
    if (isMark(count) && found.slot.provenance.failed === null) await this.#propose(holder, selector, slot);
  }

  /** Keeps in the image what was counted. */
  save(): Promise<void> {
    return this.#served.save();
  }

  async #propose(holder: string, selector: string, method: MethodSlot): Promise<void> {
    const { world, clock } = this.#parts;
    const known = (await listProposals(world)).some((each) =>
      each.kind === "lift" && each.receiver === holder && each.selector === selector
    );
    const parent = known ? null : await this.#parentThatGains(holder, selector, method);
    if (parent === null) return;
    const { source, doc = "", effects = [], examples = [], provenance } = method;
    const draft = { source, doc, effects, examples };
    const claim = {
      receiver: holder,
      holder: parent,
      selector,
      method: wireOf(draft),
      examples,
      effects,
      message: null,
      removeFrom: holder,
    };
    let results;
    try {
      results = await prove(this.#parts, claim);
    } catch (error) {
      // What does not hold at the parent is not proposed for it.
      if (error instanceof ProposalFault) return;
      throw error;
    }
    const { label, siblings } = await this.#words(parent, holder);
    const info = { who: "kernel", why: `propose ${selector} for ${label}`, kind: "kernel" };
    await world.thought(info, async (tx) =>
      void await createProposal(tx, {
        kind: "lift",
        receiver: holder,
        holder: parent,
        selector,
        arguments: null,
        message: null,
        ...draft,
        effects: [...effects],
        examples: [...examples],
        results: results as never,
        similar: siblings,
        provenance: provenance!,
        asked_by: "kernel",
        as_of: world.store.position,
      }, clock()));
  }

  async #words(parent: string, holder: string) {
    const { world } = this.#parts;
    const label = (await world.context(parent)).name ?? parent;
    const name = (await world.context(holder)).name ?? holder;
    return { label, siblings: [{ label: `${name} has it now; it served ${LIFT_AFTER} times`, source: "" }] };
  }

  /** A parent of whose other children one has what the method reads and sends, and not the method. */
  async #parentThatGains(holder: string, selector: string, method: MethodSlot): Promise<string | null> {
    const { world } = this.#parts;
    const { parents } = await world.context(holder);
    const wants = checkSource(method.source, method.effects ?? []);
    const names = [...wants.reads, ...wants.sends];
    for (const parent of parents) {
      const context = await world.context(parent);
      // What everything descends from is not the place for a method of a few.
      if (context.parents.length === 0 || context.slots[selector] !== undefined) continue;
      const children: string[] = [];
      for await (const { key } of world.store.list(keys.children(parent), { limit: SIBLINGS_MAX })) {
        children.push(key.at(-1) as string);
      }
      const gains = (contextOf: ContextOf) =>
        children.some((child) =>
          child !== holder && lookup(child, selector, contextOf) === null &&
          names.every((name) => lookup(child, name, contextOf) !== null)
        );
      if (await world.look(gains)) return parent;
    }
    return null;
  }
}

/** LIFT_AFTER, and each double of it. */
function isMark(count: number): boolean {
  return count >= LIFT_AFTER && Number.isInteger(Math.log2(count / LIFT_AFTER));
}
