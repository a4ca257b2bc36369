/** What was written about a proposal that somebody else has decided meanwhile: it is there until it is let go. */
import type { ProposalView } from "../../protocol.ts";
import { useApp } from "../state/app.ts";

export function LeftVerdict({ proposal }: { proposal: ProposalView }) {
  const { verdicts } = useApp().store.drafts;
  const draft = verdicts.get(proposal.oid);
  const { holder, holder_name, selector, source, state } = proposal;
  const isUntouched = draft?.mode === "editing" ? draft.source === source : !draft?.reason;
  if (draft === undefined || isUntouched) return null;
  const about = `${holder_name ?? holder} ${selector}`;
  return (
    <article class="proposal" aria-label={`What you wrote about ${about}`}>
      <p class="problem warn" role="status">
        <code>{about}</code> was {state} meanwhile. This is what you wrote.
      </p>
      <textarea
        class="input code"
        aria-label={`Your text about ${about}`}
        rows={6}
        readOnly
        value={draft.mode === "editing" ? draft.source : draft.reason}
      />
      <div class="row end">
        <button type="button" class="button small" onClick={() => verdicts.drop(proposal.oid)}>
          Let it go
        </button>
      </div>
    </article>
  );
}
