/** The keys of the whole window. What is written somewhere keeps its own keys. */
import type { App } from "../state/app.ts";
import type { Tab } from "../state/store.ts";

export interface Shortcut {
  readonly keys: string;
  readonly what: string;
}

/** What the help shows, in the groups in which it shows it. */
export const SHORTCUTS: readonly { readonly group: string; readonly items: readonly Shortcut[] }[] = [
  {
    group: "Anywhere",
    items: [
      { keys: "Ctrl K", what: "Search objects and commands" },
      { keys: "Ctrl Z", what: "Undo the last change" },
      { keys: "Ctrl Shift Z", what: "Do it again" },
      { keys: "T", what: "Talk" },
      { keys: "R", what: "Remember and recall" },
      { keys: "H", what: "History" },
      { keys: ", .", what: "Back in time, forward" },
      { keys: "O", what: "All objects" },
      { keys: "P", what: "Methods that wait for a yes" },
      { keys: "Q", what: "Ask objects" },
      { keys: "S", what: "Sleep: concepts, and what curation did" },
      { keys: "L", what: "Lines of delegation" },
      { keys: "?", what: "This help" },
      { keys: "Escape", what: "Close, deselect, back to now" },
    ],
  },
  {
    group: "On the canvas",
    items: [
      { keys: "] [", what: "Select the next, the one before" },
      { keys: "Alt Arrow", what: "Select the next one in a direction" },
      { keys: "Arrow", what: "Move the selected morph, or the view" },
      { keys: "Shift Arrow", what: "Move it further" },
      { keys: "Alt Shift Arrow", what: "Resize it" },
      { keys: "+ −", what: "Zoom" },
      { keys: "0", what: "Natural size" },
      { keys: "1", what: "Show all" },
      { keys: "Space drag", what: "Pan" },
    ],
  },
  {
    group: "The selected object",
    items: [
      { keys: "Enter", what: "Inspect" },
      { keys: "C", what: "Clone" },
      { keys: "E", what: "Extend" },
      { keys: "M", what: "Send a message" },
      { keys: "F2", what: "Rename" },
      { keys: "Delete", what: "Delete" },
    ],
  },
];

/** @returns what takes the listener away again */
export function listenToShortcuts(app: App, document: Document): () => void {
  const onKey = (event: KeyboardEvent) => {
    if (event.defaultPrevented) return;
    if ((event.ctrlKey || event.metaKey) && !event.altKey ? withControl(app, event) : plain(app, event)) {
      event.preventDefault();
    }
  };
  document.addEventListener("keydown", onKey);
  return () => document.removeEventListener("keydown", onKey);
}

function writes(target: EventTarget | null): boolean {
  return target instanceof HTMLElement &&
    (target.isContentEditable || target.matches("input:not([type=range]), textarea, select"));
}

function withControl(app: App, event: KeyboardEvent): boolean {
  const key = event.key.toLowerCase();
  if (event.repeat) return false;
  if (key === "k") {
    app.store.dialog.value = app.store.dialog.value?.kind === "palette" ? null : { kind: "palette" };
    return true;
  }
  if (key !== "z" && key !== "y") return false;
  if (writes(event.target) || app.store.dialog.value !== null) return false;
  void (event.shiftKey || key === "y" ? app.actions.redo() : app.actions.undo());
  return true;
}

const TABS: Readonly<Record<string, Tab>> = {
  t: "talk",
  r: "memory",
  h: "timeline",
  o: "objects",
  p: "proposals",
  q: "ask",
  s: "curation",
};

function plain(app: App, event: KeyboardEvent): boolean {
  const { store, actions, inspecting, looking, stage } = app;
  // A key that is held down does its work once.
  if (event.altKey || event.repeat || writes(event.target) || store.dialog.value !== null) return false;
  if (event.key === "?") {
    store.dialog.value = { kind: "help" };
    return true;
  }
  if (event.key === "," || event.key === ".") {
    looking.step(event.key === "," ? -1 : 1);
    return true;
  }
  if (event.key === "Escape" && store.past.value !== null) {
    looking.leave();
    return true;
  }
  if (event.key === "Escape") {
    inspecting.select(null);
    stage.renderer?.focus();
    return true;
  }
  const key = event.key.toLowerCase();
  const tab = TABS[key];
  if (tab !== undefined) {
    store.tab.value = tab;
    return true;
  }
  if (key === "l") {
    store.linksShown.value = store.linksShown.value === "all" ? "selected" : "all";
    return true;
  }
  const selected = store.selected.value;
  if (selected === null) return false;
  switch (key) {
    case "c":
      void actions.clone(selected);
      return true;
    case "e":
      void actions.extend(selected);
      return true;
    case "m":
      store.inspectorFocus.value = "send";
      return true;
    case "delete":
      // A button that has the focus is not the object.
      if (event.target instanceof HTMLButtonElement) return false;
      void actions.remove(selected);
      return true;
    case "f2":
      store.inspectorFocus.value = "name";
      return true;
    default:
      return false;
  }
}
