/** Deleting, which can be undone, and forgetting, which cannot: what else goes is asked first. */
import { type CommandResult, forgottenSchema } from "../../protocol.ts";
import { type Api, problemOf } from "../net/api.ts";
import type { Inspecting } from "./inspecting.ts";
import type { Store } from "./store.ts";
import type { Toaster } from "./toaster.ts";

export interface RemovingParts {
  readonly store: Store;
  readonly api: Api;
  readonly toaster: Toaster;
  readonly inspecting: Inspecting;
  readonly label: (oid: string) => string;
  readonly isPast: () => boolean;
  readonly done: (text: string, result: CommandResult) => void;
}

export function createRemoving({ store, api, toaster, inspecting, label, isPast, done }: RemovingParts) {
  async function remove(oid: string, cascade = false): Promise<void> {
    if (isPast()) return;
    const name = label(oid);
    try {
      const result = await api.command({ command: "DELETE", object: oid, ...(cascade ? { cascade } : {}) });
      if (store.selected.value === oid) inspecting.select(null);
      done(`Deleted ${name}`, result);
    } catch (error) {
      const { code, details } = problemOf(error);
      const children = Array.isArray(details["children"]) ? details["children"].length : 0;
      if (code !== "has_children") return toaster.fail(error);
      store.dialog.value = {
        kind: "ask",
        title: `Delete ${name} and what delegates to it?`,
        label: "",
        text:
          `${
            children === 1 ? "One object has" : `${children}${details["more"] ? " or more" : ""} objects have`
          } ` +
          `${name} as parent. Deleting takes them along, with everything below them. It can be undone.`,
        confirm: "Delete all",
        danger: true,
        run: () => void remove(oid, true),
      };
    }
  }

  /** Asks first, as nothing brings it back. */
  function forget(oid: string): void {
    if (isPast()) return;
    const name = label(oid);
    store.dialog.value = {
      kind: "ask",
      title: `Forget ${name}?`,
      label: "",
      text: "It goes with its whole history, and is found no more. This cannot be undone. " +
        "Backups made before still hold it.",
      confirm: "Forget",
      danger: true,
      run: () => void forgetNow(oid),
    };
  }

  async function forgetNow(oid: string): Promise<void> {
    try {
      const { result } = await api.command({ command: "FORGET", object: oid });
      if (store.selected.value === oid) inspecting.select(null);
      const quotedBy = forgottenSchema.parse(result).quotedBy.map(label);
      const left = quotedBy.length === 0
        ? ""
        : ` The same words still stand in ${quotedBy.slice(0, 3).join(", ")}` +
          `${quotedBy.length > 3 ? ` and ${quotedBy.length - 3} more` : ""}.`;
      toaster.show({ kind: "info", text: `Forgotten.${left}` });
    } catch (error) {
      toaster.fail(error);
    }
  }

  return { remove, forget };
}
