/**
 * The one machine that gives every object its life. It is pure: an event in, the next state out; whatever a change
 * needs (ids, times, resolved references) is in the event, so that computing it before the commit and sending it to
 * the live actor after the commit agree to the byte.
 */
import { assign, setup } from "xstate";
import type { Slot } from "./slot.ts";

/** Everything an object is. `parents` are oids, searched from left to right. */
export interface ObjectContext {
  readonly oid: string;
  readonly name: string | null;
  readonly parents: readonly string[];
  readonly slots: Readonly<Record<string, Slot>>;
  /** Milliseconds since 1970, UTC. */
  readonly createdAt: number;
  /** Why the object is quarantined; null when it is not. */
  readonly reason: string | null;
}

/** What can happen to an object. */
export type ObjectEvent =
  | { readonly type: "SLOT_SET"; readonly slot: string; readonly value: Slot }
  | { readonly type: "SLOT_REMOVED"; readonly slot: string }
  | { readonly type: "PARENTS_SET"; readonly parents: readonly string[] }
  | { readonly type: "RENAMED"; readonly name: string | null }
  | { readonly type: "PASSIVATED" }
  | { readonly type: "ACTIVATED" }
  | { readonly type: "QUARANTINED"; readonly reason: string };

function without(slots: Readonly<Record<string, Slot>>, slot: string): Record<string, Slot> {
  const { [slot]: _removed, ...rest } = slots;
  return rest;
}

export const objectMachine = setup({
  types: {
    context: {} as ObjectContext,
    events: {} as ObjectEvent,
    input: {} as ObjectContext,
  },
  actions: {
    setSlot: assign(({ context, event }) =>
      event.type === "SLOT_SET" ? { slots: { ...context.slots, [event.slot]: event.value } } : {}
    ),
    removeSlot: assign(({ context, event }) =>
      event.type === "SLOT_REMOVED" ? { slots: without(context.slots, event.slot) } : {}
    ),
    setParents: assign(({ event }) => event.type === "PARENTS_SET" ? { parents: event.parents } : {}),
    rename: assign(({ event }) => event.type === "RENAMED" ? { name: event.name } : {}),
    explain: assign(({ event }) => event.type === "QUARANTINED" ? { reason: event.reason } : {}),
  },
}).createMachine({
  id: "object",
  context: ({ input }) => input,
  initial: "active",
  states: {
    active: {
      on: {
        SLOT_SET: { actions: "setSlot" },
        SLOT_REMOVED: { actions: "removeSlot" },
        PARENTS_SET: { actions: "setParents" },
        RENAMED: { actions: "rename" },
        PASSIVATED: "passive",
        QUARANTINED: { target: "quarantined", actions: "explain" },
      },
    },
    /** Out of memory; nothing changes an object in this state. */
    passive: { on: { ACTIVATED: "active" } },
    quarantined: {},
  },
});

export type ObjectMachine = typeof objectMachine;
