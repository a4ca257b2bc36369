/**
 * What is written in the inspector and not yet saved, by what it is for: it outlives the fields, which go when another
 * object is chosen, or when somebody removes the slot that is edited.
 */
import { signal } from "@preact/signals";
import type { ObjectView, WireValue } from "../../protocol.ts";
import { DRAFTS_KEPT_MAX } from "../limits.ts";
import type { SlotForm } from "../model/slot_text.ts";

/** An edit of a slot, with what the slot was when it began. */
export interface SlotDraft {
  readonly form: SlotForm;
  readonly text: string;
  readonly seen: { readonly at: ObjectView["position"]; readonly value: WireValue | undefined };
}

export interface NewSlotDraft {
  readonly name: string;
  readonly form: SlotForm;
  readonly text: string;
}

/** An edit of a method's source, with what it was when it began. */
export interface MethodDraft {
  readonly text: string;
  readonly seen: { readonly source: string; readonly position: ObjectView["position"] };
}

/** Drafts of one kind, the latest so many; read while rendering, they render anew what shows them. */
export class Drafts<T> {
  readonly #all = signal<ReadonlyMap<string, T>>(new Map());

  get(key: string): T | undefined {
    return this.#all.value.get(key);
  }

  put(key: string, draft: T): void {
    const all = new Map(this.#all.peek());
    if (!all.has(key) && all.size >= DRAFTS_KEPT_MAX) all.delete(all.keys().next().value!);
    this.#all.value = all.set(key, draft);
  }

  drop(key: string): void {
    if (!this.#all.peek().has(key)) return;
    const all = new Map(this.#all.peek());
    all.delete(key);
    this.#all.value = all;
  }

  /** Names of the slots of an object for which there are drafts. */
  slotsOf(oid: string): string[] {
    const prefix = slotKey(oid, "");
    return [...this.#all.value.keys()].flatMap((key) =>
      key.startsWith(prefix) ? [key.slice(prefix.length)] : []
    );
  }
}

/** The key of a draft of a slot. An oid has no spaces. */
export const slotKey = (oid: string, slot: string): string => `${oid} ${slot}`;
