/** What a person does to the image, each as one command: shown at once where it can be, taken back when refused. */
import type { CommandInput, CommandResult, ObjectView, RecallFilter, WireValue } from "../../protocol.ts";
import { objectViewSchema, takenBackInWords } from "../../protocol.ts";
import { nameIn } from "../model/morphs.ts";
import { applyPlace, type Place } from "../model/scene.ts";
import { isolated } from "../model/words.ts";
import { laterChangesOf } from "../model/later_changes.ts";
import { RECALL_HITS } from "../limits.ts";
import { type Api, ApiError, problemOf } from "../net/api.ts";
import type { Inspecting } from "./inspecting.ts";
import type { Proposing } from "./proposing.ts";
import type { Looking } from "./past.ts";
import { createRemoving } from "./removing.ts";
import type { Store } from "./store.ts";
import type { Toaster } from "./toaster.ts";

export type Actions = ReturnType<typeof createActions>;

type ChangeInput = Extract<CommandInput, { command: "RENAME" | "SET_SLOT" | "SET_SLOTS" }>;

/** What one saw of an object when one began to change it. */
export interface Seen {
  readonly at: string | null;
  /** Whether that part of it which is changed is still as it was seen. */
  readonly isSeen: (now: ObjectView) => boolean;
}

/** Where the object is, once it is changed; or the object as it is, changed by somebody else and not here. */
export type AsSeen = { readonly set: string } | { readonly other: ObjectView };

export interface ActionsParts {
  readonly store: Store;
  readonly api: Api;
  readonly toaster: Toaster;
  readonly inspecting: Inspecting;
  readonly proposing: Proposing;
  readonly looking: Looking;
}

export function createActions({ store, api, toaster, inspecting, proposing, looking }: ActionsParts) {
  const label = (oid: string) => isolated(nameIn(store.scene.value, oid));

  /** True, with a word about it, while the past is looked at: nothing can be changed there. */
  function isPast(): boolean {
    if (store.past.value === null) return false;
    pastToast = toaster.show({
      kind: "info",
      text: "This is the past: nothing can be changed here",
      action: { label: "Back to now", run: looking.leave },
    });
    return true;
  }
  let recalls = 0;
  let pastToast = 0;
  store.past.subscribe((past) => past === null ? toaster.dismiss(pastToast) : undefined);

  /** Any thought may be undone from anywhere; the last one only where it is seen. */
  async function undo(position?: string): Promise<void> {
    if (position === undefined && isPast()) return;
    try {
      const { result, position: by } = await api.command({
        command: "UNDO",
        ...(position === undefined ? {} : { position }),
      });
      const text = takenBackInWords("Undone", result);
      toaster.show({ kind: "info", text, action: { label: "Redo", run: () => void redo(by) }, undoes: by });
    } catch (error) {
      const later = laterChangesOf(problemOf(error));
      if (later === null) toaster.fail(error);
      else store.dialog.value = { kind: "later", ...later };
    }
  }

  async function redo(position?: string): Promise<void> {
    if (position === undefined && isPast()) return;
    try {
      const { result } = await api.command({
        command: "REDO",
        ...(position === undefined ? {} : { position }),
      });
      toaster.show({ kind: "info", text: takenBackInWords("Redone", result) });
    } catch (error) {
      toaster.fail(error);
    }
  }

  function done(text: string, { position }: CommandResult): void {
    const action = { label: "Undo", run: () => void undo(position) };
    toaster.show({ kind: "done", text, action, undoes: position });
  }

  /** Runs a command whose result is the object that it made, and shows that one. */
  async function make(command: CommandInput, text: string): Promise<void> {
    try {
      const result = await api.command(command);
      const made = objectViewSchema.safeParse(result.result);
      done(text, result);
      if (!made.success) return;
      inspecting.select(made.data.oid);
      store.toReveal.value = made.data.oid;
    } catch (error) {
      toaster.fail(error);
    }
  }

  const { remove, forget } = createRemoving({ store, api, toaster, inspecting, label, isPast, done });

  /** A change of something else of the object is no reason to refuse. */
  async function unlessChanged(
    object: string,
    { at, isSeen }: Seen,
    change: (at: string | null) => Promise<string>,
  ): Promise<AsSeen> {
    try {
      return { set: await change(at) };
    } catch (error) {
      if (problemOf(error).code !== "stale") throw error;
      const now = await api.object(object);
      return isSeen(now) ? { set: await change(now.position) } : { other: now };
    }
  }

  /** @returns the position of the object now. @throws {ApiError} so that it can be said beside what was written */
  async function change(text: string, command: ChangeInput, expected: string | null): Promise<string> {
    const result = await api.command(expected === null ? command : { ...command, expected });
    done(text, result);
    return result.position;
  }

  const rename = (object: string, name: string | null, expected: string | null) =>
    change(
      name === null ? "Took the name away" : `Renamed to ${isolated(name)}`,
      { command: "RENAME", object, name },
      expected,
    );

  const setSlot = (object: string, slot: string, value: WireValue, expected: string | null) =>
    change(`Set ${label(object)} ${slot}`, { command: "SET_SLOT", object, slot, value }, expected);

  const setSlots = (object: string, slots: Record<string, WireValue>, expected: string | null) =>
    change(
      `Set ${label(object)} ${Object.keys(slots).join(", ")}`,
      { command: "SET_SLOTS", object, slots },
      expected,
    );

  /** The answer to a message for which there is no method yet: a reference to what was proposed. */
  async function isProposal({ result }: CommandResult): Promise<boolean> {
    if (typeof result !== "object" || result === null || !("$ref" in result)) return false;
    const isKnown = () => proposing.waiting.value.some(({ oid }) => oid === result.$ref);
    if (!isKnown()) await proposing.load();
    return isKnown();
  }

  return {
    undo,
    redo,
    remove,
    forget,
    clone: async (oid: string) =>
      isPast() ? undefined : await make({ command: "CLONE", object: oid }, `Cloned ${label(oid)}`),
    extend: async (oid: string) =>
      isPast() ? undefined : await make({ command: "EXTEND", object: oid }, `Extended ${label(oid)}`),

    /** Shows the morph where it was put, and puts it back when the image refuses. */
    async move(place: Place): Promise<void> {
      if (isPast()) return;
      const settle = () => {
        if (store.pending.value.get(place.oid) !== place) return;
        const pending = new Map(store.pending.value);
        pending.delete(place.oid);
        store.pending.value = pending;
      };
      store.pending.value = new Map(store.pending.value).set(place.oid, place);
      const { oid, ...rest } = place;
      try {
        const { position } = await api.command({
          command: "MOVE_MORPH",
          object: oid,
          canvas: store.scene.value.canvas,
          ...rest,
        });
        store.scene.value = applyPlace(store.scene.value, place, position);
      } catch (error) {
        toaster.fail(error);
      } finally {
        settle();
      }
    },

    setSlot,

    /** Sets a slot unless it has changed since it was seen. @throws {ApiError} */
    setSlotAsSeen: (object: string, slot: string, value: WireValue, seen: Seen): Promise<AsSeen> =>
      unlessChanged(object, seen, (at) => setSlot(object, slot, value, at)),

    /** Sets several slots, all or none, unless one of them has changed since it was seen. @throws {ApiError} */
    setSlotsAsSeen: (object: string, slots: Record<string, WireValue>, seen: Seen): Promise<AsSeen> =>
      unlessChanged(object, seen, (at) => setSlots(object, slots, at)),

    /** Gives it another name unless it was renamed since that was seen. @throws {ApiError} */
    renameAsSeen: (object: string, name: string | null, seen: Seen): Promise<AsSeen> =>
      unlessChanged(object, seen, (at) => rename(object, name, at)),

    async removeSlot(object: string, slot: string): Promise<void> {
      try {
        done(`Removed ${label(object)} ${slot}`, await api.command({ command: "REMOVE_SLOT", object, slot }));
      } catch (error) {
        toaster.fail(error);
      }
    },

    /** @throws {ApiError} */
    async send(receiver: string, selector: string, args: WireValue[]): Promise<unknown> {
      const before = store.scene.value.position;
      const result = await api.command({ command: "SEND", receiver, selector, arguments: args });
      // Messages that only read answer at the position where the image already was.
      if (await isProposal(result)) {
        toaster.show({
          kind: "info",
          text: `A method ${selector} for ${label(receiver)} waits for your yes`,
          action: { label: "Look at it", run: () => store.tab.value = "proposals" },
        });
      } else if (result.position > before) done(`${label(receiver)} ${selector}`, result);
      return result.result;
    },

    /** @throws {ApiError} */
    async remember(text: string): Promise<void> {
      const result = await api.command({ command: "REMEMBER", text, source: "canvas" });
      done("Remembered", result);
    },

    async recall(query: string, filter?: RecallFilter): Promise<void> {
      const mine = ++recalls;
      store.recall.value = { ...store.recall.value, query, busy: true, problem: null };
      try {
        const hits = await api.recall(query, RECALL_HITS, { ...filter, asOf: store.past.value?.position });
        if (mine === recalls) store.recall.value = { query, hits, problem: null, busy: false };
      } catch (error) {
        const problem = problemOf(error);
        if (mine === recalls) store.recall.value = { query, hits: null, problem, busy: false };
      }
    },

    /** Copies the image as of a thought into a folder on its machine. */
    async fork(folder: string, at: string): Promise<void> {
      try {
        await api.command({ command: "FORK", folder, at });
        toaster.show({
          kind: "done",
          text: `Forked into ${folder}`,
          hint: `Start it with: telos start --image ${folder} --port 4681`,
        });
      } catch (error) {
        toaster.fail(error);
      }
    },

    /** What has ended by itself by now needs no stopping. */
    async stopWork(work: string): Promise<void> {
      try {
        await api.command({ command: "STOP_WORK", work });
      } catch (error) {
        toaster.fail(error);
      }
    },

    async pull(model: string): Promise<void> {
      const progress = { model, status: "asking the model server", completed: 0, total: 0, done: false };
      store.pulls.value = new Map(store.pulls.value).set(model, progress);
      try {
        await api.command({ command: "PULL_MODEL", model });
      } catch (error) {
        const { message } = problemOf(error);
        store.pulls.value = new Map(store.pulls.value).set(model, {
          ...progress,
          done: true,
          error: message,
        });
        if (error instanceof ApiError) toaster.fail(error);
      }
    },
  };
}
