/**
 * What a writer is shown of the image before it writes a method: the receiver with its slots and what it understands,
 * methods that are like the one that is missing, relevant memories, and why earlier proposals were turned down.
 */
import { linearize, type Slot, slotToWire } from "../object/mod.ts";
import type { World } from "../world/mod.ts";
import { SHOWN_SLOTS_MAX, SHOWN_VALUE_LENGTH_MAX } from "./limits.ts";
import type { Message } from "./scratch.ts";
import { findSimilar, type SimilarMethod } from "./similar.ts";

/** A message for which there is no method, or one that fails. */
export interface Task {
  readonly kind: "method" | "repair";
  readonly receiver: string;
  readonly selector: string;
  /** Null when only its examples tell how it is sent. */
  readonly arguments: readonly unknown[] | null;
  /** What is to be answered in the end: the message itself, or one whose methods send it; null for nothing. */
  readonly message: Message | null;
  /** Where the method is to stand. */
  readonly holder: string;
  readonly who: string;
  /** The method as it is and how it failed, for a repair. */
  readonly broken: {
    readonly source: string;
    readonly reason: string;
    /** The person who wrote it, where a person did. */
    readonly editor?: string | undefined;
  } | null;
}

export interface Memory {
  readonly oid: string;
  readonly text: string;
}

export interface Gathered {
  readonly label: string;
  readonly chain: readonly string[];
  /** Slots with their values as text, own ones first. */
  readonly slots: readonly { readonly name: string; readonly value: string; readonly holder: string }[];
  readonly protocol: readonly { readonly selector: string; readonly doc: string }[];
  readonly similar: readonly SimilarMethod[];
  readonly memories: readonly Memory[];
  readonly refusals: readonly string[];
  /** The position up to which the image was read. */
  readonly position: string;
}

export interface GatherParts {
  readonly world: World;
  /** Memories about a text; none while the memory is not there. */
  readonly recall: (query: string, signal: AbortSignal) => Promise<Memory[]>;
  readonly refusals: (receiver: string, selector: string) => Promise<string[]>;
}

export async function gather(parts: GatherParts, task: Task, signal: AbortSignal): Promise<Gathered> {
  const { world } = parts;
  const { receiver, selector } = task;
  const chain = await world.look((contextOf) => linearize(receiver, contextOf).map((oid) => contextOf(oid)!));
  const label = chain[0]?.name ?? receiver;
  const seen = new Map<string, { slot: Slot; holder: string }>();
  for (const { name, oid, slots } of chain) {
    for (const [slot, value] of Object.entries(slots)) {
      if (!seen.has(slot)) seen.set(slot, { slot: value, holder: name ?? oid });
    }
  }
  const slots = [...seen].flatMap(([name, { slot, holder }]) =>
    slot.kind === "data" || slot.kind === "reference" ? [{ name, value: clip(slotToWire(slot)), holder }] : []
  );
  const protocol = [...seen].flatMap(([name, { slot }]) =>
    slot.kind === "method"
      ? [{ selector: name, doc: slot.doc ?? "" }]
      : slot.kind === "native"
      ? [{ selector: name, doc: world.natives.get(slot.native)?.doc ?? "" }]
      : []
  );
  const query = `${selector} ${label} ${slots.map(({ name }) => name).join(" ")}`.slice(0, 500);
  return {
    label,
    chain: chain.map(({ name, oid }) => name ?? oid),
    slots: slots.slice(0, SHOWN_SLOTS_MAX),
    protocol: protocol.slice(0, SHOWN_SLOTS_MAX),
    similar: await findSimilar(world, { receiver, selector }, signal),
    memories: await parts.recall(query, signal),
    refusals: await parts.refusals(receiver, selector),
    position: world.store.position,
  };
}

function clip(value: unknown): string {
  const text = JSON.stringify(value) ?? "null";
  return text.length <= SHOWN_VALUE_LENGTH_MAX ? text : `${text.slice(0, SHOWN_VALUE_LENGTH_MAX)}…`;
}
