/** Files that are taken in: where they are, how far it is, what was left out, and how it is stopped. */
import { useState } from "preact/hooks";
import { type Ingest, ingestShare } from "../../protocol.ts";
import { Icon } from "../chrome/icon.tsx";
import { ProblemNote } from "../chrome/problem_note.tsx";
import { countInWords, type Problem } from "../model/words.ts";
import { useApp } from "../state/app.ts";
import { isUnderWay } from "../state/ingesting.ts";

export function IngestPart() {
  const ingest = useApp().store.ingest.value;
  const isOpen = ingest !== null && (isUnderWay(ingest) || ingest.state === "paused");
  return (
    <section class="ingest" aria-label="Files taken in">
      {ingest === null ? null : <Progress ingest={ingest} />}
      {isOpen ? null : <Begin />}
    </section>
  );
}

function Begin() {
  const { ingesting, store } = useApp();
  const { ingest: draft } = store.drafts;
  const path = draft.value;
  // Open at first where a path is written already; from then on as the person has it.
  const [wasWritten] = useState(path !== "");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const begin = async () => {
    if (path.trim() === "" || busy) return;
    setBusy(true);
    const refused = await ingesting.begin(path.trim());
    setProblem(refused);
    setBusy(false);
    if (refused === null) draft.value = "";
  };
  return (
    <details class="ingest-begin" open={wasWritten}>
      <summary>Take in files</summary>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void begin();
        }}
      >
        <label class="field-label" for="ingest-path">
          A folder or file of the machine that TelOS runs on
        </label>
        <input
          id="ingest-path"
          class="input"
          placeholder="/home/mira/notes"
          autocomplete="off"
          spellcheck={false}
          value={path}
          aria-describedby="ingest-kinds"
          onInput={(event) => draft.value = event.currentTarget.value}
        />
        <p class="hint" id="ingest-kinds">
          Markdown, plain text, mail (mbox, eml), exports of ChatGPT and Claude. The same text is taken in
          once.
        </p>
        {problem === null ? null : <ProblemNote problem={problem} />}
        <div class="row end">
          <button
            type="submit"
            class="button"
            aria-label="Take in these files"
            disabled={path.trim() === "" || busy}
          >
            Take in
          </button>
        </div>
      </form>
    </details>
  );
}

function Progress({ ingest }: { ingest: Ingest }) {
  const { ingesting } = useApp();
  const { state, path, reason, current } = ingest;
  const share = ingestShare(ingest);
  const isOn = isUnderWay(ingest);
  return (
    <div class="ingest-progress">
      <div class="row between">
        <strong class="ingest-title" title={path}>{titleOf(ingest)}</strong>
        <div class="row">
          {isOn
            ? (
              <button type="button" class="button small" onClick={() => void ingesting.control("pause")}>
                Pause
              </button>
            )
            : null}
          {state === "paused"
            ? (
              <button
                type="button"
                class="button small primary"
                onClick={() => void ingesting.control("resume")}
              >
                Go on
              </button>
            )
            : null}
          {isOn || state === "paused"
            ? (
              <button
                type="button"
                class="button small"
                title="What was taken in stays"
                onClick={() => void ingesting.control("cancel")}
              >
                Cancel
              </button>
            )
            : null}
        </div>
      </div>
      {isOn || state === "paused"
        ? <progress aria-label="Files taken in" max={1} {...(share === null ? {} : { value: share })} />
        : null}
      <p class="muted ingest-figures">{figuresOf(ingest)}</p>
      {isOn && current !== null ? <p class="muted ingest-file" title={current}>{current}</p> : null}
      {reason === null ? null : (
        <p class="problem warn" role="status">
          <Icon name="warning" size={13} /> {reason}
        </p>
      )}
      <LeftOut ingest={ingest} />
    </div>
  );
}

function titleOf({ state, path }: Ingest): string {
  const name = path.split(/[\\/]/).filter((part) => part !== "").at(-1) ?? path;
  switch (state) {
    case "running":
      return `Taking in ${name}`;
    case "waiting":
      return `Waiting with ${name}`;
    case "paused":
      return `Paused: ${name}`;
    case "cancelled":
      return `Cancelled: ${name}`;
    case "done":
      return `Took in ${name}`;
  }
}

function figuresOf(ingest: Ingest): string {
  const { made, known, files, rate, totals } = ingest;
  const share = ingestShare(ingest);
  const of = totals === null ? "" : ` of ${totals.files.toLocaleString("en")}`;
  return [
    ...(share === null || share === 1 ? [] : [`${Math.floor(share * 100)} %`]),
    `${countInWords(made, "memory", "memories")} made`,
    ...(known === 0 ? [] : [`${known.toLocaleString("en")} here already`]),
    isUnderWay(ingest) ? `${files.toLocaleString("en")}${of} files` : countInWords(files, "file"),
    ...(rate === null || !isUnderWay(ingest) ? [] : [`${Math.round(rate)} a second`]),
  ].join(" · ");
}

function LeftOut({ ingest: { problems, named } }: { ingest: Ingest }) {
  if (problems === 0) return null;
  return (
    <details class="ingest-left">
      <summary>{problems.toLocaleString("en")} left out</summary>
      <ul>
        {named.map(({ place, reason }) => (
          <li key={`${place} ${reason}`}>
            <code>{place}</code> {reason}
          </li>
        ))}
      </ul>
      {problems > named.length
        ? <p class="hint">These are the first {named.length} of {problems.toLocaleString("en")}.</p>
        : null}
    </details>
  );
}
