/** What the status bar opens into: each part of the system, what is degraded and what to do, models to fetch. */
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Health } from "../../protocol.ts";
import { bytesInWords, countInWords, keptInWords } from "../model/words.ts";
import { useApp } from "../state/app.ts";
import { BackupsView } from "./backups_view.tsx";
import { Icon } from "./icon.tsx";
import { IconButton } from "./icon_button.tsx";
import { UsageTable } from "./usage_table.tsx";
import { WorksView } from "./works_view.tsx";

export function StatusDetails({ health, onClose }: { health: Health; onClose: () => void }) {
  const { tiers, embedding, mind, vram, image } = health;
  const region = useRef<HTMLDivElement>(null);
  // At once: a key that is pressed next is for what is shown.
  useLayoutEffect(() => region.current?.focus(), []);
  return (
    <div
      class="status-details"
      role="region"
      aria-label="State of the system"
      tabIndex={-1}
      ref={region}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        onClose();
      }}
    >
      <div class="row between">
        <h2>State of the system</h2>
        <IconButton icon="close" label="Close" onClick={onClose} />
      </div>
      {health.degraded.map(({ part, reason, hint }) => (
        <div key={part} class="problem warn">
          <Icon name="warning" />
          <div class="problem-words">
            <p>
              <strong>{part}</strong> {reason}
            </p>
            <p class="muted">{hint}</p>
          </div>
        </div>
      ))}
      {health.works === undefined || health.works.length === 0 ? null : <WorksView works={health.works} />}
      <Models />
      <UsageTable />
      {health.backup === undefined ? null : <BackupsView backup={health.backup} />}
      <div class="parts">
        {Object.entries(health.ready).map(([part, { state, progress, detail }]) => (
          <div key={part} class={`part ${state}`}>
            <span class="status-dot" aria-hidden="true" />
            <span class="part-name">{part}</span>
            <span class="muted">{detail ?? state}</span>
            {state === "starting" && progress !== undefined
              ? <progress value={progress} max={1} aria-label={`${part} is starting`} />
              : null}
          </div>
        ))}
      </div>
      <dl class="facts">
        <div>
          <dt>Mind</dt>
          <dd>{mind.name}{mind.host === null ? "" : ` at ${mind.host}`}</dd>
        </div>
        <div>
          <dt>Models</dt>
          <dd>{mind.models.length === 0 ? "none" : mind.models.join(", ")}</dd>
        </div>
        <div>
          <dt>Embedding</dt>
          <dd>{embedding.model}, {embedding.dimensions} dimensions</dd>
        </div>
        <div>
          <dt>Tiers</dt>
          <dd>
            L1 {countInWords(tiers.L1.rows, "row")}, {bytesInWords(tiers.L1.bytes)} · L2{" "}
            {countInWords(tiers.L2.rows, "row")} in {countInWords(tiers.L2.segments, "segment")} · L3{" "}
            {tiers.L3.rows === null ? "not counted" : countInWords(tiers.L3.rows, "row")}
          </dd>
        </div>
        <div>
          <dt>VRAM</dt>
          <dd>{bytesInWords(vram.usedBytes)} of {bytesInWords(vram.budgetBytes)}</dd>
        </div>
        <div>
          <dt>Image</dt>
          <dd>
            <code>{image.folder}</code>
          </dd>
        </div>
        {health.history === undefined ? null : (
          <div>
            <dt>History</dt>
            <dd>
              {bytesInWords(health.history.cost.totalBytes)} of{" "}
              {countInWords(health.history.cost.thoughts, "thought")}; {keptInWords(health.history.policy)}
            </dd>
          </div>
        )}
        <div>
          <dt>Objects</dt>
          <dd>{image.resident} awake{image.quarantined > 0 ? `, ${image.quarantined} quarantined` : ""}</dd>
        </div>
        <div>
          <dt>Version</dt>
          <dd>{health.version}</dd>
        </div>
      </dl>
      <Restarts health={health} />
    </div>
  );
}

function Restarts({ health }: { health: Health }) {
  const restarted = health.actors.filter(({ restarts }) => restarts > 0);
  if (restarted.length === 0) return null;
  return (
    <p class="hint">
      {restarted.map(({ name, restarts, reason }) =>
        `${name} was restarted ${countInWords(restarts, "time")}${reason === null ? "" : `: ${reason}`}`
      ).join("; ")}
    </p>
  );
}

function Models() {
  const { store, actions } = useApp();
  const models = store.models.value;
  const pulls = store.pulls.value;
  if (models === null || models.mind !== "ollama" || models.missing.length === 0) return null;
  return (
    <ul class="models" aria-label="Missing models">
      {models.missing.map(({ model, personas }) => {
        const pull = pulls.get(model);
        const running = pull !== undefined && !pull.done;
        return (
          <li key={model} class="model">
            <div class="model-words">
              <span>
                <code>{model}</code> is missing
              </span>
              <span class="muted">
                {pull?.error ?? (running ? pull.status : `for ${personas.join(", ")}`)}
              </span>
              {running
                ? (
                  <progress
                    {...(pull.total > 0 ? { value: pull.completed / pull.total } : {})}
                    max={1}
                    aria-label={`Fetching ${model}`}
                  />
                )
                : null}
            </div>
            {running
              ? (
                <span class="muted">
                  {pull.total > 0 ? `${bytesInWords(pull.completed)} of ${bytesInWords(pull.total)}` : ""}
                </span>
              )
              : (
                <button type="button" class="button small" onClick={() => void actions.pull(model)}>
                  <Icon name="download" size={13} /> {pull?.error === undefined ? "Pull" : "Pull again"}
                </button>
              )}
          </li>
        );
      })}
    </ul>
  );
}
