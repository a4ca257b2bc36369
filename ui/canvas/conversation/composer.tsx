/** Where a question is written: to whom, and what. Enter asks, Shift Enter begins a line. */
import { useRef, useState } from "preact/hooks";
import { Icon } from "../chrome/icon.tsx";
import { ProblemNote } from "../chrome/problem_note.tsx";
import { mentionsFor, withMention } from "../model/mentions.ts";
import { amongThose, askedOf, type Whom } from "../model/whom.ts";
import { type Problem, sentences } from "../model/words.ts";
import { problemOf } from "../net/api.ts";
import { useApp } from "../state/app.ts";
import { SeveralChoice, WhomChoice } from "./ask_whom.tsx";
import { MentionChoice } from "./mention_choice.tsx";

export function Composer({ onAsked }: { onAsked: () => void }) {
  const { store, talking } = useApp();
  const { questions } = store.drafts;
  const thread = store.thread.value;
  const text = questions.get(thread) ?? "";
  const write = (text: string) => text === "" ? questions.drop(thread) : questions.put(thread, text);
  const whom = amongThose(store.drafts.whom.value, store.personas.value);
  const setWhom = (whom: Whom) => void (store.drafts.whom.value = whom);
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
      await talking.ask({ query_text: question, ...askedOf(whom) });
      // What was written while the question was on its way is another one.
      if (questions.get(thread) === text) {
        write("");
        if (field.current !== null) field.current.style.height = "";
      }
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
      <SeveralChoice whom={whom} onChange={setWhom} />
      <MentionChoice
        text={text}
        onChoose={(chosen) => {
          write(chosen);
          field.current?.focus();
        }}
      />
      <label class="visually-hidden" for="question">Your question</label>
      <div class="composer-box">
        <textarea
          id="question"
          ref={field}
          rows={1}
          placeholder="Ask the personas…  @name says whom"
          value={text}
          onInput={(event) => {
            const area = event.currentTarget;
            write(area.value);
            area.style.height = "auto";
            area.style.height = `${Math.min(area.scrollHeight, 200)}px`;
          }}
          onKeyDown={(event) => {
            const [first] = mentionsFor(text, store.personas.value.flatMap(({ name }) => name ?? []));
            if (event.key === "Tab" && !event.shiftKey && first !== undefined) {
              event.preventDefault();
              write(withMention(text, first));
              return;
            }
            if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
            event.preventDefault();
            void ask();
          }}
        />
        <div class="composer-foot">
          <WhomChoice whom={whom} onChange={setWhom} />
          <button
            type="submit"
            class="button primary round"
            aria-label="Ask"
            disabled={text.trim() === "" || busy || (whom.several && whom.personas.length === 0)}
          >
            <Icon name="send" size={15} />
          </button>
        </div>
      </div>
    </form>
  );
}
