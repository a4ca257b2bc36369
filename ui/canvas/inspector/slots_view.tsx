/** The object's own slots, each edited where it stands; new ones are added below. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { IconButton } from "../chrome/icon_button.tsx";
import { Icon } from "../chrome/icon.tsx";
import type { ObjectView, WireValue } from "../../protocol.ts";
import { useApp } from "../state/app.ts";
import { AddSlot } from "./add_slot.tsx";
import { Section } from "./section.tsx";
import { SlotEditor } from "./slot_editor.tsx";
import { ValueView } from "./value_view.tsx";

export function SlotsView({ view }: { view: ObjectView }) {
  const slots = Object.entries(view.slots).filter(([name]) => name !== "parent*");
  return (
    <Section title="Slots" count={slots.length} focus="slots">
      {slots.length === 0 ? <p class="empty">No slots of its own. What it inherits is below.</p> : null}
      <ul class="slots">
        {slots.map(([name, value], index) => (
          <SlotRow key={name} view={view} name={name} value={value} first={index === 0} />
        ))}
      </ul>
      <AddSlot view={view} />
    </Section>
  );
}

interface SlotRowProps {
  readonly view: ObjectView;
  readonly name: string;
  readonly value: WireValue;
  readonly first: boolean;
}

function SlotRow({ view, name, value, first }: SlotRowProps) {
  const { actions } = useApp();
  const [editing, setEditing] = useState(false);
  const pencil = useRef<HTMLButtonElement>(null);
  const wasEditing = useRef(false);
  // Who has edited goes on from here, not from the head of the page.
  useLayoutEffect(() => {
    if (wasEditing.current && !editing) pencil.current?.focus();
    wasEditing.current = editing;
  }, [editing]);
  if (editing) {
    return (
      <li class="slot editing">
        <span class="slot-name">{name}</span>
        <SlotEditor view={view} slot={name} value={value} onDone={() => setEditing(false)} />
      </li>
    );
  }
  return (
    <li class="slot" data-slot={name}>
      <span class="slot-name" title={name}>{name}</span>
      <div class="slot-value">
        <button
          type="button"
          class="slot-open"
          ref={pencil}
          {...(first ? { "data-focus": "slots" } : {})}
          aria-label={`Edit ${name}`}
          onClick={() => setEditing(true)}
        >
          <Icon name="pencil" size={13} />
        </button>
        <div class="slot-shown" onClick={() => setEditing(true)}>
          <ValueView value={value} />
        </div>
      </div>
      <IconButton
        icon="trash"
        label={`Remove ${name}`}
        danger
        class="slot-remove"
        onClick={() => void actions.removeSlot(view.oid, name)}
      />
    </li>
  );
}
