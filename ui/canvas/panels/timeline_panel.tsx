/** The thoughts of the image, newest first: who, why, when. A chosen one is opened, and the canvas shows that past. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { ThoughtView } from "../../protocol.ts";
import { agoInWords, positionInWords, type Problem } from "../model/words.ts";
import { ProblemNote } from "../chrome/problem_note.tsx";
import { UndoButton } from "../chrome/undo_button.tsx";
import { TIMELINE_PAGE, TIMELINE_THOUGHTS_MAX } from "../limits.ts";
import { canBeUndone, mergeThoughts, objectsShown, undonePositions } from "../model/timeline.ts";
import { nameIn } from "../model/morphs.ts";
import { problemOf } from "../net/api.ts";
import { useApp } from "../state/app.ts";
import { HistoryCost } from "./history_cost.tsx";
import { Scrubber } from "./scrubber.tsx";
import { ThoughtDetail } from "./thought_detail.tsx";

const NAMES_SHOWN = 3;

export function TimelinePanel() {
  const { store } = useApp();
  const thoughts = store.thoughts.value;
  if (thoughts.length === 0) {
    const words = store.load.value.state === "ready" ? "Nothing has happened yet." : "Not loaded yet.";
    return (
      <div class="panel-body">
        <p class="empty">{words}</p>
      </div>
    );
  }
  const undone = undonePositions(thoughts);
  return (
    <div class="panel-body">
      <Scrubber />
      <HistoryCost />
      <ol class="timeline" aria-label="Thoughts, newest first">
        {thoughts.map((thought) => (
          <Entry
            key={thought.position}
            thought={thought}
            isUndone={undone.has(thought.position)}
            undoable={canBeUndone(thought, undone)}
          />
        ))}
      </ol>
      <Older />
    </div>
  );
}

interface EntryProps {
  readonly thought: ThoughtView;
  readonly isUndone: boolean;
  readonly undoable: boolean;
}

function Entry({ thought, isUndone, undoable }: EntryProps) {
  const { store, looking, show, clock } = useApp();
  const [opened, setOpened] = useState(false);
  const { position, who, why, at, objects } = thought;
  const isShown = store.past.value?.position === position;
  const isOpen = opened || isShown;
  const element = useRef<HTMLLIElement>(null);
  const scene = store.scene.value;
  const known = objectsShown(
    thought,
    (oid) => store.names.value.has(oid) || scene.objects.has(oid),
    NAMES_SHOWN,
  );
  const choose = () => {
    if (isOpen) {
      if (isShown) looking.leave();
      setOpened(false);
      return;
    }
    setOpened(true);
    // Right after the newest thought is now.
    if (position === store.thoughts.value[0]?.position) looking.leave();
    else looking.visit(position);
  };
  // A thought that was chosen elsewhere, or that has grown, comes into sight.
  const intoSight = () => {
    if (isOpen) element.current?.scrollIntoView({ block: "nearest" });
  };
  useEffect(intoSight, [isShown]);
  return (
    <li ref={element} class={`thought${isUndone ? " undone" : ""}${isShown ? " shown" : ""}`}>
      <div class="thought-words">
        <button type="button" class="thought-why link" aria-expanded={isOpen} onClick={choose}>{why}</button>
        <span class="thought-meta">
          <span>{who}</span>
          <span title={new Date(at).toLocaleString()}>{agoInWords(at, clock())}</span>
          <code title={position}>{positionInWords(position)}</code>
          {isUndone ? <span class="tag">undone</span> : null}
          {isShown ? <span class="tag shown">on the canvas</span> : null}
        </span>
        {isOpen
          ? <ThoughtDetail thought={thought} undoable={undoable} undone={isUndone} onLoaded={intoSight} />
          : (
            <span class="thought-objects">
              {known.map((oid) => (
                <button key={oid} type="button" class="chip" onClick={() => show(oid)}>
                  {store.names.value.get(oid) ?? (scene.objects.has(oid) ? nameIn(scene, oid) : "show it")}
                </button>
              ))}
              {objects.length > known.length
                ? <span class="muted">and {objects.length - known.length} more</span>
                : null}
            </span>
          )}
      </div>
      {undoable && !isOpen ? <UndoButton thought={thought} /> : null}
    </li>
  );
}

/** Loads what came before, until the list is as long as it may be. */
function Older() {
  const { api, store } = useApp();
  const [state, setState] = useState<{ busy: boolean; end: boolean; problem: Problem | null }>({
    busy: false,
    end: false,
    problem: null,
  });
  const thoughts = store.thoughts.value;
  const load = async () => {
    setState({ ...state, busy: true, problem: null });
    try {
      const before = thoughts.at(-1)!.position;
      const page = (await api.log({ before, limit: TIMELINE_PAGE })).thoughts;
      store.thoughts.value = mergeThoughts(store.thoughts.value, page);
      setState({ busy: false, end: page.length < TIMELINE_PAGE, problem: null });
    } catch (error) {
      setState({ busy: false, end: false, problem: problemOf(error) });
    }
  };
  if (state.problem !== null) {
    return <ProblemNote problem={state.problem} action={{ label: "Try again", run: () => void load() }} />;
  }
  if (state.end || thoughts.length < TIMELINE_PAGE) return <p class="muted timeline-end">Here it began.</p>;
  if (thoughts.length >= TIMELINE_THOUGHTS_MAX) {
    return (
      <p class="muted timeline-end">Older thoughts: telos history --before {thoughts.at(-1)!.position}</p>
    );
  }
  return (
    <button type="button" class="button small" disabled={state.busy} onClick={() => void load()}>
      {state.busy ? "Loading…" : "Older thoughts"}
    </button>
  );
}
