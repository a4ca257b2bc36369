/** One proposal as a person judges it: its source against what is like it, its effects, its examples with their results. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { ProblemNote } from "../chrome/problem_note.tsx";
import type { ProposalView, WireValue } from "../../protocol.ts";
import { lineDiff } from "../model/line_diff.ts";
import { agoInWords, type Problem } from "../model/words.ts";
import { problemOf } from "../net/api.ts";
import { useApp } from "../state/app.ts";
import type { VerdictDraft } from "../state/drafts.ts";

const EFFECT_WORDS = {
  writes_self: "changes the object itself",
  writes_others: "changes other objects",
  clock: "reads the clock",
  random: "uses chance",
} as const;

const KIND_WORDS = { method: "New method", repair: "Repair", lift: "For the parent" } as const;

type Mode = "reading" | "editing" | "rejecting";

export function ProposalCard({ proposal }: { proposal: ProposalView }) {
  const { show, clock } = useApp();
  const { holder, holder_name, receiver, receiver_name, selector, kind, doc, effects } = proposal;
  return (
    <article class="proposal" aria-label={`${KIND_WORDS[kind]} ${selector} for ${holder_name ?? holder}`}>
      <header class="proposal-head">
        <span class="tag">{KIND_WORDS[kind]}</span>
        <button
          type="button"
          class="link strong"
          onClick={() =>
            show(holder)}
        >
          {holder_name ?? holder}
        </button>
        <code>{selector}</code>
      </header>
      {kind === "lift"
        ? <p class="muted">Moves up from {receiver_name ?? receiver}, so that others below have it too.</p>
        : null}
      {doc === "" ? null : <p>{doc}</p>}
      <p class="muted proposal-by">
        {proposal.model ?? (proposal.mind === "search" ? "found in the image" : proposal.mind)}
        {` · ${proposal.attempts} ${proposal.attempts === 1 ? "try" : "tries"} · ${
          agoInWords(proposal.at, clock())
        }`}
      </p>
      <ul class="effects" aria-label="Effects">
        {effects.length === 0
          ? <li class="tag">only reads</li>
          : effects.map((effect) => <li key={effect} class="tag warn">{EFFECT_WORDS[effect]}</li>)}
      </ul>
      <Source proposal={proposal} />
      <Examples proposal={proposal} />
      {proposal.reason === null ? null : <p class="fault">It does not hold today: {proposal.reason}</p>}
      <Verdict proposal={proposal} />
    </article>
  );
}

function Source({ proposal: { source, similar } }: { proposal: ProposalView }) {
  const compared = similar.filter((each) => each.source !== "");
  const [against, setAgainst] = useState(-1);
  const other = compared[against];
  const lines = other === undefined
    ? source.split("\n").map((text) => ({ mark: "same", text }) as const)
    : lineDiff(other.source, source);
  return (
    <div class="stack tight">
      <pre class="proposal-source" tabIndex={0} aria-label="Source">
        {lines.map(({ mark, text }, index) => (
          <span key={index} class={`line ${mark}`}>
            <span class="line-mark" aria-hidden="true">{{ same: " ", added: "+", removed: "−" }[mark]}</span>
            {mark === "same" ? null : <span class="visually-hidden">{mark}:</span>}
            {`${text}\n`}
          </span>
        ))}
      </pre>
      {compared.length === 0 ? null : (
        <label class="compare">
          <span class="muted">Compare with</span>
          <select
            class="select"
            value={against}
            onChange={(event) => setAgainst(Number(event.currentTarget.value))}
          >
            <option value={-1}>nothing</option>
            {compared.map(({ label }, index) => <option key={index} value={index}>{label}</option>)}
          </select>
        </label>
      )}
    </div>
  );
}

function Examples({ proposal }: { proposal: ProposalView }) {
  const { examples, selector, results } = proposal;
  const call = callOf(results);
  if (examples.length === 0 && call === undefined) return null;
  const argumentsOf = (values: readonly WireValue[]) => values.map((each) => JSON.stringify(each)).join(", ");
  const { message } = proposal;
  const sent = message !== null
    ? `${message.receiver_name ?? message.receiver} ${message.selector}(${argumentsOf(message.arguments)})`
    : proposal.arguments === null
    ? null
    : `${selector}(${argumentsOf(proposal.arguments)})`;
  return (
    <table class="examples">
      <caption class="visually-hidden">Examples and their results</caption>
      <tbody>
        {examples.map(({ slots, arguments: args, answer, after }, index) => (
          <tr key={index}>
            <td>
              <code>{selector}({argumentsOf(args)})</code>
              {slots === undefined ? null : <span class="muted">{` with ${JSON.stringify(slots)}`}</span>}
            </td>
            <td>
              <code>{answer === undefined ? "" : JSON.stringify(answer)}</code>
              {after === undefined ? null : <span class="muted">{` leaves ${JSON.stringify(after)}`}</span>}
            </td>
            <td class="holds">{proposal.reason === null ? "holds" : "held then"}</td>
          </tr>
        ))}
        {call === undefined || sent === null ? null : (
          <tr>
            <td>
              <code>{sent}</code>
              <span class="muted">{` as ${proposal.asked_by} sent it`}</span>
            </td>
            <td>
              <code>{JSON.stringify(call)}</code>
            </td>
            <td class="holds">tried</td>
          </tr>
        )}
      </tbody>
    </table>
  );
}

function callOf(results: WireValue): WireValue | undefined {
  if (typeof results !== "object" || results === null || Array.isArray(results)) return undefined;
  const { call } = results;
  return typeof call === "object" && call !== null && !Array.isArray(call) ? call["answer"] : undefined;
}

function Verdict({ proposal }: { proposal: ProposalView }) {
  const { proposing, store } = useApp();
  const { verdicts } = store.drafts;
  const draft = verdicts.get(proposal.oid);
  const mode: Mode = draft?.mode ?? "reading";
  const { source, reason } = draft ?? { source: proposal.source, reason: "" };
  const put = (changed: Partial<VerdictDraft>) =>
    verdicts.put(proposal.oid, { mode: "editing", source, reason, ...changed });
  const field = useRef<HTMLTextAreaElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const shownMode = useRef(mode);
  // Who opens a field writes in it, and who closes it goes on from there; not who only comes by.
  useLayoutEffect(() => {
    if (shownMode.current !== mode) (field.current ?? opener.current)?.focus();
    shownMode.current = mode;
  }, [mode]);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const run = async (task: () => Promise<void>) => {
    setBusy(true);
    setProblem(null);
    try {
      await task();
      verdicts.drop(proposal.oid);
    } catch (error) {
      setProblem(problemOf(error));
    }
    setBusy(false);
  };
  const accept = () => run(() => proposing.approve(proposal, mode === "editing" ? source : undefined));
  const reject = () => run(() => proposing.reject(proposal, reason.trim()));
  return (
    <div class="stack tight">
      {mode === "editing"
        ? (
          <textarea
            class="input code"
            aria-label={`Source of ${proposal.selector}`}
            spellcheck={false}
            rows={Math.min(16, source.split("\n").length + 2)}
            value={source}
            ref={field}
            onInput={(event) => put({ source: event.currentTarget.value })}
          />
        )
        : null}
      {mode === "rejecting"
        ? (
          <textarea
            class="input"
            aria-label="Why not"
            placeholder="Why not? The next attempt is shown it."
            rows={2}
            value={reason}
            ref={field}
            onInput={(event) => put({ mode: "rejecting", reason: event.currentTarget.value })}
          />
        )
        : null}
      {problem === null ? null : <ProblemNote problem={problem} />}
      <div class="row end">
        {mode === "reading"
          ? (
            <>
              <button
                type="button"
                class="button small quiet"
                ref={opener}
                onClick={() => put({ mode: "rejecting" })}
              >
                Reject…
              </button>
              <button type="button" class="button small" onClick={() => put({ mode: "editing" })}>
                Edit
              </button>
            </>
          )
          : (
            <button type="button" class="button small quiet" onClick={() => verdicts.drop(proposal.oid)}>
              Back
            </button>
          )}
        {mode === "rejecting"
          ? (
            <button
              type="button"
              class="button small danger"
              disabled={busy || reason.trim() === ""}
              onClick={() => void reject()}
            >
              Reject
            </button>
          )
          : (
            <button type="button" class="button small primary" disabled={busy} onClick={() => void accept()}>
              {busy ? "Trying…" : mode === "editing" ? "Accept as edited" : "Accept"}
            </button>
          )}
      </div>
    </div>
  );
}
