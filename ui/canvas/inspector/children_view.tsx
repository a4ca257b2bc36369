/** The objects that have this one as a direct parent, a page at a time, looked up once the section is opened. */
import { useEffect, useState } from "preact/hooks";
import { ProblemNote } from "../chrome/problem_note.tsx";
import type { ObjectSummary, ObjectView } from "../../protocol.ts";
import { titleOf } from "../model/morphs.ts";
import type { Problem } from "../model/words.ts";
import { problemOf } from "../net/api.ts";
import { useApp } from "../state/app.ts";
import { Section } from "./section.tsx";

export function ChildrenView({ view }: { view: ObjectView }) {
  return (
    <Section title="Children" open={false}>
      <Pages key={view.oid} oid={view.oid} />
    </Section>
  );
}

function Pages({ oid }: { oid: string }) {
  const { api, show } = useApp();
  const [children, setChildren] = useState<readonly ObjectSummary[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const load = async (after?: string) => {
    try {
      const page = await api.children(oid, after);
      setChildren((known) => [...(after === undefined ? [] : known ?? []), ...page.objects]);
      setNext(page.next);
      setProblem(null);
    } catch (error) {
      setProblem(problemOf(error));
    }
  };
  useEffect(() => void load(), [oid]);
  return (
    <>
      {problem === null
        ? null
        : <ProblemNote problem={problem} action={{ label: "Try again", run: () => void load() }} />}
      {children === null && problem === null
        ? <div class="skeleton-rows short" role="status" aria-label="Loading" />
        : null}
      {children?.length === 0 ? <p class="empty">Nothing has it as a direct parent.</p> : null}
      <ul class="chips" aria-label="Children">
        {(children ?? []).map((child) => (
          <li key={child.oid}>
            <button type="button" class="chip" onClick={() => show(child.oid)}>{titleOf(child)}</button>
          </li>
        ))}
      </ul>
      {next === null
        ? null
        : (
          <button type="button" class="button small quiet add" onClick={() => void load(next)}>
            Show more
          </button>
        )}
    </>
  );
}
