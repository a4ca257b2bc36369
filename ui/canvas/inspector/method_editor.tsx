/** The source of a method, with line numbers; Tab indents, Ctrl S saves. A syntax error is shown at its line. */
import { useEffect, useRef, useState } from "preact/hooks";
import { ProblemNote } from "../chrome/problem_note.tsx";
import type { ObjectView } from "../../protocol.ts";
import type { Problem } from "../model/words.ts";
import { problemOf } from "../net/api.ts";
import { useApp } from "../state/app.ts";

export interface MethodEditorProps {
  readonly view: ObjectView;
  readonly name: string;
  readonly source: string;
  readonly doc?: string;
}

export function MethodEditor({ view, name, source, doc }: MethodEditorProps) {
  const { actions, api } = useApp();
  const [text, setText] = useState(source);
  const [seen, setSeen] = useState({ source, position: view.position });
  const [problem, setProblem] = useState<Problem | null>(null);
  const gutter = useRef<HTMLDivElement>(null);
  const changed = text !== seen.source;
  // Somebody else's change is taken over as long as one has not begun to write.
  useEffect(() => {
    if (changed || source === seen.source) {
      if (source === seen.source) setSeen({ source, position: view.position });
      return;
    }
    setText(source);
    setSeen({ source, position: view.position });
  }, [source, view.position]);

  /** What the method declares and its examples stay with it, unless the examples are to go. */
  const save = async ({ withoutExamples = false } = {}) => {
    if (!changed) return;
    try {
      const value = {
        $method: text,
        ...(doc === undefined ? {} : { doc }),
        ...(withoutExamples ? { examples: [] } : {}),
      };
      await actions.setSlot(view.oid, name, value, seen.position);
      setSeen({ source: text, position: null });
      setProblem(null);
    } catch (error) {
      setProblem(problemOf(error));
    }
  };
  const reload = async () => {
    try {
      const now = await api.object(view.oid);
      const theirs = now.methods[name]?.source ?? source;
      setText(theirs);
      setSeen({ source: theirs, position: now.position });
      setProblem(null);
    } catch (error) {
      setProblem(problemOf(error));
    }
  };
  const actionFor = ({ code }: Problem) => {
    if (code === "stale") return { action: { label: "Reload what it is now", run: () => void reload() } };
    if (code !== "edit_fails") return {};
    return {
      action: { label: "Save without its examples", run: () => void save({ withoutExamples: true }) },
    };
  };
  const wrongLine = typeof problem?.details["line"] === "number" ? problem.details["line"] : null;
  const lines = text.split("\n").length;

  return (
    <div class="method-editor">
      <div class="code-box">
        <div class="gutter" ref={gutter} aria-hidden="true">
          {Array.from(
            { length: lines },
            (_, index) => <span key={index} class={index + 1 === wrongLine ? "wrong" : ""}>{index + 1}</span>,
          )}
        </div>
        <textarea
          class="code"
          aria-label={`Source of ${name}`}
          spellcheck={false}
          wrap="off"
          rows={Math.min(20, Math.max(4, lines + 1))}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
          onScroll={(event) => {
            if (gutter.current !== null) gutter.current.scrollTop = event.currentTarget.scrollTop;
          }}
          onKeyDown={(event) => {
            if ((event.ctrlKey || event.metaKey) && (event.key === "s" || event.key === "Enter")) {
              event.preventDefault();
              void save();
            } else if (event.key === "Tab" && !event.shiftKey && !event.altKey) {
              event.preventDefault();
              indent(event.currentTarget);
              setText(event.currentTarget.value);
            } else if (event.key === "Escape") {
              // Tab indents here, so Escape is the way out for who has no pointer.
              event.stopPropagation();
              event.currentTarget.blur();
            }
          }}
        />
      </div>
      {problem === null ? null : (
        <ProblemNote
          problem={problem}
          {...actionFor(problem)}
        />
      )}
      <div class="row end">
        {changed
          ? <button type="button" class="button small quiet" onClick={() => void reload()}>Discard</button>
          : null}
        <button type="button" class="button small primary" disabled={!changed} onClick={() => void save()}>
          {changed ? "Save" : "Saved"}
        </button>
      </div>
    </div>
  );
}

function indent(area: HTMLTextAreaElement): void {
  area.setRangeText("  ", area.selectionStart, area.selectionEnd, "end");
}
