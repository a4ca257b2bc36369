/** Where a question is written: to whom, and what. Enter asks, Shift Enter begins a line. */
import { useRef, useState } from "preact/hooks";
import { Icon } from "../chrome/icon.tsx";
import { ProblemNote } from "../chrome/problem_note.tsx";
import { type Problem, sentences } from "../model/words.ts";
import { problemOf } from "../net/api.ts";
import { useApp } from "../state/app.ts";

export function Composer({ onAsked }: { onAsked: () => void }) {
  const { store, talking } = useApp();
  const [text, setText] = useState("");
  const [persona, setPersona] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const degraded = store.health.value?.degraded.find(({ part }) => part === "mind");
  const mind = store.health.value?.mind.name;

  const ask = async () => {
    const question = text.trim();
    if (question === "" || busy) return;
    setBusy(true);
    setProblem(null);
    try {
      await talking.ask(question, persona === "" ? null : persona);
      setText("");
      if (field.current !== null) field.current.style.height = "";
      onAsked();
    } catch (error) {
      setProblem(problemOf(error));
    }
    setBusy(false);
    field.current?.focus();
  };

  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        void ask();
      }}
    >
      {problem === null ? null : <ProblemNote problem={problem} />}
      {degraded === undefined && mind !== "recall" ? null : (
        <p class="hint">
          {sentences(
            degraded?.reason ?? "No model is there: answers quote what is remembered",
            degraded?.hint,
          )}
        </p>
      )}
      <label class="visually-hidden" for="question">Your question</label>
      <div class="composer-box">
        <textarea
          id="question"
          ref={field}
          rows={1}
          placeholder="Ask the personas…"
          value={text}
          onInput={(event) => {
            const area = event.currentTarget;
            setText(area.value);
            area.style.height = "auto";
            area.style.height = `${Math.min(area.scrollHeight, 200)}px`;
          }}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
            event.preventDefault();
            void ask();
          }}
        />
        <div class="composer-foot">
          <label class="visually-hidden" for="persona">Who answers</label>
          <select
            id="persona"
            class="select"
            value={persona}
            onChange={(event) => setPersona(event.currentTarget.value)}
          >
            <option value="">Whom it suits</option>
            {store.personas.value.map(({ oid, name }) => <option key={oid} value={oid}>{name ?? oid}
            </option>)}
          </select>
          <button
            type="submit"
            class="button primary round"
            aria-label="Ask"
            disabled={text.trim() === "" || busy}
          >
            <Icon name="send" size={15} />
          </button>
        </div>
      </div>
    </form>
  );
}
