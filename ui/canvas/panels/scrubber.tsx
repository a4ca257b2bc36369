/** Scrubs through the thoughts that are loaded: the oldest at the left, now at the right. */
import { agoInWords } from "../model/words.ts";
import { useApp } from "../state/app.ts";

export function Scrubber() {
  const { store, looking, clock } = useApp();
  const thoughts = store.thoughts.value;
  const past = store.past.value;
  // Right after the newest thought is now, so it has no place of its own.
  const last = thoughts.length - 1;
  if (last < 1) return null;
  const index = past === null ? 0 : thoughts.findIndex(({ position }) => position <= past.position);
  const shown = thoughts[index === -1 ? last : index]!;
  const value = index === -1 ? 0 : last - index;
  return (
    <div class="scrubber">
      <input
        type="range"
        class="scrub"
        aria-label="Scrub through the history"
        aria-valuetext={value === last ? "now" : `${agoInWords(shown.at, clock())}: ${shown.why}`}
        min={0}
        max={last}
        step={1}
        value={value}
        onInput={(event) => {
          const to = last - Number(event.currentTarget.value);
          if (to === 0) looking.leave();
          else looking.visit(thoughts[to]!.position);
        }}
      />
      <span class="scrub-ends muted" aria-hidden="true">
        <span>{agoInWords(thoughts[last]!.at, clock())}</span>
        <span>now</span>
      </span>
    </div>
  );
}
