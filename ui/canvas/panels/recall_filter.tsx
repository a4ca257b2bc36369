/** The fields for what recalled memories must be like: when they were, where they came from, what they are. */
import { filterOf, noFilter, type RecallFilterFields } from "../model/recall_filter.ts";

export function RecallFilterView(
  { fields, onChange }: {
    readonly fields: RecallFilterFields;
    readonly onChange: (fields: RecallFilterFields) => void;
  },
) {
  const set = (field: keyof RecallFilterFields) => (event: { currentTarget: { value: string } }) =>
    onChange({ ...fields, [field]: event.currentTarget.value });
  const isOn = filterOf(fields) !== undefined;
  return (
    <details class="recall-filter">
      <summary>{isOn ? "Only some memories" : "All memories"}</summary>
      <div class="filter-fields">
        <label class="field-label" for="recall-since">From</label>
        <input id="recall-since" class="input" type="date" value={fields.since} onInput={set("since")} />
        <label class="field-label" for="recall-until">Until</label>
        <input id="recall-until" class="input" type="date" value={fields.until} onInput={set("until")} />
        <label class="field-label" for="recall-source">Source</label>
        <input id="recall-source" class="input" value={fields.source} onInput={set("source")} />
        <label class="field-label" for="recall-kind">Kind</label>
        <select id="recall-kind" class="input" value={fields.kind} onChange={set("kind")}>
          <option value="">Any</option>
          <option value="memory">Memories</option>
          <option value="exchange">Conversations</option>
          <option value="concept">Concepts</option>
        </select>
      </div>
      {isOn
        ? (
          <button type="button" class="button" onClick={() => onChange(noFilter)}>
            Ask all memories again
          </button>
        )
        : null}
    </details>
  );
}
