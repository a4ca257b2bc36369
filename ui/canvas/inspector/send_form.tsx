/** Sends the object a message and shows how far it is, and the answer, or why there is none. */
import { useEffect, useMemo, useState } from "preact/hooks";
import { ProblemNote } from "../chrome/problem_note.tsx";
import { type ObjectView, stageInWords } from "../../protocol.ts";
import { SELECTORS_SUGGESTED_MAX } from "../limits.ts";
import { selectorsOf } from "../model/inherited.ts";
import { useApp } from "../state/app.ts";
import type { Message } from "../state/sending.ts";
import { Section } from "./section.tsx";
import { ValueView } from "./value_view.tsx";

export function SendForm({ chain }: { chain: readonly ObjectView[] }) {
  const { sending } = useApp();
  const view = chain[0]!;
  const { oid } = view;
  const selectors = useMemo(() => selectorsOf(chain), [chain]);
  const message = sending.of(oid);
  const { selector, args, sent, problem, answer } = message;
  const known = selectors.find(({ name }) => name === selector.trim());

  return (
    <Section title="Send a message" focus="send">
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void sending.send(view);
        }}
      >
        <div class="send-fields">
          <input
            class="input code"
            data-focus="send"
            list="selectors"
            aria-label="Selector"
            placeholder="selector"
            spellcheck={false}
            autocomplete="off"
            value={selector}
            onInput={(event) => sending.write(oid, { selector: event.currentTarget.value })}
          />
          <input
            class="input code"
            aria-label="Arguments, as JSON with commas between"
            placeholder="arguments: 2, &quot;text&quot;"
            spellcheck={false}
            autocomplete="off"
            value={args}
            onInput={(event) => sending.write(oid, { args: event.currentTarget.value })}
          />
          <button type="submit" class="button primary" disabled={sent !== null}>
            {sent === null ? "Send" : "…"}
          </button>
        </div>
        <datalist id="selectors">
          {selectors.slice(0, SELECTORS_SUGGESTED_MAX).map(({ name, holder }) => (
            <option key={name} value={name}>{holder}</option>
          ))}
        </datalist>
        {known === undefined ? null : (
          <p class="hint">
            <code>{known.holder}</code> {known.doc}
          </p>
        )}
        {sent === null ? null : <UnderWay view={view} message={message} />}
        {problem === null
          ? null
          : <ProblemNote problem={problem} onSuggestion={(name) => void sending.send(view, name)} />}
        {answer === null ? null : (
          <div class="result" role="status" aria-label={`Answer to ${answer.said}`}>
            <span class="result-label">{answer.said} answered</span>
            <ValueView value={answer.value} whole />
          </div>
        )}
      </form>
    </Section>
  );
}

/** How long a message is answered without a word about it; ms. */
const QUICK_MS = 700;

/** What a message waits for, how long by now, and a way to give it up. */
function UnderWay({ view, message }: { view: ObjectView; message: Message }) {
  const { sending, clock } = useApp();
  const [now, setNow] = useState(clock());
  useEffect(() => {
    const timer = setInterval(() => setNow(clock()), 500);
    return () => clearInterval(timer);
  }, []);
  const generation = sending.generationFor(view.oid, message);
  const since = now - message.sent!.at;
  if (since < QUICK_MS) return null;
  const seconds = Math.max(0, Math.round(since / 1_000));
  if (generation === null) return <p class="hint" role="status">Waiting for the answer, {seconds} s…</p>;
  const { latest, faults } = generation;
  return (
    <div class="under-way" role="status">
      <div class="row between">
        <span>
          Nobody understands <code>{latest.selector}</code> yet, so a method is made for it:{" "}
          {stageInWords(latest)} <span class="muted">{seconds} s</span>
        </span>
        <button type="button" class="button small" onClick={() => void sending.stop(latest.generation)}>
          Stop
        </button>
      </div>
      {faults.length === 0 ? null : <p class="muted fault">The try before: {faults.at(-1)}</p>}
    </div>
  );
}
