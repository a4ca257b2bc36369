/** Sends the object a message and shows the answer, or why there is none. */
import { useMemo, useState } from "preact/hooks";
import { ProblemNote } from "../chrome/problem_note.tsx";
import type { ObjectView, WireValue } from "../../protocol.ts";
import { SELECTORS_SUGGESTED_MAX } from "../limits.ts";
import { selectorsOf } from "../model/inherited.ts";
import { parseArguments } from "../model/slot_text.ts";
import type { Problem } from "../model/words.ts";
import { problemOf } from "../net/api.ts";
import { useApp } from "../state/app.ts";
import { Section } from "./section.tsx";
import { localProblem } from "./slot_editor.tsx";
import { ValueView } from "./value_view.tsx";

export function SendForm({ chain }: { chain: readonly ObjectView[] }) {
  const { actions } = useApp();
  const view = chain[0]!;
  const selectors = useMemo(() => selectorsOf(chain), [chain]);
  const [selector, setSelector] = useState("");
  const [args, setArgs] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [answer, setAnswer] = useState<{ value: WireValue; said: string } | null>(null);
  const known = selectors.find(({ name }) => name === selector.trim());

  const send = async (to = selector.trim()) => {
    const parsed = parseArguments(args);
    if (!parsed.ok) return setProblem(localProblem(parsed.reason));
    if (to === "") return setProblem(localProblem("A message needs a selector"));
    setBusy(true);
    setProblem(null);
    setAnswer(null);
    try {
      const value = await actions.send(view.oid, to, parsed.values);
      setAnswer({ value: (value ?? null) as WireValue, said: to });
    } catch (error) {
      setProblem(problemOf(error));
    }
    setBusy(false);
  };

  return (
    <Section title="Send a message" focus="send">
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
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
            onInput={(event) => setSelector(event.currentTarget.value)}
          />
          <input
            class="input code"
            aria-label="Arguments, as JSON with commas between"
            placeholder="arguments: 2, &quot;text&quot;"
            spellcheck={false}
            autocomplete="off"
            value={args}
            onInput={(event) => setArgs(event.currentTarget.value)}
          />
          <button type="submit" class="button primary" disabled={busy}>{busy ? "…" : "Send"}</button>
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
        {problem === null ? null : (
          <ProblemNote
            problem={problem}
            onSuggestion={(name) => {
              setSelector(name);
              void send(name);
            }}
          />
        )}
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
