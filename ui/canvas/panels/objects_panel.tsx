/** All objects of the canvas as a list that can be narrowed: the way in without a pointer or sight. */
import { useState } from "preact/hooks";
import { LIST_ROWS_MAX } from "../limits.ts";
import { fuzzyFilter } from "../model/fuzzy.ts";
import { useApp } from "../state/app.ts";

export function ObjectsPanel() {
  const { store, show } = useApp();
  const [query, setQuery] = useState("");
  const all = [...store.morphs.value.values()];
  const found = fuzzyFilter(all, query, {
    text: ({ title, caption, lineage }) => `${title} ${lineage} ${caption}`,
    limit: LIST_ROWS_MAX,
  });
  return (
    <div class="panel-body stack">
      <label class="visually-hidden" for="objects-filter">Narrow the list</label>
      <input
        id="objects-filter"
        class="input"
        type="search"
        placeholder={`Search ${all.length} objects`}
        value={query}
        onInput={(event) => setQuery(event.currentTarget.value)}
      />
      {found.length === 0 ? <p class="empty">Nothing here has a name like that.</p> : null}
      <ul class="list" aria-label="Objects on the canvas">
        {found.map(({ oid, title, kind, lineage, caption, quarantined }) => (
          <li key={oid}>
            <button
              type="button"
              class="object-row"
              aria-current={store.selected.value === oid}
              onClick={() => show(oid)}
            >
              <span class={`kind-dot kind-${kind}`} aria-hidden="true" />
              <span class="object-words">
                <span class="object-title">
                  {title}
                  {quarantined ? <span class="tag warn">quarantined</span> : null}
                </span>
                <span class="muted clip">
                  {[lineage, caption].filter((words) => words !== "").join(" · ")}
                </span>
              </span>
            </button>
          </li>
        ))}
      </ul>
      {found.length === LIST_ROWS_MAX && all.length > LIST_ROWS_MAX
        ? <p class="hint">Shown are {LIST_ROWS_MAX} of {all.length}: write some letters of the name.</p>
        : null}
    </div>
  );
}
