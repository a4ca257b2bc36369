/** The object's name, to be changed in place. An empty name takes it away. */
import { useEffect, useRef, useState } from "preact/hooks";
import { ProblemNote } from "../chrome/problem_note.tsx";
import type { ObjectView } from "../../protocol.ts";
import type { Problem } from "../model/words.ts";
import { problemOf } from "../net/api.ts";
import { useApp } from "../state/app.ts";

export function NameField({ view }: { view: ObjectView }) {
  const { actions, stage } = useApp();
  const known = view.name ?? "";
  const [text, setText] = useState(known);
  /** As the image has it, as far as this field knows: ahead of the view after a change here. */
  const [kept, setKept] = useState(known);
  const [problem, setProblem] = useState<Problem | null>(null);
  // What is being written stays, whatever others name it meanwhile.
  useEffect(() => {
    if (text === kept) setText(known);
    setKept(known);
  }, [known, view.position]);
  const saving = useRef<string | null>(null);
  const save = async () => {
    const name = text.trim();
    if (name === kept) return setProblem(null);
    // Enter saves and stays; leaving the field afterwards is no second change.
    if (saving.current === name) return;
    saving.current = name;
    try {
      await actions.rename(view.oid, name === "" ? null : name, null);
      setKept(name);
      setProblem(null);
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      saving.current = null;
    }
  };
  return (
    <div class="name-field">
      <input
        class="name-input"
        data-focus="name"
        aria-label="Name"
        placeholder="without a name"
        spellcheck={false}
        value={text}
        maxLength={200}
        onInput={(event) => setText(event.currentTarget.value)}
        onBlur={() => void save()}
        onKeyDown={(event) => {
          if (event.key === "Enter") void save();
          if (event.key !== "Escape") return;
          event.stopPropagation();
          if (text === kept && problem === null) return stage.renderer?.focus();
          setText(kept);
          setProblem(null);
        }}
      />
      <code class="oid" title="The object's oid, which never changes">{view.oid}</code>
      {problem === null ? null : <ProblemNote problem={problem} />}
    </div>
  );
}
