/** What an undo would lose: the later changes of the same objects, each with a way to undo it first. */
import { agoInWords, countInWords } from "../model/words.ts";
import { useApp } from "../state/app.ts";
import type { Dialog } from "../state/store.ts";

export function LaterDialog({ dialog }: { dialog: Extract<Dialog, { kind: "later" }> }) {
  const { store, actions, clock } = useApp();
  const { title, later, count } = dialog;
  const close = () => store.dialog.value = null;
  return (
    <div class="stack modal-body">
      <h2>{title}</h2>
      <p>
        {countInWords(count, "later change")} of the same objects would be lost.{" "}
        {count === 1 ? "Undo it first." : "Undo them first, beginning with the newest."}
      </p>
      <ol class="timeline later-changes">
        {later.toReversed().map(({ position, who, why, at }) => (
          <li key={position} class="thought">
            <div class="thought-words">
              <span class="thought-why">{why}</span>
              <span class="thought-meta">
                <span>{who}</span>
                <span>{agoInWords(at, clock())}</span>
              </span>
            </div>
            <button
              type="button"
              class="button small"
              aria-label={`Undo: ${why}`}
              onClick={() => {
                close();
                void actions.undo(position);
              }}
            >
              Undo
            </button>
          </li>
        ))}
      </ol>
      {count > later.length ? <p class="muted">and {count - later.length} more</p> : null}
      <div class="row end">
        <button type="button" class="button quiet" onClick={close}>Close</button>
      </div>
    </div>
  );
}
