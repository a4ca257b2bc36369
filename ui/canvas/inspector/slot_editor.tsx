/**
 * Edits one slot where it stands. The change is refused when the slot has changed since the editor was opened; then
 * one sees what it is now and chooses.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import { ProblemNote } from "../chrome/problem_note.tsx";
import type { ObjectView, WireValue } from "../../protocol.ts";
import { formatSlot, formOf, parseSlot, previewOf, type SlotForm } from "../model/slot_text.ts";
import { VALUE_PREVIEW_MAX } from "../limits.ts";
import type { Problem } from "../model/words.ts";
import { problemOf } from "../net/api.ts";
import { useApp } from "../state/app.ts";
import { FormChoice } from "./form_choice.tsx";

export interface SlotEditorProps {
  readonly view: ObjectView;
  readonly slot: string;
  readonly value: WireValue;
  readonly onDone: () => void;
}

export function SlotEditor({ view, slot, value, onDone }: SlotEditorProps) {
  const { actions, api } = useApp();
  // Others may change the object while one writes: what counts is what one has seen when one began.
  const [seen, setSeen] = useState<{ at: ObjectView["position"]; value: WireValue | undefined }>({
    at: view.position,
    value,
  });
  const [form, setForm] = useState<SlotForm>(formOf(value));
  const [text, setText] = useState(formatSlot(value));
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    field.current?.focus();
    field.current?.select();
  }, []);

  const save = async () => {
    const parsed = parseSlot(text, form);
    if (!parsed.ok) return setProblem(localProblem(parsed.reason));
    if (JSON.stringify(parsed.value) === JSON.stringify(value)) return onDone();
    setBusy(true);
    try {
      await setUnlessChanged(parsed.value);
    } catch (error) {
      setProblem(problemOf(error));
    }
    setBusy(false);
  };
  /** A change of another slot is no reason to refuse this one; of this slot, one is told what it is now. */
  const setUnlessChanged = async (wanted: WireValue) => {
    try {
      await actions.setSlot(view.oid, slot, wanted, seen.at);
    } catch (error) {
      if (problemOf(error).code !== "stale") throw error;
      const now = await api.object(view.oid);
      const theirs = now.slots[slot];
      if (JSON.stringify(theirs) !== JSON.stringify(seen.value)) {
        setSeen({ at: now.position, value: theirs });
        return setProblem(changedMeanwhile(slot, theirs));
      }
      await actions.setSlot(view.oid, slot, wanted, now.position);
    }
    onDone();
  };
  const takeTheirs = async () => {
    try {
      const now = await api.object(view.oid);
      const theirs = now.slots[slot] ?? value;
      setText(formatSlot(theirs));
      setForm(formOf(theirs));
      setSeen({ at: now.position, value: theirs });
      setProblem(null);
    } catch (error) {
      setProblem(problemOf(error));
    }
  };

  return (
    <div class="slot-editor">
      <FormChoice form={form} onChange={setForm} />
      <textarea
        ref={field}
        class={form === "text" ? "input" : "input code"}
        aria-label={`Value of ${slot}`}
        spellcheck={form === "text"}
        rows={Math.min(12, Math.max(2, text.split("\n").length + Math.floor(text.length / 44)))}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") {
            event.stopPropagation();
            onDone();
          }
          if (
            event.key !== "Enter" || (!event.ctrlKey && !event.metaKey && text.includes("\n")) ||
            event.shiftKey
          ) {
            return;
          }
          event.preventDefault();
          void save();
        }}
      />
      {problem === null ? null : (
        <ProblemNote
          problem={problem}
          {...(problem.code === "stale"
            ? { action: { label: "Reload what it is now", run: () => void takeTheirs() } }
            : {})}
        />
      )}
      <div class="row end">
        <button type="button" class="button small quiet" onClick={onDone}>Cancel</button>
        <button type="button" class="button small primary" disabled={busy} onClick={() => void save()}>
          Save
        </button>
      </div>
    </div>
  );
}

function changedMeanwhile(slot: string, theirs: WireValue | undefined): Problem {
  const now = theirs === undefined ? "taken away" : `set to ${previewOf(theirs, VALUE_PREVIEW_MAX)}`;
  return {
    code: "stale",
    message: `"${slot}" has been ${now} since you began`,
    hint: "Save again to put yours in its place.",
    retryable: false,
    details: {},
  };
}

/** A problem that was found before anything was sent. */
export function localProblem(message: string): Problem {
  return { code: "invalid_here", message, hint: "Correct it and try again.", retryable: false, details: {} };
}
