/** The source of a method, with line numbers; Tab indents, Ctrl S saves. A syntax error is shown at its line. */
import { useEffect, useRef, useState } from "preact/hooks";
import { ProblemNote } from "../chrome/problem_note.tsx";
import type { MethodView, ObjectView } from "../../protocol.ts";
import type { Problem } from "../model/words.ts";
import { problemOf } from "../net/api.ts";
import { useApp } from "../state/app.ts";
import { slotKey } from "../state/drafts.ts";
import { changedMeanwhile } from "./slot_editor.tsx";

export interface MethodEditorProps {
  readonly view: ObjectView;
  readonly name: string;
  /** As it is now; null when it was taken away while it was edited. */
  readonly method: MethodView | null;
}

export function MethodEditor({ view, name, method }: MethodEditorProps) {
  const { actions, inspecting, store } = useApp();
  const drafts = store.drafts.methods;
  const key = slotKey(view.oid, name);
  const { text, seen } = drafts.get(key) ??
    { text: method?.source ?? "", seen: { method, position: view.position } };
  const changed = text !== seen.method?.source;
  const [problem, setProblem] = useState<Problem | null>(null);
  const gutter = useRef<HTMLDivElement>(null);
  const write = (text: string) => drafts.put(key, { text, seen });
  // What was saved is shown until the image tells it; somebody else's change, as long as one has not begun to write.
  useEffect(() => {
    const now = drafts.get(key);
    if (now?.text === now?.seen.method?.source) drafts.drop(key);
  }, [method?.source, view.position]);

  /** What the method declares and its examples stay with it, unless the examples are to go. */
  const save = async ({ withoutExamples = false } = {}) => {
    if (!changed) return;
    const { doc, effects } = method ?? seen.method ?? {};
    try {
      const value = {
        $method: text,
        ...(doc === undefined ? {} : { doc }),
        // One that was taken away has nothing that could stay with it.
        ...(method !== null || effects === undefined ? {} : { effects }),
        ...(withoutExamples ? { examples: [] } : {}),
      };
      const saved = await actions.setSlotAsSeen(view.oid, name, value, {
        at: seen.position,
        isSeen: ({ methods }) => methods[name]?.source === seen.method?.source,
      });
      if ("set" in saved) {
        const set: MethodView = { ...(seen.method ?? { kind: "image" }), source: text };
        drafts.put(key, { text, seen: { method: set, position: saved.set } });
        return setProblem(null);
      }
      const theirs = saved.other.methods[name];
      // What it declared is kept for when it is put back.
      const known = theirs ?? (seen.method === null ? null : withoutSource(seen.method));
      drafts.put(key, { text, seen: { method: known, position: saved.other.position } });
      setProblem(changedMeanwhile(name, theirs === undefined ? "taken away" : "changed"));
    } catch (error) {
      setProblem(problemOf(error));
    }
  };
  const discard = () => {
    drafts.drop(key);
    setProblem(null);
    inspecting.reload();
  };
  const actionFor = ({ code }: Problem) => {
    if (code === "stale") return { action: { label: "Reload what it is now", run: discard } };
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
          onInput={(event) => write(event.currentTarget.value)}
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
              write(event.currentTarget.value);
            } else if (event.key === "Escape") {
              // Tab indents here, so Escape is the way out for who has no pointer.
              event.stopPropagation();
              event.currentTarget.closest("[data-method]")?.querySelector<HTMLElement>(".method-name")
                ?.focus();
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
        {changed ? <button type="button" class="button small quiet" onClick={discard}>Discard</button> : null}
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

function withoutSource({ source: _, ...method }: MethodView): MethodView {
  return method;
}
