/** Says that the past is looked at, which one, and the way back. */
import { agoInWords } from "../model/words.ts";
import { useApp } from "../state/app.ts";
import { Icon } from "./icon.tsx";
import { IconButton } from "./icon_button.tsx";

export function PastBanner() {
  const { store, looking, clock } = useApp();
  const past = store.past.value;
  if (past === null) return null;
  const thought = store.thoughts.value.find(({ position }) => position === past.position);
  return (
    <div class="banner past-banner" role="status">
      <Icon name="timeline" />
      <span class="past-words">
        {past.problem === null
          ? (
            <>
              <strong>This is the past.</strong> The image as it was{" "}
              {thought === undefined ? <code>{past.position}</code> : (
                <>
                  <time
                    dateTime={new Date(thought.at).toISOString()}
                    title={new Date(thought.at).toLocaleString()}
                  >
                    {agoInWords(thought.at, clock())}
                  </time>, right after “<span class="past-why" title={thought.why}>{thought.why}</span>”
                </>
              )}.<span class="wide-only">
                {" "}Objects stay as they were here; what you say, remember or accept is of now.
              </span>
            </>
          )
          : `${past.problem.message}. ${past.problem.hint}`}
      </span>
      <IconButton icon="older" label="One thought back" shortcut="," onClick={() => looking.step(-1)} />
      <IconButton icon="chevron" label="One thought forward" shortcut="." onClick={() => looking.step(1)} />
      <button type="button" class="button small primary" title="Escape" onClick={() => looking.leave()}>
        Back to now
      </button>
    </div>
  );
}
