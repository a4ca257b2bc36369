/** One thought, opened: when exactly, what it changed, and what can be done from there. */
import { useEffect, useState } from "preact/hooks";
import type { DiffView as Diff, ThoughtView } from "../../protocol.ts";
import { ProblemNote } from "../chrome/problem_note.tsx";
import type { Problem } from "../model/words.ts";
import { problemOf } from "../net/api.ts";
import { useApp } from "../state/app.ts";
import { DiffView } from "./diff_view.tsx";

export interface ThoughtDetailProps {
  readonly thought: ThoughtView;
  readonly undoable: boolean;
  readonly undone: boolean;
  /** Called once what it changed is there. */
  readonly onLoaded: () => void;
}

export function ThoughtDetail({ thought, undoable, undone, onLoaded }: ThoughtDetailProps) {
  const { looking, actions, store } = useApp();
  const [diff, setDiff] = useState<Diff | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const { position, at, kind, persona, model } = thought;
  useEffect(() => {
    let wanted = true;
    looking.diffOf(position).then(
      (found) => wanted && setDiff(found),
      (error) => wanted && setProblem(problemOf(error)),
    );
    return () => {
      wanted = false;
    };
  }, [position]);
  useEffect(() => {
    if (diff !== null || problem !== null) onLoaded();
  }, [diff, problem]);
  const askFork = () => {
    const folder = `${store.health.value?.image.folder ?? ""}-fork`;
    store.dialog.value = {
      kind: "ask",
      title: "Fork the image from here",
      label: "Folder of the fork",
      text:
        "The whole image as it was right after this thought, memory included, is copied into a folder of its " +
        "own on the machine of the image. Both live on by themselves; what the fork does can be merged back.",
      confirm: "Fork",
      placeholder: folder,
      run: (text) => void actions.fork(text === "" ? folder : text, position),
    };
  };
  return (
    <div class="thought-detail">
      <span class="thought-meta">
        <time dateTime={new Date(at).toISOString()}>{new Date(at).toLocaleString()}</time>
        <span>{[kind, persona, model].filter((each) => each !== undefined).join(" · ")}</span>
        <code>{position}</code>
      </span>
      {problem !== null
        ? <ProblemNote problem={problem} />
        : diff === null
        ? <div class="skeleton-rows short" role="status" aria-label="Loading what it changed" />
        : <DiffView diff={diff} />}
      <div class="row wrap">
        {undone
          ? (
            <button type="button" class="button small" onClick={() => void actions.redo(position)}>
              Do it again
            </button>
          )
          : null}
        {undoable
          ? (
            <button type="button" class="button small" onClick={() => void actions.undo(position)}>
              Undo this
            </button>
          )
          : null}
        <button type="button" class="button small" onClick={askFork}>Fork from here</button>
      </div>
    </div>
  );
}
