/** The memories that an answer used; a click shows one. */
import type { RecallHit } from "../../protocol.ts";
import { useApp } from "../state/app.ts";
import { Icon } from "../chrome/icon.tsx";

export function MemoryChips({ memories }: { memories: readonly RecallHit[] }) {
  const { show } = useApp();
  if (memories.length === 0) return null;
  return (
    <ul class="memory-chips" aria-label="Memories used">
      {memories.map(({ oid, text, score, tier }) => (
        <li key={oid}>
          <button
            type="button"
            class="chip memory"
            title={`${text}\n${tier} · ${score.toFixed(2)}`}
            onClick={() => show(oid)}
          >
            <Icon name="memory" size={12} />
            <span class="clip">{text}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
