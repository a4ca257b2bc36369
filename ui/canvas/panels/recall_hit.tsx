/** One memory that was found: a click shows it, and "Why this?" says what found it and what each reason counts. */
import { reasonWords, type RecallHit, type RecallReason } from "../../protocol.ts";
import { agoInWords } from "../model/words.ts";
import { useApp } from "../state/app.ts";

export function RecallHitView({ hit }: { hit: RecallHit }) {
  const { store, show, clock } = useApp();
  const { oid, text, score, tier, source, at, channels = [] } = hit;
  return (
    <li>
      <button
        type="button"
        class="hit"
        aria-current={store.selected.value === oid}
        onClick={() => show(oid)}
      >
        <span class="hit-text">{text}</span>
        <span class="hit-meta">
          <Score score={score} />
          <span class="tag">{tier}</span>
          {channels.map((channel) => <span class="tag" key={channel}>{channel}</span>)}
          {source === null ? null : <span>{source}</span>}
          <span>{agoInWords(at, clock())}</span>
        </span>
      </button>
      <Why hit={hit} />
    </li>
  );
}

function Score({ score }: { score: number }) {
  return (
    <span class="score" title={`Score ${score.toFixed(4)} of 1`}>
      <meter min={0} max={1} value={score} aria-hidden="true" />
      {score.toFixed(2)}
    </span>
  );
}

function Why({ hit: { reasons, cosine, bm25, text } }: { hit: RecallHit }) {
  if (reasons === undefined) return null;
  const measured = [
    cosine === undefined || cosine === null ? null : `cosine ${cosine.toFixed(3)}`,
    bm25 === undefined || bm25 === null ? null : `BM25 ${bm25.toFixed(2)}`,
  ].filter((each) => each !== null);
  return (
    <details class="why">
      <summary aria-label={`Why this: ${text.slice(0, 60)}`}>Why this?</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">Reason</th>
            <th scope="col">Found</th>
            <th scope="col">Weight</th>
            <th scope="col">Points</th>
          </tr>
        </thead>
        <tbody>{reasons.map((reason) => <ReasonRow key={reason.name} reason={reason} />)}</tbody>
      </table>
      <p class="hint">
        {measured.length === 0 ? "" : `Measured: ${measured.join(", ")}. `}
        The weights are slots of memory_manager.
      </p>
    </details>
  );
}

function ReasonRow({ reason: { name, value, weight, points } }: { reason: RecallReason }) {
  return (
    <tr>
      <td>{reasonWords[name]}</td>
      <td>{value.toFixed(2)}</td>
      <td>{weight.toFixed(2)}</td>
      <td>{points.toFixed(3)}</td>
    </tr>
  );
}
