/** The object's own methods: those written in the image with their source, those of the program by their name. */
import { useState } from "preact/hooks";
import { Icon } from "../chrome/icon.tsx";
import { IconButton } from "../chrome/icon_button.tsx";
import type { MethodView, ObjectView } from "../../protocol.ts";
import { useApp } from "../state/app.ts";
import { slotKey } from "../state/drafts.ts";
import { MethodEditor } from "./method_editor.tsx";
import { Section } from "./section.tsx";

export function MethodsView({ view }: { view: ObjectView }) {
  const { store } = useApp();
  const methods = Object.entries(view.methods);
  // One that somebody has removed stays as long as one edits it: what was written is not lost.
  const removed = store.drafts.methods.slotsOf(view.oid).filter((name) => view.methods[name] === undefined);
  if (methods.length + removed.length === 0) return null;
  return (
    <Section title="Methods" count={methods.length}>
      <ul class="methods">
        {methods.map(([name, method]) => <MethodRow key={name} view={view} name={name} method={method} />)}
        {removed.map((name) => (
          <li key={name} class="method" data-method={name}>
            <div class="method-head">
              <code class="method-name">{name}</code>
              <span class="tag warn">taken away</span>
            </div>
            <MethodEditor view={view} name={name} source="" />
          </li>
        ))}
      </ul>
    </Section>
  );
}

function MethodRow({ view, name, method }: { view: ObjectView; name: string; method: MethodView }) {
  const { actions, store } = useApp();
  // What is being written is in sight.
  const [open, setOpen] = useState(store.drafts.methods.get(slotKey(view.oid, name)) !== undefined);
  const native = method.kind === "native";
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
        <span class="tag">{native ? "native" : "image"}</span>
        {method.provenance === undefined ? null : <Provenance method={method} />}
        {method.readOnly === false ? <span class="tag warn">changes objects</span> : null}
        <IconButton
          icon="trash"
          label={`Remove the method ${name}`}
          danger
          class="slot-remove"
          onClick={() => void actions.removeSlot(view.oid, name)}
        />
      </div>
      {method.doc === undefined || method.doc === "" ? null : <p class="muted method-doc">{method.doc}</p>}
      {!open ? null : native
        ? (
          <p class="hint">
            It comes with the program as <code>{method.native}</code>, and is the same in every image.
          </p>
        )
        : (
          <MethodEditor
            view={view}
            name={name}
            source={method.source ?? ""}
            {...(method.doc === undefined ? {} : { doc: method.doc })}
          />
        )}
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
