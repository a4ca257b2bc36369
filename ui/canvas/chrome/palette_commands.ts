/** The commands of the palette: what the window can do, in words. */
import type { App } from "../state/app.ts";
import { nameIn } from "../model/morphs.ts";
import type { IconName } from "./icon.tsx";

export interface PaletteItem {
  readonly id: string;
  readonly label: string;
  readonly detail: string;
  readonly icon: IconName;
  readonly run: () => void;
}

export function paletteCommands(app: App): PaletteItem[] {
  const { store, actions, stage } = app;
  const item = (label: string, detail: string, icon: IconName, run: () => void): PaletteItem => ({
    id: `command-${label}`,
    label,
    detail,
    icon,
    run,
  });
  const oid = store.selected.peek();
  const name = oid === null ? "" : nameIn(store.scene.peek(), oid);
  const about = oid === null ? [] : [
    item(`Clone ${name}`, "C", "clone", () => void actions.clone(oid)),
    item(`Extend ${name}`, "E", "extend", () => void actions.extend(oid)),
    item(`Send ${name} a message`, "M", "send", () => store.inspectorFocus.value = "send"),
    item(`Rename ${name}`, "F2", "pencil", () => store.inspectorFocus.value = "name"),
    item(`Delete ${name}`, "Delete", "trash", () => void actions.remove(oid)),
  ];
  return [
    ...about,
    item("Talk to the personas", "T", "talk", () => {
      store.tab.value = "talk";
      focusOnceThere("question");
    }),
    item("Remember something", "R", "memory", () => {
      store.tab.value = "memory";
      focusOnceThere("remember-text");
    }),
    item("Undo the last change", "Ctrl Z", "undo", () => void actions.undo()),
    item("Redo", "Ctrl Shift Z", "redo", () => void actions.redo()),
    item("Show the history", "H", "timeline", () => store.tab.value = "timeline"),
    item("Show methods that wait for a yes", "P", "check", () => store.tab.value = "proposals"),
    item("Ask objects a question", "Q", "help", () => {
      store.tab.value = "ask";
      focusOnceThere("ask-text");
    }),
    item("Show concepts and what curation did", "S", "moon", () => store.tab.value = "curation"),
    item("Curate memories now", "sleep", "moon", () => {
      store.tab.value = "curation";
      void app.curating.curate();
    }),
    item("Look one thought back", ",", "timeline", () => app.looking.step(-1)),
    item("Back to now", "Escape", "timeline", () => app.looking.leave()),
    item("Show all objects", "O", "objects", () => store.tab.value = "objects"),
    item("Show everything on the canvas", "1", "fit", () => stage.renderer?.zoom("fit")),
    item("Light theme", "appearance", "sun", () => store.theme.value = "light"),
    item("Dark theme", "appearance", "moon", () => store.theme.value = "dark"),
    item("Theme as the system has it", "appearance", "auto", () => store.theme.value = "system"),
    item("Keys", "?", "help", () => store.dialog.value = { kind: "help" }),
  ];
}

/** A dialog that closes gives the focus back to where it was; and a panel may have to be opened first. */
export function onceClosed(focus: () => void): void {
  requestAnimationFrame(focus);
}

const focusOnceThere = (id: string) => onceClosed(() => document.getElementById(id)?.focus());
