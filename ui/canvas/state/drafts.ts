/**
 * What is written in the inspector and not yet saved, by what it is for: it outlives the fields, which go when another
 * object is chosen, or when somebody removes the slot that is edited.
 */
import { signal } from "@preact/signals";
import type { MethodView, ObjectView, WireValue } from "../../protocol.ts";
import { DRAFTS_KEPT_MAX } from "../limits.ts";
import type { PersonaFields } from "../model/persona_form.ts";
import { noFilter, type RecallFilterFields } from "../model/recall_filter.ts";
import { formatSlot, type SlotForm } from "../model/slot_text.ts";
import { anybody } from "../model/whom.ts";
import type { Problem } from "../model/words.ts";

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

/** An edit of a method's source, with what the method was when it began; null when there was none. */
export interface MethodDraft {
  readonly text: string;
  readonly seen: { readonly method: MethodView | null; readonly position: ObjectView["position"] };
}

/** What is written in a persona's form, with the persona as it was when that began. */
export interface PersonaDraft {
  readonly written: Partial<PersonaFields>;
  readonly seen: ObjectView;
}

/** Another name, with what it was when that began, and why it was refused. */
export interface NameDraft {
  readonly text: string;
  readonly seen: { readonly name: string | null; readonly at: ObjectView["position"] };
  readonly problem: Problem | null;
}

/** What a person is about to answer to a proposal. */
export interface VerdictDraft {
  readonly mode: "editing" | "rejecting";
  readonly source: string;
  readonly reason: string;
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

  get all(): Iterable<T> {
    return this.#all.peek().values();
  }

  /** Names of the slots of an object for which there are drafts. */
  slotsOf(oid: string): string[] {
    const prefix = slotKey(oid, "");
    return [...this.#all.value.keys()].flatMap((key) =>
      key.startsWith(prefix) ? [key.slice(prefix.length)] : []
    );
  }
}

/** All kinds of them. */
export function createDrafts() {
  const drafts = {
    /** Questions to the personas, by thread. */
    questions: new Drafts<string>(),
    /** To whom the next one goes. */
    whom: signal(anybody),
    memory: signal(""),
    /** A path from which files are to be taken in. */
    ingest: signal(""),
    /** What is to be recalled, and of which memories. */
    recalled: signal<{ readonly text: string; readonly fields: RecallFilterFields }>({
      text: "",
      fields: noFilter,
    }),
    /** A question to objects. */
    asked: signal(""),
    slots: new Drafts<SlotDraft>(),
    newSlots: new Drafts<NewSlotDraft>(),
    methods: new Drafts<MethodDraft>(),
    personas: new Drafts<PersonaDraft>(),
    names: new Drafts<NameDraft>(),
    verdicts: new Drafts<VerdictDraft>(),
  };
  /** Whether there is an edit that would be lost with the window. An editor that was only opened holds none. */
  const hasEdits = (): boolean =>
    [...drafts.slots.all].some(({ text, seen }) =>
      seen.value === undefined || text !== formatSlot(seen.value)
    ) ||
    [...drafts.newSlots.all].some(({ name, text }) => name !== "" || text !== "") ||
    [...drafts.methods.all].some(({ text, seen }) => text !== seen.method?.source) ||
    [drafts.personas, drafts.names, drafts.verdicts].some(({ all }) => [...all].length > 0);
  return { ...drafts, hasEdits };
}

/** The key of a draft of a slot. An oid has no spaces. */
export const slotKey = (oid: string, slot: string): string => `${oid} ${slot}`;
