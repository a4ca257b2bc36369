/** Takes back one thought, wherever thoughts are listed. */
import type { ThoughtView } from "../../protocol.ts";
import { useApp } from "../state/app.ts";

export function UndoButton({ thought: { position, why } }: { thought: ThoughtView }) {
  const { actions } = useApp();
  return (
    <button
      type="button"
      class="button small quiet"
      aria-label={`Undo: ${why}`}
      onClick={() => void actions.undo(position)}
    >
      Undo
    </button>
  );
}
