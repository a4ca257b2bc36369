/**
 * Edits one slot where it stands. The change is refused when the slot has changed since the editor was opened; then
 * one sees what it is now and chooses. What is written is a draft, and is there again when one comes back.
 */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { ProblemNote } from "../chrome/problem_note.tsx";
import type { ObjectView, WireValue } from "../../protocol.ts";
import { formatSlot, formOf, parseSlot, previewOf } from "../model/slot_text.ts";
import { VALUE_PREVIEW_MAX } from "../limits.ts";
import { localProblem, type Problem } from "../model/words.ts";
import { problemOf } from "../net/api.ts";
import { useApp } from "../state/app.ts";
import { type SlotDraft, slotKey } from "../state/drafts.ts";
import { FormChoice } from "./form_choice.tsx";

export interface SlotEditorProps {
  readonly view: ObjectView;
  readonly slot: string;
  readonly draft: SlotDraft;
  /** The person has just opened it, and goes on in it. */
  readonly takesFocus: boolean;
}

/** The draft with which an edit of a slot begins. */
export function draftOf(view: ObjectView, value: WireValue): SlotDraft {
  return { form: formOf(value), text: formatSlot(value), seen: { at: view.position, value } };
}

export function SlotEditor({ view, slot, draft, takesFocus }: SlotEditorProps) {
  const { actions, api, store } = useApp();
  const { form, text, seen } = draft;
  const key = slotKey(view.oid, slot);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => {
    if (!takesFocus) return;
    field.current?.focus();
    field.current?.select();
  }, []);

  const change = (changed: Partial<SlotDraft>) => store.drafts.slots.put(key, { ...draft, ...changed });
  const close = () => store.drafts.slots.drop(key);
  const isRemoved = view.slots[slot] === undefined;
  const save = async () => {
    const parsed = parseSlot(text, form);
    if (!parsed.ok) return setProblem(localProblem(parsed.reason));
    if (isSame(parsed.value, view.slots[slot])) return close();
    // That it is gone is said below the field.
    const known = isRemoved ? { at: view.position, value: undefined } : seen;
    setBusy(true);
    try {
      const saved = await actions.setSlotAsSeen(view.oid, slot, parsed.value, {
        at: known.at,
        isSeen: ({ slots }) => isSame(slots[slot], known.value),
      });
      if ("set" in saved) return close();
      const theirs = saved.other.slots[slot];
      change({ seen: { at: saved.other.position, value: theirs } });
      setProblem(changedMeanwhile(
        slot,
        theirs === undefined ? "taken away" : `set to ${previewOf(theirs, VALUE_PREVIEW_MAX)}`,
      ));
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setBusy(false);
    }
  };
  const takeTheirs = async () => {
    try {
      const now = await api.object(view.oid);
      const theirs = now.slots[slot];
      if (theirs === undefined) return close();
      store.drafts.slots.put(key, draftOf(now, theirs));
      setProblem(null);
    } catch (error) {
      setProblem(problemOf(error));
    }
  };

  return (
    <div class="slot-editor">
      <FormChoice form={form} onChange={(form) => change({ form })} />
      <textarea
        ref={field}
        class={form === "text" ? "input" : "input code"}
        aria-label={`Value of ${slot}`}
        spellcheck={form === "text"}
        rows={Math.min(12, Math.max(2, text.split("\n").length + Math.floor(text.length / 44)))}
        value={text}
        onInput={(event) => change({ text: event.currentTarget.value })}
        onKeyDown={(event) => {
          if (event.key === "Escape") {
            event.stopPropagation();
            close();
          }
          if (
            event.key !== "Enter" || (!event.ctrlKey && !event.metaKey && text.includes("\n")) ||
            event.shiftKey || event.isComposing
          ) {
            return;
          }
          event.preventDefault();
          void save();
        }}
      />
      {problem === null && isRemoved
        ? <p class="hint">Somebody has taken this slot away. Saving puts it back.</p>
        : null}
      {problem === null ? null : (
        <ProblemNote
          problem={problem}
          {...(problem.code === "stale"
            ? { action: { label: "Reload what it is now", run: () => void takeTheirs() } }
            : {})}
        />
      )}
      <div class="row end">
        <button type="button" class="button small quiet" onClick={close}>Cancel</button>
        <button type="button" class="button small primary" disabled={busy} onClick={() => void save()}>
          Save
        </button>
      </div>
    </div>
  );
}

function isSame(one: WireValue | undefined, other: WireValue | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Why an edit is not saved at once when somebody else was first. `how` says what they did. */
export function changedMeanwhile(slot: string, how: string): Problem {
  return {
    code: "stale",
    message: `"${slot}" has been ${how} since you began`,
    hint: "Save again to put yours in its place.",
    retryable: false,
    details: {},
  };
}
