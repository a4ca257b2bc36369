/** Backups, where the status bar opens: the last, the next, the last drill, and each point with how to restore it. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { BackupsView as View, Health } from "../../protocol.ts";
import { POINTS_SHOWN } from "../limits.ts";
import { agoInWords, bytesInWords, countInWords, inWords } from "../model/words.ts";
import { useApp } from "../state/app.ts";
import { Icon } from "./icon.tsx";

type Point = View["chains"][number]["points"][number];

export function BackupsView({ backup }: { backup: NonNullable<Health["backup"]> }) {
  const { store, backing, clock } = useApp();
  const view = store.backups.value;
  const { state, last, drill, running } = backup;
  // Loaded again whenever something has come to its end.
  useEffect(() => void backing.load(), [state, last?.made, drill?.at]);
  const now = clock();
  const busy = running !== null;
  return (
    <section class="backups" aria-label="Backups">
      <div class="row between">
        <h3>Backups</h3>
        <div class="row">
          <button
            type="button"
            class="button small"
            disabled={busy || last === null}
            title="Restores the newest backup into a scratch place, verifies it, asks it a question, and removes it"
            onClick={() => void backing.drill()}
          >
            Try a restore
          </button>
          <button
            type="button"
            class="button small primary"
            disabled={busy}
            onClick={() => void backing.backUp(false)}
          >
            Back up now
          </button>
        </div>
      </div>
      {running === null ? null : (
        <p class="row" role="status">
          <span class="spinner" aria-hidden="true" />
          {running.what === "drill" ? "Restoring the newest backup to try it" : "Backing up"}
          {running.entries === 0
            ? "…"
            : `: ${countInWords(running.entries, "entry", "entries")}, ${bytesInWords(running.bytes)}`}
        </p>
      )}
      <dl class="facts">
        <Fact name="Last">
          {last === null
            ? "none yet"
            : `${agoInWords(last.made, now)}, ${last.kind}, ${bytesInWords(last.bytes)}`}
        </Fact>
        <Fact name="Next">{backup.next === null ? "none: backups are off" : inWords(backup.next, now)}</Fact>
        <Fact name="Drill">
          {drill === null
            ? backup.nextDrill === null ? "none yet" : `none yet, the first ${inWords(backup.nextDrill, now)}`
            : `${agoInWords(drill.at, now)}, ${
              drill.ok
                ? `${countInWords(drill.objects, "object")} and ${
                  countInWords(drill.thoughts, "thought")
                } came back whole`
                : "failed"
            }`}
        </Fact>
        <Fact name="Where">
          <code>{backup.folder}</code>
          {backup.encrypted ? ", encrypted" : ", not encrypted"}
        </Fact>
      </dl>
      {view === null ? null : <Points view={view} />}
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** The newest first, a few of them until all are asked for. */
function Points({ view }: { view: View }) {
  const [all, setAll] = useState(false);
  const [chosen, setChosen] = useState<string | null>(null);
  const problems = view.chains.flatMap(({ chain, problems }) =>
    problems.map((problem) => `${chain}, ${problem}`)
  );
  const points = view.chains.flatMap((chain) => chain.points).toReversed();
  if (points.length + problems.length === 0) return null;
  return (
    <>
      {problems.map((problem) => (
        <p key={problem} class="problem warn">
          <Icon name="warning" size={13} /> {problem}
        </p>
      ))}
      <h4>Points to restore</h4>
      <ul class="points">
        {(all ? points : points.slice(0, POINTS_SHOWN)).map((point) => {
          const id = `${point.chain}/${point.link}`;
          return (
            <PointRow
              key={id}
              point={point}
              folder={view.folder}
              open={chosen === id}
              onToggle={() => setChosen(chosen === id ? null : id)}
            />
          );
        })}
      </ul>
      {!all && points.length > POINTS_SHOWN
        ? (
          <button type="button" class="button small quiet" onClick={() => setAll(true)}>
            Show all {points.length}
          </button>
        )
        : null}
    </>
  );
}

function PointRow(
  { point, folder, open, onToggle }: { point: Point; folder: string; open: boolean; onToggle: () => void },
) {
  const { toaster, clock } = useApp();
  const command = `telos restore --from '${
    folder.replaceAll("'", "'\\''")
  }' --to ${point.position} NEW_FOLDER`;
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(command);
      toaster.show({ kind: "done", text: "Copied" });
    } catch (error) {
      toaster.fail(error);
    }
  };
  return (
    <li class={open ? "point open" : "point"}>
      <button type="button" class="point-head" aria-expanded={open} onClick={onToggle}>
        <Icon name={open ? "down" : "chevron"} size={13} />
        <span>
          {new Date(point.at).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "medium" })}
        </span>
        <span class="muted">
          {point.kind}, {countInWords(point.thoughts, "thought")}, {bytesInWords(point.bytes)}
        </span>
        <span class="muted point-age">{agoInWords(point.made, clock())}</span>
      </button>
      {open
        ? (
          <div class="point-command">
            <code>{command}</code>
            <button type="button" class="button small" onClick={() => void copy()}>Copy</button>
          </div>
        )
        : null}
    </li>
  );
}
