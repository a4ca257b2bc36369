/** Backups as the window asks for them: how they are, one now, a try of the newest. */
import type { Api } from "../net/api.ts";
import type { Store } from "./store.ts";
import type { Toaster } from "./toaster.ts";

export type Backing = ReturnType<typeof createBacking>;

export function createBacking({ store, api, toaster }: { store: Store; api: Api; toaster: Toaster }) {
  /** Runs asked for here whose end is to be told. */
  const asked = new Set<number>();

  async function load(): Promise<void> {
    try {
      const view = await api.backups();
      store.backups.value = view;
      for (const { run, what, ok, message } of view.ended) {
        if (!asked.delete(run)) continue;
        if (ok) {
          toaster.show({
            kind: "done",
            text: what === "backup" ? "Backed up" : "The restore drill went well",
          });
        } else toaster.show({ kind: "error", text: `The ${what} failed`, hint: message });
      }
    } catch (error) {
      toaster.fail(error);
    }
  }

  async function ask(
    command: { command: "BACKUP"; full: boolean } | { command: "BACKUP_DRILL" },
  ): Promise<void> {
    try {
      const { result } = await api.command(command);
      asked.add((result as { run: number }).run);
      await load();
    } catch (error) {
      toaster.fail(error);
    }
  }

  return {
    load,
    backUp: (full: boolean) => ask({ command: "BACKUP", full }),
    drill: () => ask({ command: "BACKUP_DRILL" }),
  };
}
