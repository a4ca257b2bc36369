/** The thoughts that changed this object, and what it was then. */
import { useEffect, useState } from "preact/hooks";
import { ProblemNote } from "../chrome/problem_note.tsx";
import { UndoButton } from "../chrome/undo_button.tsx";
import type { ObjectView, ThoughtView } from "../../protocol.ts";
import { HISTORY_SHOWN_MAX } from "../limits.ts";
import { canBeUndone, undonePositions } from "../model/timeline.ts";
import { agoInWords, type Problem } from "../model/words.ts";
import { problemOf } from "../net/api.ts";
import { useApp } from "../state/app.ts";
import { Section } from "./section.tsx";
import { ValueView } from "./value_view.tsx";

export function HistoryView({ view }: { view: ObjectView }) {
  const { api, clock } = useApp();
  const [thoughts, setThoughts] = useState<readonly ThoughtView[] | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [open, setOpen] = useState<string | null>(null);
  useEffect(() => {
    let wanted = true;
    api.log({ object: view.oid, limit: HISTORY_SHOWN_MAX }).then(
      (log) => wanted && setThoughts(log.thoughts),
      (error) => wanted && setProblem(problemOf(error)),
    );
    return () => {
      wanted = false;
    };
  }, [view.oid, view.position]);
  const undone = undonePositions(thoughts ?? []);
  return (
    <Section title="History" {...(thoughts === null ? {} : { count: thoughts.length })} open={false}>
      {problem === null ? null : <ProblemNote problem={problem} />}
      <ol class="timeline compact">
        {(thoughts ?? []).map((thought) => {
          const { position, why, who, at } = thought;
          return (
            <li key={position} class="thought">
              <div class="thought-words">
                <button
                  type="button"
                  class="thought-why link"
                  aria-expanded={open === position}
                  onClick={() => setOpen(open === position ? null : position)}
                >
                  {why}
                </button>
                <span class="thought-meta">
                  <span>{who}</span>
                  <span title={new Date(at).toLocaleString()}>{agoInWords(at, clock())}</span>
                </span>
                {open === position ? <Then oid={view.oid} position={position} /> : null}
              </div>
              {canBeUndone(thought, undone) ? <UndoButton thought={thought} /> : null}
            </li>
          );
        })}
      </ol>
    </Section>
  );
}

/** The object as it was right after a thought. */
function Then({ oid, position }: { oid: string; position: string }) {
  const { api } = useApp();
  const [then, setThen] = useState<ObjectView | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    let wanted = true;
    api.object(oid, position).then(
      (view) => wanted && setThen(view),
      (error) => wanted && setProblem(problemOf(error)),
    );
    return () => {
      wanted = false;
    };
  }, [oid, position]);
  if (problem !== null) return <ProblemNote problem={problem} />;
  if (then === null) return <div class="skeleton-rows short" role="status" aria-label="Loading" />;
  return (
    <ul class="slots then" aria-label="As it was then">
      {Object.entries(then.slots).map(([name, value]) => (
        <li key={name} class="slot">
          <span class="slot-name">{name}</span>
          <ValueView value={value} />
        </li>
      ))}
      {Object.entries(then.methods).map(([name, { source, native }]) => (
        <li key={name} class="slot">
          <span class="slot-name">{name}</span>
          <code class="clip">{source ?? native}</code>
        </li>
      ))}
    </ul>
  );
}
