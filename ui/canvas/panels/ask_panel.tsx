/** Asks objects by their slots: in words, with the structured question that was made of them to see and to correct. */
import { useState } from "preact/hooks";
import { Icon } from "../chrome/icon.tsx";
import { ProblemNote } from "../chrome/problem_note.tsx";
import type { QuestionAnswerView, QuestionQuery } from "../../protocol.ts";
import type { Problem } from "../model/words.ts";
import { problemOf } from "../net/api.ts";
import { useApp } from "../state/app.ts";
import { QuestionForm } from "./question_form.tsx";

const EXAMPLES = [
  "what fills doc in genesis",
  "which objects have width = 5",
  "what is to square as 4 is to rectangle",
];

export function AskPanel() {
  const { api, store } = useApp();
  const { asked } = store.drafts;
  const words = asked.value;
  const answer = store.answered.value;
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const ask = async (query: QuestionQuery) => {
    if (busy) return;
    setBusy(true);
    setProblem(null);
    try {
      store.answered.value = await api.question(query);
    } catch (error) {
      store.answered.value = null;
      setProblem(problemOf(error));
    }
    setBusy(false);
  };
  const askWords = (text: string) => {
    asked.value = text;
    if (text.trim() !== "") void ask({ q: text.trim() });
  };
  return (
    <div class="panel-body stack ask-panel">
      <form
        class="stack"
        role="search"
        aria-label="Ask objects"
        onSubmit={(event) => {
          event.preventDefault();
          askWords(words);
        }}
      >
        <label class="field-label" for="ask-text">A question about objects and their slots</label>
        <div class="input-with-button">
          <input
            id="ask-text"
            class="input"
            type="search"
            maxLength={1_000}
            placeholder="what is the currency of mexico"
            value={words}
            onInput={(event) => asked.value = event.currentTarget.value}
          />
          <button type="submit" class="icon-button inside" aria-label="Ask" disabled={words.trim() === ""}>
            <Icon name="search" />
          </button>
        </div>
      </form>
      {store.past.value === null
        ? null
        : <p class="hint">Objects answer by what they hold now, not by the past that is shown.</p>}
      {problem === null ? null : <ProblemNote problem={problem} />}
      <div class="stack" aria-live="polite" aria-busy={busy}>
        {busy
          ? <div class="skeleton-rows" aria-label="Asking" role="status" />
          : answer === null
          ? <Examples shown={problem === null} onAsk={askWords} />
          : <Answered answer={answer} />}
      </div>
      {busy || answer === null ? null : (
        <QuestionForm
          key={answer.translation}
          question={answer.question}
          onAsk={(structured) => void ask({ structured })}
        />
      )}
    </div>
  );
}

function Examples({ shown, onAsk }: { shown: boolean; onAsk: (words: string) => void }) {
  return (
    <div class="empty stack">
      {shown ? <p>Objects answer by what their slots hold, and say when they do not know.</p> : null}
      <p class="chips">
        {EXAMPLES.map((example) => (
          <button
            key={example}
            type="button"
            class="chip"
            onClick={() => onAsk(example)}
          >
            {example}
          </button>
        ))}
      </p>
    </div>
  );
}

function Answered({ answer }: { answer: QuestionAnswerView }) {
  const { show } = useApp();
  const { answers, known, translation, translator, hops, considered, truncated } = answer;
  return (
    <>
      {known
        ? (
          <ol class="ask-answers" aria-label="Answers">
            {answers.map(({ text, oid, similarity, margin }) => (
              <li key={oid ?? text} class="ask-answer">
                {oid === null
                  ? <strong>{text}</strong>
                  : <button type="button" class="link" onClick={() => show(oid)}>{text}</button>}
                <Figures similarity={similarity} margin={margin} />
              </li>
            ))}
          </ol>
        )
        : <p class="ask-unknown">I do not know.</p>}
      <p class="ask-translation">
        <span class="muted">Understood as</span> <q>{translation}</q>{" "}
        <span class="tag">{translatorInWords(translator)}</span>
      </p>
      {translator.note === null ? null : <p class="hint">{translator.note}</p>}
      <details class="why">
        <summary>How it was found</summary>
        <ul class="ask-hops">
          {hops.map((hop, index) => (
            <li key={index}>
              <span>{hop.asked}</span>
              <span class={hop.known ? "" : "muted"}>
                {hop.nearest === null
                  ? "nothing to compare with"
                  : `${hop.known ? "" : "unknown, nearest is "}${hop.nearest}`}
              </span>
              <Figures similarity={hop.similarity} margin={hop.margin} threshold={hop.threshold} />
            </li>
          ))}
        </ul>
        <p class="hint">
          Chosen from {considered.toLocaleString("en")}.
          {truncated ? " The image has more than a question looks at." : ""}
        </p>
      </details>
    </>
  );
}

function translatorInWords({ by, persona, model }: QuestionAnswerView["translator"]): string {
  if (by === "persona") return `by ${persona}, ${model}`;
  return by === "patterns" ? "by patterns" : "as you asked it";
}

function Figures(
  { similarity, margin, threshold }: { similarity: number; margin: number; threshold?: number },
) {
  const words = `similarity ${similarity.toFixed(3)}, ${margin.toFixed(3)} before the next`;
  return (
    <span class="score" title={threshold === undefined ? words : `${words}; from ${threshold.toFixed(3)} on`}>
      <meter min={0} max={1} value={Math.max(0, similarity)} aria-hidden="true" />
      {similarity.toFixed(2)}
    </span>
  );
}
