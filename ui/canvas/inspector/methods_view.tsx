/** The object's own methods: those written in the image with their source, those of the program by their name. */
import { useState } from "preact/hooks";
import { Icon } from "../chrome/icon.tsx";
import { IconButton } from "../chrome/icon_button.tsx";
import type { MethodView, ObjectView } from "../../protocol.ts";
import { useApp } from "../state/app.ts";
import { slotKey } from "../state/drafts.ts";
import { MethodEditor } from "./method_editor.tsx";
import { Section } from "./section.tsx";
import { useStableOrder } from "./stable_order.ts";

export function MethodsView({ view }: { view: ObjectView }) {
  const { store } = useApp();
  // One that somebody has removed stays as long as one edits it: what was written is not lost.
  const edited = store.drafts.methods.slotsOf(view.oid).filter((name) => view.methods[name] === undefined);
  const names = useStableOrder([...Object.keys(view.methods), ...edited]);
  if (names.length === 0) return null;
  return (
    <Section title="Methods" count={Object.keys(view.methods).length}>
      <ul class="methods">
        {names.map((name) => (
          <MethodRow key={name} view={view} name={name} method={view.methods[name] ?? null} />
        ))}
      </ul>
    </Section>
  );
}

function MethodRow({ view, name, method }: { view: ObjectView; name: string; method: MethodView | null }) {
  const { actions, store } = useApp();
  // What is being written is in sight.
  const [open, setOpen] = useState(store.drafts.methods.get(slotKey(view.oid, name)) !== undefined);
  const native = method?.kind === "native";
  const doc = method?.doc ?? "";
  return (
    <li class="method" data-method={name}>
      <div class="method-head">
        <button
          type="button"
          class="method-name"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          <Icon name={open ? "down" : "chevron"} size={13} />
          <code>{name}</code>
        </button>
        {method === null
          ? <span class="tag warn">taken away</span>
          : <span class="tag">{native ? "native" : "image"}</span>}
        {method?.provenance === undefined ? null : <Provenance method={method} />}
        {method?.readOnly === false ? <span class="tag warn">changes objects</span> : null}
        {method === null ? null : (
          <IconButton
            icon="trash"
            label={`Remove the method ${name}`}
            danger
            class="slot-remove"
            onClick={() => void actions.removeSlot(view.oid, name)}
          />
        )}
      </div>
      {doc === "" ? null : <p class="muted method-doc">{doc}</p>}
      {!open ? null : native
        ? (
          <p class="hint">
            It comes with the program as <code>{method.native}</code>, and is the same in every image.
          </p>
        )
        : <MethodEditor view={view} name={name} method={method} />}
    </li>
  );
}

function Provenance({ method: { provenance } }: { method: MethodView }) {
  const { failed, editor, earlier = [] } = provenance!;
  const words = [provenance!, ...earlier].map(originInWords).join("; before that ");
  return (
    <>
      <span class="tag" title={words}>{editor === undefined ? "generated" : `edited by ${editor}`}</span>
      {failed === null ? null : <span class="tag warn" title={failed.reason}>failed {failed.times}×</span>}
    </>
  );
}

type Origin = Pick<
  NonNullable<MethodView["provenance"]>,
  "model" | "mind" | "attempts" | "approver" | "editor"
>;

function originInWords({ model, mind, attempts, approver, editor }: Origin): string {
  if (mind === "person") return `written by ${editor ?? approver}`;
  const edited = editor === undefined ? "" : `, edited by ${editor}`;
  return `written by ${model ?? mind}, ${attempts} tries, accepted by ${approver}${edited}`;
}
