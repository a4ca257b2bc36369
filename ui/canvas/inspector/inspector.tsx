/** Everything about the selected object, live: name, chain, slots, methods, messages, history. */
import { useLayoutEffect, useRef } from "preact/hooks";
import { ProblemNote } from "../chrome/problem_note.tsx";
import type { ObjectView } from "../../protocol.ts";
import { kindOf } from "../model/morphs.ts";
import { isPersona } from "../model/persona_form.ts";
import { objectOf } from "../model/scene.ts";
import { canBeUndone, undonePositions } from "../model/timeline.ts";
import { agoInWords } from "../model/words.ts";
import { useApp } from "../state/app.ts";
import type { Gone } from "../state/store.ts";
import { ChainView } from "./chain_view.tsx";
import { CloseButton } from "./close_button.tsx";
import { ChildrenView } from "./children_view.tsx";
import { HistoryView } from "./history_view.tsx";
import { InheritedView } from "./inherited_view.tsx";
import { MethodsView } from "./methods_view.tsx";
import { PastObject } from "./past_object.tsx";
import { PersonaForm } from "./persona_form.tsx";
import { NameField } from "./name_field.tsx";
import { SendForm } from "./send_form.tsx";
import { SlotsView } from "./slots_view.tsx";

export function Inspector() {
  const { store, inspecting } = useApp();
  const inspected = store.inspected.value;
  if (inspected === null) return null;
  const { chain, problem, oid, gone } = inspected;
  return (
    <aside class="inspector" aria-label="Inspector" tabIndex={-1} data-focus-home>
      {gone !== undefined ? <GoneObject gone={gone} /> : problem !== null
        ? (
          <>
            <div class="panel-head">
              <h2>Not to be shown</h2>
              <CloseButton />
            </div>
            <div class="panel-body">
              <ProblemNote problem={problem} action={{ label: "Try again", run: inspecting.reload }} />
            </div>
          </>
        )
        : chain === null
        ? (
          <div class="panel-body">
            <div class="skeleton-rows" role="status" aria-label="Loading the object" />
          </div>
        )
        : store.past.value === null
        ? <Whole key={oid} chain={chain} />
        : <PastObject key={oid} chain={chain} />}
    </aside>
  );
}

const GONE = {
  deleted: { title: "Deleted", words: "This object has been deleted.", hint: "" },
  forgotten: {
    title: "Not here any more",
    words: "This object is not in the image any more.",
    hint: "It was forgotten, or its history is no longer kept.",
  },
  "not then": {
    title: "Not here then",
    words: "This object was not in the image then.",
    hint: "It came later, or had been deleted before.",
  },
} as const;

/** Says what became of an object that is not there, and offers it back where that can be. */
function GoneObject({ gone }: { gone: Gone }) {
  const { actions, store, clock } = useApp();
  const { title, words, hint } = GONE[gone.how];
  const by = gone.how === "deleted" ? gone.by : null;
  return (
    <>
      <div class="panel-head">
        <h2>{title}</h2>
        <CloseButton />
      </div>
      <div class="panel-body" role="status">
        <div class="empty stack">
          <p>{words}</p>
          <p class="hint">{by === null ? hint : `“${by.why}”, ${by.who}, ${agoInWords(by.at, clock())}`}</p>
          {by !== null && canBeUndone(by, undonePositions(store.thoughts.value))
            ? (
              <div class="row">
                <button type="button" class="button" onClick={() => void actions.undo(by.position)}>
                  Bring it back
                </button>
              </div>
            )
            : null}
        </div>
      </div>
    </>
  );
}

function Whole({ chain }: { chain: readonly ObjectView[] }) {
  const { store } = useApp();
  const view = chain[0]!;
  const body = useRef<HTMLDivElement>(null);
  const focus = store.inspectorFocus.value;
  // At once: whoever has pressed the key for it may write already.
  useLayoutEffect(() => {
    if (focus === null) return;
    const target = body.current?.parentElement?.querySelector<HTMLElement>(`[data-focus="${focus}"]`);
    target?.scrollIntoView({ block: "start" });
    target?.focus();
    if (target instanceof HTMLInputElement) target.select();
    store.inspectorFocus.value = null;
  }, [focus]);
  const summary = objectOf(store.scene.value, view.oid);
  const standing = store.morphs.value.has(view.oid);
  return (
    <>
      <div class="panel-head inspector-head">
        <span class={`kind-dot large kind-${kindOf(summary?.look ?? "")}`} aria-hidden="true" />
        <NameField view={view} />
        <CloseButton />
      </div>
      <div class="panel-body" ref={body}>
        {view.state === "quarantined"
          ? (
            <div class="problem" role="alert">
              <div class="problem-words">
                <p>This object is quarantined: {view.reason}</p>
                <p class="muted">Its bytes are kept as they are. Undo the change that damaged it.</p>
              </div>
            </div>
          )
          : null}
        <Actions view={view} standing={standing} />
        <ChainView chain={chain} />
        {isPersona(chain) ? <PersonaForm chain={chain} /> : null}
        <SlotsView view={view} />
        <MethodsView view={view} />
        <SendForm chain={chain} />
        <InheritedView chain={chain} />
        <ChildrenView view={view} />
        <HistoryView view={view} />
      </div>
    </>
  );
}

function Actions({ view, standing }: { view: ObjectView; standing: boolean }) {
  const { actions, show, stage } = useApp();
  const { oid } = view;
  const putHere = () => void actions.move({ oid, x: 0, y: 0 }).then(() => stage.renderer?.reveal(oid));
  return (
    <div class="row wrap inspector-actions">
      {standing
        ? (
          <button type="button" class="button small" title="Find on the canvas" onClick={() => show(oid)}>
            Find
          </button>
        )
        : (
          <button type="button" class="button small" title="Put on the canvas" onClick={putHere}>
            Place
          </button>
        )}
      <button type="button" class="button small" onClick={() => void actions.clone(oid)}>Clone</button>
      <button type="button" class="button small" onClick={() => void actions.extend(oid)}>Extend</button>
      <button type="button" class="button small danger" onClick={() => void actions.remove(oid)}>
        Delete
      </button>
      <button type="button" class="button small danger" onClick={() => actions.forget(oid)}>
        Forget…
      </button>
    </div>
  );
}
