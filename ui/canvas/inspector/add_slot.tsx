/** Adds a slot: its name, and a value or the source of a method. */
import { useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../chrome/icon.tsx";
import { ProblemNote } from "../chrome/problem_note.tsx";
import type { ObjectView } from "../../protocol.ts";
import { parseSlot, type SlotForm, slotNameProblem } from "../model/slot_text.ts";
import type { Problem } from "../model/words.ts";
import { problemOf } from "../net/api.ts";
import { useApp } from "../state/app.ts";
import { FormChoice } from "./form_choice.tsx";
import { localProblem } from "./slot_editor.tsx";

const EXAMPLES: Readonly<Record<SlotForm, string>> = {
  text: "any text",
  json: '12, true, ["a", "b"] or {"a": 1}',
  reference: "the name of an object",
  method: '(self) => self.get("width") * 2',
};

export function AddSlot({ view }: { view: ObjectView }) {
  const { actions } = useApp();
  const [open, setOpen] = useState(false);
  const [name, setName] = useState("");
  const [form, setForm] = useState<SlotForm>("text");
  const [text, setText] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), [open]);

  const add = async () => {
    const taken = [...Object.keys(view.slots), ...Object.keys(view.methods)];
    const wrong = slotNameProblem(name.trim(), taken);
    const parsed = parseSlot(text, form);
    if (wrong !== null) return setProblem(localProblem(wrong));
    if (!parsed.ok) return setProblem(localProblem(parsed.reason));
    try {
      await actions.setSlot(view.oid, name.trim(), parsed.value, null);
      setName("");
      setText("");
      setProblem(null);
      setOpen(false);
    } catch (error) {
      setProblem(problemOf(error));
    }
  };

  if (!open) {
    return (
      <button type="button" class="button small quiet add" onClick={() => setOpen(true)}>
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
    >
      <input
        class="input"
        aria-label="Name of the new slot"
        placeholder="name"
        spellcheck={false}
        ref={field}
        value={name}
        onInput={(event) => setName(event.currentTarget.value)}
      />
      <FormChoice form={form} onChange={setForm} withMethod />
      <textarea
        class={form === "text" ? "input" : "input code"}
        aria-label="Value of the new slot"
        placeholder={EXAMPLES[form]}
        rows={form === "method" ? 5 : 2}
        spellcheck={form === "text"}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      {problem === null ? null : <ProblemNote problem={problem} />}
      <div class="row end">
        <button type="button" class="button small quiet" onClick={() => setOpen(false)}>Cancel</button>
        <button type="submit" class="button small primary">Add</button>
      </div>
    </form>
  );
}
