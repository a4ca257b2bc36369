/** Search over objects and commands: letters in, arrows to choose, Enter to go. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { fuzzyFilter } from "../model/fuzzy.ts";
import { noFilter } from "../model/recall_filter.ts";
import { useApp } from "../state/app.ts";
import { onceClosed, paletteCommands, type PaletteItem } from "./palette_commands.ts";
import { Icon } from "./icon.tsx";

const ROWS = 40;

export function Palette() {
  const app = useApp();
  const { store, show } = app;
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const items = useMemo(() => {
    const objects: PaletteItem[] = [...store.morphs.peek().values()].map(({ oid, title, kind, lineage }) => ({
      id: `object-${oid}`,
      label: title,
      detail: lineage === "" ? kind : `${kind} · ${lineage}`,
      icon: kind === "memory" ? "memory" : kind === "persona" ? "talk" : "objects",
      run: () => {
        show(oid);
        onceClosed(() => app.stage.renderer?.focus());
      },
    }));
    return [...paletteCommands(app), ...objects];
  }, []);
  const typed = query.trim();
  const found: PaletteItem[] = fuzzyFilter(items, query, {
    text: ({ label, detail }) => `${label} ${detail}`,
    limit: ROWS,
  });
  if (typed !== "") found.push(...more(typed));
  const chosen = Math.min(at, found.length - 1);

  /** What can be done with the words themselves. */
  function more(text: string): PaletteItem[] {
    return [
      {
        id: "recall",
        label: `Recall “${text}”`,
        detail: "memories that mean it",
        icon: "search",
        run: () => {
          store.tab.value = "memory";
          store.drafts.recalled.value = { text, fields: noFilter };
          void app.actions.recall(text);
        },
      },
      {
        id: "open",
        label: `Open the object “${text}”`,
        detail: "by its name or oid, wherever it is",
        icon: "inspect",
        run: () =>
          void app.api.object(text).then((view) => show(view.oid), (error) => app.toaster.fail(error)),
      },
    ];
  }

  useEffect(() => {
    list.current?.children[chosen]?.scrollIntoView({ block: "nearest" });
  }, [chosen]);

  const run = (item: PaletteItem | undefined) => {
    if (item === undefined) return;
    store.dialog.value = null;
    item.run();
  };

  return (
    <div class="palette-body">
      <div class="palette-field">
        <Icon name="search" />
        <input
          role="combobox"
          aria-expanded="true"
          aria-controls="palette-list"
          aria-activedescendant={found.length === 0 ? undefined : `palette-${chosen}`}
          aria-label="Search objects and commands"
          placeholder="Search objects and commands"
          spellcheck={false}
          value={query}
          onInput={(event) => {
            setQuery(event.currentTarget.value);
            setAt(0);
          }}
          onKeyDown={(event) => {
            const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
            if (by !== 0) {
              event.preventDefault();
              setAt((chosen + by + found.length) % Math.max(1, found.length));
            } else if (event.key === "Enter") {
              event.preventDefault();
              run(found[chosen]);
            }
          }}
        />
        <kbd>Esc</kbd>
      </div>
      <ul id="palette-list" role="listbox" aria-label="Found" ref={list}>
        {found.map((item, index) => (
          <li
            key={item.id}
            id={`palette-${index}`}
            role="option"
            aria-selected={index === chosen}
            onPointerMove={() => setAt(index)}
            onClick={() => run(item)}
          >
            <Icon name={item.icon} />
            <span class="palette-label">{item.label}</span>
            <span class="muted clip">{item.detail}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
