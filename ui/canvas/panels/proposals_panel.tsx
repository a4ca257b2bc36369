/** Methods for messages that nobody understood: those being made, those that wait for a yes, and what became of others. */
import { stageInWords } from "../../protocol.ts";
import { useApp } from "../state/app.ts";
import type { GenerationEntry } from "../state/proposing.ts";
import { LeftVerdict } from "./left_verdict.tsx";
import { ProposalCard } from "./proposal_card.tsx";

const DECIDED_SHOWN_MAX = 20;

export function ProposalsPanel() {
  const { proposing, store } = useApp();
  const waiting = proposing.waiting.value;
  const over = proposing.proposals.value.filter(({ state }) => state !== "waiting");
  const decided = over.slice(0, DECIDED_SHOWN_MAX);
  const entries = [...proposing.generations.value].reverse().filter(([, { latest }]) =>
    latest.stage !== "done"
  );
  const isEmpty = waiting.length + decided.length + entries.length === 0;
  return (
    <div class="panel-body stack proposals">
      {store.load.value.state === "ready" && isEmpty
        ? (
          <div class="empty">
            <p>No method waits for a yes.</p>
            <p class="hint">
              Send an object something that nobody wrote a method for: one is made, tried on a scratch copy,
              and shown here before it is installed.
            </p>
          </div>
        )
        : null}
      {entries.length === 0 ? null : (
        <ul class="generations" aria-label="Methods being made">
          {entries.map(([id, entry]) => <GenerationRow key={id} entry={entry} />)}
        </ul>
      )}
      {over.map((proposal) => <LeftVerdict key={proposal.oid} proposal={proposal} />)}
      {waiting.map((proposal) => <ProposalCard key={proposal.oid} proposal={proposal} />)}
      {decided.length === 0 ? null : (
        <section class="stack" aria-label="Decided proposals">
          <h3 class="field-label">Decided</h3>
          <ul class="decided">
            {decided.map(({ oid, name, holder_name, selector, state, reason }) => (
              <li key={oid}>
                <span class={`tag ${state === "rejected" ? "warn" : ""}`}>{state}</span>
                <code>{holder_name ?? name} {selector}</code>
                {reason === null ? null : <span class="muted clip">{reason}</span>}
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

function GenerationRow({ entry: { latest, faults } }: { entry: GenerationEntry }) {
  const { sending } = useApp();
  const { generation, receiver, selector, stage } = latest;
  return (
    <li class={`generation ${stage}`} data-stage={stage}>
      <div class="row between">
        <span>
          <code>{receiver} {selector}</code>: {stageInWords(latest)}
        </span>
        {stage === "failed" ? null : (
          <button
            type="button"
            class="button small quiet"
            aria-label={`Stop making ${selector}`}
            onClick={() => void sending.stop(generation)}
          >
            Stop
          </button>
        )}
      </div>
      {faults.map((fault, index) => <span key={index} class="muted fault">{fault}</span>)}
    </li>
  );
}
