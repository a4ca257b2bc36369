/** The bar at the top: what this is, search, undo, zoom, lines, theme, help. */
import { useApp } from "../state/app.ts";
import type { Theme } from "../state/store.ts";
import { Icon, type IconName } from "./icon.tsx";
import { IconButton } from "./icon_button.tsx";

const THEMES: Readonly<Record<Theme, { next: Theme; icon: IconName; label: string }>> = {
  system: { next: "light", icon: "auto", label: "Theme: as the system" },
  light: { next: "dark", icon: "sun", label: "Theme: light" },
  dark: { next: "system", icon: "moon", label: "Theme: dark" },
};

export function Header() {
  const { store, actions, stage } = useApp();
  const theme = THEMES[store.theme.value];
  return (
    <header class="header">
      <div class="brand">
        <img src="/icon.svg" width="22" height="22" alt="" />
        <strong>TelOS</strong>
      </div>
      <button
        type="button"
        class="search-button"
        onClick={() => store.dialog.value = { kind: "palette" }}
        aria-label="Search objects and commands"
      >
        <Icon name="search" size={15} />
        <span>Search objects and commands</span>
        <kbd>Ctrl K</kbd>
      </button>
      <div class="header-group">
        <IconButton icon="undo" label="Undo" shortcut="Ctrl Z" onClick={() => void actions.undo()} />
        <IconButton icon="redo" label="Redo" shortcut="Ctrl Shift Z" onClick={() => void actions.redo()} />
      </div>
      <div class="header-group zoom">
        <IconButton icon="minus" label="Zoom out" shortcut="-" onClick={() => stage.renderer?.zoom("out")} />
        <button
          type="button"
          class="zoom-scale"
          title="Natural size  (0)"
          aria-label={`Zoom ${Math.round(store.scale.value * 100)} percent: back to natural size`}
          onClick={() => stage.renderer?.zoom("natural")}
        >
          {Math.round(store.scale.value * 100)}%
        </button>
        <IconButton icon="plus" label="Zoom in" shortcut="+" onClick={() => stage.renderer?.zoom("in")} />
        <IconButton icon="fit" label="Show all" shortcut="1" onClick={() => stage.renderer?.zoom("fit")} />
      </div>
      <div class="header-group">
        <IconButton
          icon="links"
          label="Lines of delegation for all objects"
          shortcut="L"
          pressed={store.linksShown.value === "all"}
          onClick={() => store.linksShown.value = store.linksShown.value === "all" ? "selected" : "all"}
        />
        <IconButton icon={theme.icon} label={theme.label} onClick={() => store.theme.value = theme.next} />
        <IconButton
          icon="help"
          label="Keys"
          shortcut="?"
          onClick={() => store.dialog.value = { kind: "help" }}
        />
      </div>
    </header>
  );
}
