/** The keys, in groups. */
import { useApp } from "../state/app.ts";
import { IconButton } from "./icon_button.tsx";
import { SHORTCUTS } from "./shortcuts.ts";

export function Help() {
  const { store } = useApp();
  return (
    <div class="modal-body">
      <div class="row between">
        <h2>Keys</h2>
        <IconButton icon="close" label="Close" onClick={() => store.dialog.value = null} />
      </div>
      <div class="help-groups">
        {SHORTCUTS.map(({ group, items }) => (
          <section key={group}>
            <h3>{group}</h3>
            <dl>
              {items.map(({ keys, what }) => (
                <div key={keys}>
                  <dt>{what}</dt>
                  <dd>{keys.split(" ").map((key) => <kbd key={key}>{key}</kbd>)}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <p class="hint">On a Mac, ⌘ works wherever Ctrl does.</p>
    </div>
  );
}
