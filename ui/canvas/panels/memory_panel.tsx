/** Remember a text; recall it in other words. A click on what was found shows it. */
import { useState } from "preact/hooks";
import { Icon } from "../chrome/icon.tsx";
import { ProblemNote } from "../chrome/problem_note.tsx";
import { filterOf } from "../model/recall_filter.ts";
import type { Problem } from "../model/words.ts";
import { problemOf } from "../net/api.ts";
import { useApp } from "../state/app.ts";
import { IngestPart } from "./ingest_view.tsx";
import { RecallFilterView } from "./recall_filter.tsx";
import { RecallHitView } from "./recall_hit.tsx";

export function MemoryPanel() {
  return (
    <div class="panel-body memory-panel">
      <Remember />
      <IngestPart />
      <Recall />
    </div>
  );
}

function Remember() {
  const { actions, store } = useApp();
  const { memory: draft } = store.drafts;
  const text = draft.value;
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const remember = async () => {
    if (text.trim() === "" || busy) return;
    setBusy(true);
    setProblem(null);
    try {
      await actions.remember(text.trim());
      // What was written meanwhile is another one.
      if (draft.value === text) draft.value = "";
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
        onInput={(event) => draft.value = event.currentTarget.value}
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
  const { hits, problem, busy } = store.recall.value;
  const { recalled: draft } = store.drafts;
  const { text, fields } = draft.value;
  const embedding = store.health.value?.embedding;
  const words = store.health.value?.ready.lexical;
  const lexical = embedding !== undefined && /hash|lexical/i.test(embedding.space);
  return (
    <div class="stack grow">
      <form
        class="stack"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          if (text.trim() !== "") void actions.recall(text.trim(), filterOf(fields));
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
            onInput={(event) => draft.value = { ...draft.value, text: event.currentTarget.value }}
          />
          <button type="submit" class="icon-button inside" aria-label="Recall" disabled={text.trim() === ""}>
            <Icon name="search" />
          </button>
        </div>
        <RecallFilterView fields={fields} onChange={(fields) => draft.value = { ...draft.value, fields }} />
      </form>
      {lexical
        ? <p class="hint">The embedding model is not here yet, so words are matched rather than meaning.</p>
        : null}
      {words === undefined || words.state === "ready" ||
          words.progress === undefined && words.state === "starting"
        ? null
        : <p class="hint">The index of words is not whole, so memories are found by meaning alone.</p>}
      {problem === null ? null : <ProblemNote problem={problem} />}
      <div class="hits" aria-live="polite" aria-busy={busy}>
        {busy ? <div class="skeleton-rows" aria-label="Recalling" role="status" /> : <Hits hits={hits} />}
      </div>
    </div>
  );
}

function Hits({ hits }: { hits: ReturnType<typeof useApp>["store"]["recall"]["value"]["hits"] }) {
  if (hits === null) return <p class="empty">What you remember here is found again by what it means.</p>;
  if (hits.length === 0) return <p class="empty">Nothing is remembered that comes near.</p>;
  return (
    <ol class="list" aria-label="Memories found">
      {hits.map((hit) => <RecallHitView key={hit.oid} hit={hit} />)}
    </ol>
  );
}
