/** The object's own slots, each edited where it stands; new ones are added below. */
import { useLayoutEffect, useRef } from "preact/hooks";
import { IconButton } from "../chrome/icon_button.tsx";
import { Icon } from "../chrome/icon.tsx";
import type { ObjectView, WireValue } from "../../protocol.ts";
import { useApp } from "../state/app.ts";
import { slotKey } from "../state/drafts.ts";
import { AddSlot } from "./add_slot.tsx";
import { Section } from "./section.tsx";
import { draftOf, SlotEditor } from "./slot_editor.tsx";
import { useStableOrder } from "./stable_order.ts";
import { ValueView } from "./value_view.tsx";

export function SlotsView({ view }: { view: ObjectView }) {
  const { store } = useApp();
  const own = Object.keys(view.slots).filter((name) => name !== "parent*");
  // A slot that somebody has removed stays as long as one edits it: what was written is not lost.
  const edited = store.drafts.slots.slotsOf(view.oid).filter((name) => view.slots[name] === undefined);
  const names = useStableOrder([...own, ...edited]);
  return (
    <Section title="Slots" count={own.length} focus="slots">
      {own.length === 0 ? <p class="empty">No slots of its own. What it inherits is below.</p> : null}
      <ul class="slots">
        {names.map((name, index) => (
          <SlotRow key={name} view={view} name={name} value={view.slots[name] ?? null} first={index === 0} />
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
  const { actions, store } = useApp();
  const key = slotKey(view.oid, name);
  const draft = store.drafts.slots.get(key);
  const editing = draft !== undefined;
  const pencil = useRef<HTMLButtonElement>(null);
  const wasEditing = useRef(editing);
  const wasOpenedHere = useRef(false);
  // Who has edited goes on from here, not from the head of the page.
  useLayoutEffect(() => {
    if (wasEditing.current && !editing) pencil.current?.focus();
    wasEditing.current = editing;
  }, [editing]);
  const edit = () => {
    wasOpenedHere.current = true;
    store.drafts.slots.put(key, draftOf(view, value));
  };
  if (editing) {
    return (
      <li class="slot editing">
        <span class="slot-name">{name}</span>
        <SlotEditor view={view} slot={name} draft={draft} takesFocus={wasOpenedHere.current} />
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
          onClick={edit}
        >
          <Icon name="pencil" size={13} />
        </button>
        <div class="slot-shown" onClick={edit}>
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
