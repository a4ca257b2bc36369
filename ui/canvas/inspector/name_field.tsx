/**
 * The object's name, to be changed in place. An empty name takes it away. What is written and not taken stays written,
 * with the reason, also when another object was chosen meanwhile.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import { ProblemNote } from "../chrome/problem_note.tsx";
import type { ObjectView } from "../../protocol.ts";
import { problemOf } from "../net/api.ts";
import { useApp } from "../state/app.ts";
import type { NameDraft } from "../state/drafts.ts";

export function NameField({ view }: { view: ObjectView }) {
  const { actions, stage, store, toaster } = useApp();
  const { oid, name: known, position } = view;
  const drafts = store.drafts.names;
  const draft = drafts.get(oid);
  /** As it was saved here, until the view tells it. */
  const [saved, setSaved] = useState<string | null>(null);
  useEffect(() => setSaved(null), [known, position]);
  const shown = saved ?? known ?? "";
  const { text, seen, problem } = draft ??
    { text: shown, seen: { name: known, at: position }, problem: null };
  const isShown = useRef(true);
  useEffect(() => () => void (isShown.current = false), []);
  const saving = useRef<string | null>(null);

  const put = (changed: Partial<NameDraft>) => drafts.put(oid, { text, seen, problem, ...changed });
  const save = async () => {
    const wanted = text.trim();
    if (wanted === shown) return drafts.drop(oid);
    // Enter saves and stays; leaving the field afterwards is no second change.
    if (saving.current === wanted) return;
    saving.current = wanted;
    try {
      const name = wanted === "" ? null : wanted;
      const outcome = await actions.renameAsSeen(oid, name, {
        at: seen.at,
        isSeen: (now) => now.name === seen.name,
      });
      if ("set" in outcome) {
        drafts.drop(oid);
        return setSaved(wanted);
      }
      const { name: theirs, position: at } = outcome.other;
      put({ seen: { name: theirs, at }, problem: renamedMeanwhile(theirs) });
    } catch (error) {
      put({ problem: problemOf(error) });
      if (!isShown.current) toaster.fail(error);
    } finally {
      saving.current = null;
    }
  };
  return (
    <div class="name-field">
      <input
        class="name-input"
        data-focus="name"
        aria-label="Name"
        placeholder="without a name"
        spellcheck={false}
        value={text}
        maxLength={200}
        onInput={(event) => put({ text: event.currentTarget.value, problem: null })}
        onBlur={() => void save()}
        onKeyDown={(event) => {
          if (event.key === "Enter" && !event.isComposing) void save();
          if (event.key !== "Escape") return;
          event.stopPropagation();
          if (text === shown && problem === null) return stage.renderer?.focus();
          drafts.drop(oid);
        }}
      />
      <code class="oid" title="The object's oid, which never changes">{oid}</code>
      {problem === null ? null : <ProblemNote problem={problem} />}
    </div>
  );
}

function renamedMeanwhile(theirs: string | null) {
  return {
    code: "stale",
    message: theirs === null
      ? "Its name has been taken away since you began"
      : `It has been renamed to "${theirs}" since you began`,
    hint: "Press Enter again to put yours in its place.",
    retryable: false,
    details: {},
  };
}
