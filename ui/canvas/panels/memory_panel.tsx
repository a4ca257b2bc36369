/** Remember a text; recall it in other words. A click on what was found shows it. */
import { useState } from "preact/hooks";
import { Icon } from "../chrome/icon.tsx";
import { ProblemNote } from "../chrome/problem_note.tsx";
import { agoInWords, type Problem } from "../model/words.ts";
import { problemOf } from "../net/api.ts";
import { useApp } from "../state/app.ts";

export function MemoryPanel() {
  return (
    <div class="panel-body memory-panel">
      <Remember />
      <Recall />
    </div>
  );
}

function Remember() {
  const { actions } = useApp();
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const remember = async () => {
    if (text.trim() === "" || busy) return;
    setBusy(true);
    setProblem(null);
    try {
      await actions.remember(text.trim());
      setText("");
    } catch (error) {
      setProblem(problemOf(error));
    }
    setBusy(false);
  };
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void remember();
      }}
    >
      <label class="field-label" for="remember-text">Something to remember</label>
      <textarea
        id="remember-text"
        class="input"
        rows={3}
        placeholder="The key to the bike shed hangs behind the blue door."
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
          event.preventDefault();
          void remember();
        }}
      />
      {problem === null ? null : <ProblemNote problem={problem} />}
      <div class="row end">
        <button type="submit" class="button primary" disabled={text.trim() === "" || busy}>
          {busy ? "Remembering…" : "Remember"}
        </button>
      </div>
    </form>
  );
}

function Recall() {
  const { store, actions } = useApp();
  const { query, hits, problem, busy } = store.recall.value;
  const [text, setText] = useState(query);
  const embedding = store.health.value?.embedding;
  const lexical = embedding !== undefined && /hash|lexical/i.test(embedding.space);
  return (
    <div class="stack grow">
      <form
        class="stack"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          if (text.trim() !== "") void actions.recall(text.trim());
        }}
      >
        <label class="field-label" for="recall-text">Recall, in any words</label>
        <div class="input-with-button">
          <input
            id="recall-text"
            class="input"
            type="search"
            placeholder="Where can I find my cycle?"
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
          <button type="submit" class="icon-button inside" aria-label="Recall" disabled={text.trim() === ""}>
            <Icon name="search" />
          </button>
        </div>
      </form>
      {lexical
        ? <p class="hint">The embedding model is not here yet, so words are matched rather than meaning.</p>
        : null}
      {problem === null ? null : <ProblemNote problem={problem} />}
      <div class="hits" aria-live="polite" aria-busy={busy}>
        {busy ? <div class="skeleton-rows" aria-label="Recalling" role="status" /> : <Hits hits={hits} />}
      </div>
    </div>
  );
}

function Hits({ hits }: { hits: ReturnType<typeof useApp>["store"]["recall"]["value"]["hits"] }) {
  const { store, show, clock } = useApp();
  if (hits === null) return <p class="empty">What you remember here is found again by what it means.</p>;
  if (hits.length === 0) return <p class="empty">Nothing is remembered that comes near.</p>;
  return (
    <ol class="list" aria-label="Memories found">
      {hits.map(({ oid, text, score, tier, source, at }) => (
        <li key={oid}>
          <button
            type="button"
            class="hit"
            aria-current={store.selected.value === oid}
            onClick={() => show(oid)}
          >
            <span class="hit-text">{text}</span>
            <span class="hit-meta">
              <Score score={score} />
              <span class="tag">{tier}</span>
              {source === null ? null : <span>{source}</span>}
              <span>{agoInWords(at, clock())}</span>
            </span>
          </button>
        </li>
      ))}
    </ol>
  );
}

function Score({ score }: { score: number }) {
  return (
    <span class="score" title={`Cosine similarity ${score.toFixed(4)}`}>
      <meter min={0} max={1} value={Math.max(0, score)} aria-hidden="true" />
      {score.toFixed(2)}
    </span>
  );
}
