/** Adds a slot: its name, and a value or the source of a method. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../chrome/icon.tsx";
import { ProblemNote } from "../chrome/problem_note.tsx";
import type { ObjectView } from "../../protocol.ts";
import { parseSlot, type SlotForm, slotNameProblem } from "../model/slot_text.ts";
import { localProblem, type Problem } from "../model/words.ts";
import { problemOf } from "../net/api.ts";
import { useApp } from "../state/app.ts";
import type { NewSlotDraft } from "../state/drafts.ts";
import { FormChoice } from "./form_choice.tsx";

const EXAMPLES: Readonly<Record<SlotForm, string>> = {
  text: "any text",
  json: '12, true, ["a", "b"] or {"a": 1}',
  reference: "the name of an object",
  method: '(self) => self.get("width") * 2',
};

const NOTHING: NewSlotDraft = { name: "", form: "text", text: "" };

export function AddSlot({ view }: { view: ObjectView }) {
  const { actions, store } = useApp();
  const drafts = store.drafts.newSlots;
  const draft = drafts.get(view.oid);
  const { name, form, text } = draft ?? NOTHING;
  const open = draft !== undefined;
  const [problem, setProblem] = useState<Problem | null>(null);
  const field = useRef<HTMLInputElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const wasOpen = useRef(open);
  // Who opens it goes on in it, and who is done goes on from where it was opened; not who only comes by.
  useLayoutEffect(() => {
    if (wasOpen.current !== open) (open ? field : opener).current?.focus();
    wasOpen.current = open;
  }, [open]);
  const change = (changed: Partial<NewSlotDraft>) =>
    drafts.put(view.oid, { ...(draft ?? NOTHING), ...changed });
  const close = () => {
    setProblem(null);
    drafts.drop(view.oid);
  };

  const add = async () => {
    const taken = [...Object.keys(view.slots), ...Object.keys(view.methods)];
    const wrong = slotNameProblem(name.trim(), taken);
    const parsed = parseSlot(text, form);
    if (wrong !== null) return setProblem(localProblem(wrong));
    if (!parsed.ok) return setProblem(localProblem(parsed.reason));
    try {
      await actions.setSlot(view.oid, name.trim(), parsed.value, null);
      close();
    } catch (error) {
      setProblem(problemOf(error));
    }
  };

  if (!open) {
    return (
      <button type="button" class="button small quiet add" ref={opener} onClick={() => change({})}>
        <Icon name="plus" size={14} /> Add a slot or a method
      </button>
    );
  }
  return (
    <form
      class="stack add-slot"
      onSubmit={(event) => {
        event.preventDefault();
        void add();
      }}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        close();
      }}
    >
      <input
        class="input"
        aria-label="Name of the new slot"
        placeholder="name"
        spellcheck={false}
        ref={field}
        value={name}
        onInput={(event) => change({ name: event.currentTarget.value })}
      />
      <FormChoice form={form} onChange={(form) => change({ form })} withMethod />
      <textarea
        class={form === "text" ? "input" : "input code"}
        aria-label="Value of the new slot"
        placeholder={EXAMPLES[form]}
        rows={form === "method" ? 5 : 2}
        spellcheck={form === "text"}
        value={text}
        onInput={(event) => change({ text: event.currentTarget.value })}
      />
      {problem === null ? null : <ProblemNote problem={problem} />}
      <div class="row end">
        <button type="button" class="button small quiet" onClick={close}>Cancel</button>
        <button type="submit" class="button small primary">Add</button>
      </div>
    </form>
  );
}
