/** Curation: a run now, how far it is, the concepts there are, and what the last run did, why, and how to take it back. */
import { useEffect } from "preact/hooks";
import type { CurationReport, CurationView } from "../../protocol.ts";
import { ProblemNote } from "../chrome/problem_note.tsx";
import { CONCEPTS_SHOWN_MAX } from "../limits.ts";
import { agoInWords, countInWords, inWords } from "../model/words.ts";
import { useApp } from "../state/app.ts";

const STAGE_WORDS = {
  reading: "Reading memories",
  relating: "Looking for what is near",
  gating: "Looking for duplicates",
  clustering: "Finding groups",
  defining: "Naming a concept",
  committing: "Keeping a concept",
  reporting: "Writing the report",
  ended: "Done",
} as const;

export function CurationPanel() {
  const { curating, clock } = useApp();
  const view = curating.view.value;
  const problem = curating.problem.value;
  useEffect(() => void curating.load(), []);
  return (
    <div class="panel-body stack curation">
      {problem === null ? null : <ProblemNote problem={problem} />}
      {view === null ? null : (
        <>
          <Now view={view} now={clock()} />
          {view.problems.map((each) => <p key={each} class="problem warn">{each}</p>)}
          <Concepts concepts={view.concepts} />
          {view.report === null ? null : <LastRun report={view.report} now={clock()} />}
        </>
      )}
    </div>
  );
}

function Now({ view, now }: { view: CurationView; now: number }) {
  const { curating } = useApp();
  const live = curating.stage.value;
  const running = live ?? view.running;
  return (
    <section class="stack tight" aria-label="Curation">
      <div class="row between">
        {running === null
          ? (
            <p class="muted">
              {view.state === "off"
                ? "Off: it curates when you ask."
                : view.next === null
                ? "Curates by itself when much is new."
                : `Next ${inWords(view.next, now)}, if nobody is here.`}
            </p>
          )
          : (
            <p class="row" role="status">
              <span class="spinner" aria-hidden="true" />
              {STAGE_WORDS[running.stage]}
              {running.total === 0 ? "…" : `: ${running.done} of ${running.total}`}
            </p>
          )}
        {running === null
          ? (
            <button type="button" class="button small primary" onClick={() => void curating.curate()}>
              Curate now
            </button>
          )
          : <button type="button" class="button small" onClick={() => void curating.stop()}>Stop</button>}
      </div>
      {running === null || running.total === 0
        ? null
        : <progress value={running.done} max={running.total} aria-label="How far it is" />}
    </section>
  );
}

function Concepts({ concepts }: { concepts: CurationView["concepts"] }) {
  const { show } = useApp();
  if (concepts.length === 0) {
    return (
      <div class="empty">
        <p>There are no concepts yet.</p>
        <p class="hint">
          Memories that are near one another become a concept while nobody is here. Duplicates and empty words
          are masked then; each step can be undone.
        </p>
      </div>
    );
  }
  return (
    <section class="stack tight" aria-label="Concepts">
      <h3 class="field-label">{countInWords(concepts.length, "concept")}</h3>
      <ul class="concepts">
        {concepts.slice(0, CONCEPTS_SHOWN_MAX).map(({ oid, title, definition, sources, by }) => (
          <li key={oid}>
            <button type="button" class="concept" onClick={() => show(oid)}>
              <strong>{title}</strong>
              <span class="concept-words">{definition}</span>
              <span class="muted">{countInWords(sources, "memory", "memories")}, worded by {by}</span>
            </button>
          </li>
        ))}
      </ul>
      {concepts.length <= CONCEPTS_SHOWN_MAX
        ? null
        : <p class="hint">The newest {CONCEPTS_SHOWN_MAX} of {concepts.length} are shown.</p>}
    </section>
  );
}

function LastRun({ report, now }: { report: CurationReport; now: number }) {
  const { actions } = useApp();
  const { looked, outcome, reason, entries, more, at, tookMs } = report;
  return (
    <section class="stack tight" aria-label="Last run">
      <h3 class="field-label">Last run, {agoInWords(at, now)}</h3>
      <p class="muted">
        {outcome === "done"
          ? "Looked"
          : `It ${outcome === "failed" ? "failed" : `was ${outcome}`}; it had looked`} at{" "}
        {countInWords(looked.memories, "memory", "memories")} in {(tookMs / 1_000).toFixed(1)} s.
        {reason === null ? "" : ` ${outcome === "done" ? "No mind was asked: " : ""}${reason}.`}
      </p>
      {entries.length === 0 ? <p class="hint">There was nothing to do.</p> : (
        <ul class="curation-entries">
          {entries.map(({ did, text, why, position }) => (
            <li key={`${position} ${text}`}>
              <div class="row between">
                <span class={`tag ${did === "masked" ? "warn" : ""}`}>{did}</span>
                {position === null ? null : (
                  <button
                    type="button"
                    class="button small"
                    aria-label={`Undo: ${did} ${text}`}
                    onClick={() => void actions.undo(position)}
                  >
                    Undo
                  </button>
                )}
              </div>
              <span class="clip">{text}</span>
              <span class="muted">{why}</span>
            </li>
          ))}
        </ul>
      )}
      {more === 0 ? null : <p class="hint">And {more} more, in the history.</p>}
    </section>
  );
}
