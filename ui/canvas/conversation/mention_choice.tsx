/** Personas whose names go on as what follows an @ at the beginning of the question. */
import { mentionsFor, withMention } from "../model/mentions.ts";
import { useApp } from "../state/app.ts";

export function MentionChoice({ text, onChoose }: { text: string; onChoose: (text: string) => void }) {
  const { store } = useApp();
  const fitting = mentionsFor(text, store.personas.value.flatMap(({ name }) => name ?? []));
  if (fitting.length === 0) return null;
  return (
    <div class="row wrap mentions" role="group" aria-label="Personas">
      {fitting.map((name) => (
        <button
          key={name}
          type="button"
          class="chip"
          onClick={() => onChoose(withMention(text, name))}
        >
          @{name}
        </button>
      ))}
      <span class="muted">Tab takes the first</span>
    </div>
  );
}
