/** The object's name, to be changed in place. An empty name takes it away. */
import { useEffect, useState } from "preact/hooks";
import { ProblemNote } from "../chrome/problem_note.tsx";
import type { ObjectView } from "../../protocol.ts";
import type { Problem } from "../model/words.ts";
import { problemOf } from "../net/api.ts";
import { useApp } from "../state/app.ts";

export function NameField({ view }: { view: ObjectView }) {
  const { actions } = useApp();
  const known = view.name ?? "";
  const [text, setText] = useState(known);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => setText(known), [known]);
  const save = async () => {
    const name = text.trim();
    if (name === known) return setProblem(null);
    try {
      await actions.rename(view.oid, name === "" ? null : name, null);
      setProblem(null);
    } catch (error) {
      setProblem(problemOf(error));
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
          if (event.key === "Enter") event.currentTarget.blur();
          if (event.key !== "Escape") return;
          event.stopPropagation();
          setText(known);
          setProblem(null);
        }}
      />
      <code class="oid" title="The object's oid, which never changes">{view.oid}</code>
      {problem === null ? null : <ProblemNote problem={problem} />}
    </div>
  );
}
