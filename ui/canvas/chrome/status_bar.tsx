/** The bar at the bottom: connection, mind and models, embedding, tiers, memory of the models, and what is degraded. */
import { useRef, useState } from "preact/hooks";
import type { Health } from "../../protocol.ts";
import { agoInWords, bytesInWords, countInWords, positionInWords } from "../model/words.ts";
import { useApp } from "../state/app.ts";
import { Icon } from "./icon.tsx";
import { StatusDetails } from "./status_details.tsx";
import { doneInWords } from "./works_view.tsx";

const CONNECTION = { connected: "Live", connecting: "Connecting", waiting: "Cut off" } as const;

export function StatusBar() {
  const { store } = useApp();
  const [open, setOpen] = useState(false);
  const bar = useRef<HTMLButtonElement>(null);
  const close = () => {
    setOpen(false);
    bar.current?.focus();
  };
  const health = store.health.value;
  const connection = store.load.value.state === "failed" ? "waiting" : store.connection.value.state;
  const position = store.scene.value.position;
  const pulls = [...store.pulls.value.values()].filter(({ done }) => !done);
  return (
    <footer class="status">
      {open && health !== null ? <StatusDetails health={health} onClose={close} /> : null}
      <button
        type="button"
        class="status-bar"
        ref={bar}
        aria-expanded={open}
        aria-label="State of the system"
        onClick={() => setOpen(!open)}
      >
        <span class={`status-item connection ${connection}`} role="status">
          <span class="status-dot" aria-hidden="true" />
          {CONNECTION[connection]}
        </span>
        {health === null ? null : <Figures health={health} />}
        {(health?.works ?? []).map((work) => (
          <span key={work.work} class="status-item">
            <span class="spinner" aria-hidden="true" /> {doneInWords(work)}
          </span>
        ))}
        {pulls.map(({ model, completed, total }) => (
          <span key={model} class="status-item">
            <Icon name="download" size={13} />
            {model} {total > 0 ? `${Math.floor(100 * completed / total)}%` : "…"}
          </span>
        ))}
        <span class="status-space" />
        {position === "" ? null : (
          <code class="status-item wide-only" title={`Position ${position}`}>
            {positionInWords(position)}
          </code>
        )}
      </button>
    </footer>
  );
}

function Figures({ health }: { health: Health }) {
  const { mind, embedding, tiers, vram, degraded } = health;
  const starting = Object.entries(health.ready).filter(([, { state }]) => state === "starting");
  return (
    <>
      <span class="status-item">
        <span class="muted">mind</span> {mind.name}
        {mind.models.length > 0
          ? <span class="muted wide-only">{mind.models.slice(0, 2).join(", ")}</span>
          : null}
      </span>
      <span class="status-item wide-only">
        <span class="muted">embedding</span> {embedding.model}
      </span>
      <span class="status-item wide-only">
        <span class="muted">memories</span> {countInWords(tiers.L1.rows + tiers.L2.rows, "row")}
      </span>
      {vram.budgetBytes > 0
        ? (
          <span class="status-item wide-only">
            <span class="muted">VRAM</span> {bytesInWords(vram.usedBytes)} / {bytesInWords(vram.budgetBytes)}
          </span>
        )
        : null}
      {health.backup === undefined ? null : <BackupFigure backup={health.backup} />}
      {starting.map(([part, { progress }]) => (
        <span key={part} class="status-item">
          <span class="spinner" aria-hidden="true" /> {part} starting
          {progress === undefined ? "" : ` ${Math.round(progress * 100)}%`}
        </span>
      ))}
      {degraded.length > 0
        ? (
          <span class="status-item warn">
            <Icon name="warning" size={13} /> {countInWords(degraded.length, "thing")} degraded
          </span>
        )
        : null}
    </>
  );
}

function BackupFigure({ backup }: { backup: NonNullable<Health["backup"]> }) {
  const { clock } = useApp();
  const { last, running, reasons } = backup;
  return (
    <span class={reasons.length > 0 ? "status-item wide-only warn" : "status-item wide-only"}>
      <span class="muted">backup</span> {running !== null
        ? running.what === "drill" ? "being tried" : "under way"
        : last === null
        ? "none yet"
        : agoInWords(last.made, clock())}
    </span>
  );
}
