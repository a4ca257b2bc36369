/**
 * Finding a slot: own slots, then the parents from left to right, depth first, each object once; the first found
 * wins. A pure kernel over a function that gives an object's context, so that the same code serves live objects,
 * the scratch copy of a thought, and the past.
 */
import { CHAIN_DEPTH_MAX, CHAIN_OBJECTS_MAX } from "./limits.ts";
import type { ObjectContext } from "./object_machine.ts";
import type { Slot } from "./slot.ts";

/** Gives the context of an object, or null when there is none. May throw to say that it must be read first. */
export type ContextOf = (oid: string) => ObjectContext | null;

export interface Found {
  /** The object whose own slot it is. */
  readonly holder: string;
  readonly slot: Slot;
}

/** The object's own slot. A name that every JavaScript object inherits, such as `toString`, is none. */
export function ownSlot(context: ObjectContext, selector: string): Slot | undefined {
  const slot: Slot | undefined = context.slots[selector];
  return slot !== undefined && Object.hasOwn(context.slots, selector) ? slot : undefined;
}

/** @returns the slot and who holds it, or null when nobody along the chain has it */
export function lookup(oid: string, selector: string, contextOf: ContextOf): Found | null {
  let current: string | undefined = oid;
  for (let depth = 0; current !== undefined && depth <= CHAIN_DEPTH_MAX; depth++) {
    const context: ObjectContext | null = contextOf(current);
    if (context === null) return null;
    const slot: Slot | undefined = ownSlot(context, selector);
    if (slot !== undefined) return { holder: current, slot };
    if (context.parents.length > 1) {
      return search(context.parents, selector, contextOf, new Set([oid, current]));
    }
    current = context.parents[0];
  }
  return null;
}

function search(
  parents: readonly string[],
  selector: string,
  contextOf: ContextOf,
  visited: Set<string>,
): Found | null {
  for (const parent of parents) {
    if (visited.has(parent) || visited.size >= CHAIN_OBJECTS_MAX) continue;
    visited.add(parent);
    const context = contextOf(parent);
    if (context === null) continue;
    const slot = ownSlot(context, selector);
    if (slot !== undefined) return { holder: parent, slot };
    const found = search(context.parents, selector, contextOf, visited);
    if (found !== null) return found;
  }
  return null;
}

/** The objects in the order in which they are searched, the object itself first. Those that are gone are left out. */
export function linearize(oid: string, contextOf: ContextOf): string[] {
  const order: string[] = [];
  const visited = new Set<string>();
  const visit = (current: string) => {
    if (visited.has(current) || visited.size >= CHAIN_OBJECTS_MAX) return;
    visited.add(current);
    const context = contextOf(current);
    if (context === null) return;
    order.push(current);
    for (const parent of context.parents) visit(parent);
  };
  visit(oid);
  return order;
}

/** Finds the next slot behind `holder` in the receiver's search order: what `resend` goes on with. */
export function lookupAfter(
  oid: string,
  holder: string,
  selector: string,
  contextOf: ContextOf,
): Found | null {
  const order = linearize(oid, contextOf);
  for (const next of order.slice(order.indexOf(holder) + 1)) {
    const context = contextOf(next);
    const slot = context === null ? undefined : ownSlot(context, selector);
    if (slot !== undefined) return { holder: next, slot };
  }
  return null;
}

export type ChainFault =
  | { readonly fault: "cycle"; readonly chain: string[] }
  | { readonly fault: "deep"; readonly chain: string[] };

/**
 * Looks at what `oid` would become with `parents`: a path that comes back to it, or one longer than the limit.
 * Depth is that of the longest path, so that every search below stays within the bound whatever its order.
 * @returns null when all is well
 */
export function findChainFault(
  oid: string,
  parents: readonly string[],
  contextOf: ContextOf,
  depthBelow: number,
): ChainFault | null {
  const heights = new Map<string, number>();
  const path: string[] = [oid];
  let fault: ChainFault | null = null;
  const height = (current: string): number => {
    if (fault !== null) return 0;
    // The circle may be farther up, when one thought closes it and puts an object below it.
    const met = path.indexOf(current);
    if (met >= 0) {
      fault = { fault: "cycle", chain: [...path.slice(met), current] };
      return 0;
    }
    const known = heights.get(current);
    if (known !== undefined) return known;
    if (path.length > CHAIN_DEPTH_MAX + 1) {
      fault = { fault: "deep", chain: [...path] };
      return 0;
    }
    path.push(current);
    let highest = 0;
    for (const parent of contextOf(current)?.parents ?? []) highest = Math.max(highest, 1 + height(parent));
    path.pop();
    heights.set(current, highest);
    return highest;
  };
  for (const parent of parents) {
    const above = 1 + height(parent);
    if (fault !== null) return fault;
    if (above + depthBelow > CHAIN_DEPTH_MAX) return { fault: "deep", chain: [oid, parent] };
  }
  return fault;
}
