/** Long work that is under way, where the status bar opens: what it is, how far, and stopping it. */
import type { WorkView } from "../../protocol.ts";
import { agoInWords } from "../model/words.ts";
import { useApp } from "../state/app.ts";

const DOING = {
  fork: "Forking the image",
  merge: "Merging a fork",
  prune: "Pruning history",
  verify: "Verifying the image",
  erase: "Erasing what was forgotten, changes may wait",
} as const;

export function WorksView({ works }: { works: readonly WorkView[] }) {
  const { actions, clock } = useApp();
  return (
    <section class="backups" aria-label="Under way">
      <h3>Under way</h3>
      {works.map((work) => (
        <div key={work.work} class="row between">
          <span class="row" role="status">
            <span class="spinner" aria-hidden="true" />
            {doneInWords(work)}
            <span class="muted">by {work.who}, {agoInWords(work.since, clock())}</span>
          </span>
          {work.what === "erase" ? null : (
            <button
              type="button"
              class="button small"
              aria-label={`Stop: ${DOING[work.what]}`}
              onClick={() => void actions.stopWork(work.work)}
            >
              Stop
            </button>
          )}
        </div>
      ))}
    </section>
  );
}

/** `Forking the image: 1,200 entries` */
export function doneInWords({ what, done, unit }: WorkView): string {
  return done === 0 ? `${DOING[what]}…` : `${DOING[what]}: ${done.toLocaleString("en")} ${unit}`;
}
