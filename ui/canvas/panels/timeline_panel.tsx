/** The thoughts of the image, newest first: who, why, when, with a way back. */
import type { ThoughtView } from "../../protocol.ts";
import { agoInWords, positionInWords } from "../model/words.ts";
import { canBeUndone, objectsShown, undonePositions } from "../model/timeline.ts";
import { nameIn } from "../model/morphs.ts";
import { useApp } from "../state/app.ts";

const NAMES_SHOWN = 3;

export function TimelinePanel() {
  const { store, actions, show, clock } = useApp();
  const thoughts = store.thoughts.value;
  const undone = undonePositions(thoughts);
  if (thoughts.length === 0) {
    const words = store.load.value.state === "ready" ? "Nothing has happened yet." : "Not loaded yet.";
    return (
      <div class="panel-body">
        <p class="empty">{words}</p>
      </div>
    );
  }
  const scene = store.scene.value;
  const shown = (thought: ThoughtView) =>
    objectsShown(thought, (oid) => store.names.value.has(oid) || scene.objects.has(oid), NAMES_SHOWN);
  return (
    <div class="panel-body">
      <ol class="timeline" aria-label="Thoughts, newest first">
        {thoughts.map((thought) => (
          <li key={thought.position} class={undone.has(thought.position) ? "thought undone" : "thought"}>
            <div class="thought-words">
              <span class="thought-why">{thought.why}</span>
              <span class="thought-meta">
                <span>{thought.who}</span>
                <span title={new Date(thought.at).toLocaleString()}>{agoInWords(thought.at, clock())}</span>
                <code title={thought.position}>{positionInWords(thought.position)}</code>
                {undone.has(thought.position) ? <span class="tag">undone</span> : null}
              </span>
              <span class="thought-objects">
                {shown(thought).map((oid) => (
                  <button
                    key={oid}
                    type="button"
                    class="chip"
                    onClick={() => show(oid)}
                  >
                    {store.names.value.get(oid) ?? (scene.objects.has(oid) ? nameIn(scene, oid) : "show it")}
                  </button>
                ))}
                {thought.objects.length > shown(thought).length
                  ? <span class="muted">and {thought.objects.length - shown(thought).length} more</span>
                  : null}
              </span>
            </div>
            {canBeUndone(thought, undone)
              ? (
                <button
                  type="button"
                  class="button small quiet"
                  aria-label={`Undo: ${thought.why}`}
                  onClick={() => void actions.undo(thought.position)}
                >
                  Undo
                </button>
              )
              : null}
          </li>
        ))}
      </ol>
    </div>
  );
}
