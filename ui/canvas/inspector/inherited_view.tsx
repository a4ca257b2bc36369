/** What the object inherits, under who holds it; what a nearer one hides is struck through. */
import type { ObjectView } from "../../protocol.ts";
import { holdersOf, type SlotEntry } from "../model/inherited.ts";
import { useApp } from "../state/app.ts";
import { Section } from "./section.tsx";
import { ValueView } from "./value_view.tsx";

export function InheritedView({ chain }: { chain: readonly ObjectView[] }) {
  const { show } = useApp();
  const holders = holdersOf(chain).slice(1);
  const count = holders.reduce((sum, { entries }) => sum + entries.filter(({ hidden }) => !hidden).length, 0);
  if (holders.length === 0) return null;
  return (
    <Section title="Inherited" count={count}>
      {holders.map(({ oid, name, entries }) => (
        <div key={oid} class="holder">
          <button type="button" class="holder-name" onClick={() => show(oid)}>{name}</button>
          {entries.length === 0 ? <p class="muted">nothing of its own</p> : null}
          <ul class="slots inherited">
            {entries.map((entry) => <InheritedRow key={entry.name} entry={entry} />)}
          </ul>
        </div>
      ))}
    </Section>
  );
}

function InheritedRow({ entry }: { entry: SlotEntry }) {
  return (
    <li
      class={entry.hidden ? "slot hidden-slot" : "slot"}
      title={entry.hidden ? "Hidden by a nearer one" : undefined}
    >
      <span class="slot-name">{entry.name}</span>
      {entry.kind === "method"
        ? (
          <span class="muted clip">
            <span class="tag">{entry.method.kind}</span> {entry.method.doc ?? ""}
          </span>
        )
        : <ValueView value={entry.value} />}
    </li>
  );
}
