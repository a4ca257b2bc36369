/** A persona as a form: what it is asked to be, with which model, and what that costs. The next answer obeys it. */
import { useEffect, useId, useState } from "preact/hooks";
import type { ObjectView } from "../../protocol.ts";
import { ProblemNote } from "../chrome/problem_note.tsx";
import { changedSlots, type PersonaFields, personaFields } from "../model/persona_form.ts";
import { localProblem, type Problem } from "../model/words.ts";
import { problemOf } from "../net/api.ts";
import { useApp } from "../state/app.ts";
import { Section } from "./section.tsx";
import { changedMeanwhile } from "./slot_editor.tsx";

export function PersonaForm({ chain }: { chain: readonly ObjectView[] }) {
  const { actions, store } = useApp();
  const view = chain[0]!;
  const drafts = store.drafts.personas;
  // Others may change it while one writes: what counts is what one has seen when one began.
  const { written, seen } = drafts.get(view.oid) ?? { written: {}, seen: view };
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const fields = { ...personaFields(chain), ...written };
  const result = changedSlots(chain, fields);
  const isChanged = !result.ok || result.changes.length > 0;
  // What was saved stays written until the image tells of it. Looked at anew: more may be written by now.
  useEffect(() => {
    const now = drafts.get(view.oid);
    if (now === undefined || busy) return;
    const left = changedSlots(chain, { ...personaFields(chain), ...now.written });
    if (left.ok && left.changes.length === 0) drafts.drop(view.oid);
  }, [isChanged, busy]);
  const write = (field: keyof PersonaFields) => (text: string) => {
    setProblem(null);
    drafts.put(view.oid, { written: { ...written, [field]: text }, seen });
  };
  /** Only a change of a slot of these is in the way; then one is told, and saving again puts one's own in its place. */
  const save = async () => {
    if (!result.ok) return setProblem(localProblem(result.reason));
    setBusy(true);
    try {
      const changes = result.changes.map(({ slot, value }) => [slot, value] as const);
      const changedIn = ({ slots }: ObjectView) =>
        changes.find(([slot]) => JSON.stringify(slots[slot]) !== JSON.stringify(seen.slots[slot]))?.[0];
      const saved = await actions.setSlotsAsSeen(view.oid, Object.fromEntries(changes), {
        at: seen.position,
        isSeen: (now) => changedIn(now) === undefined,
      });
      if ("other" in saved) {
        drafts.put(view.oid, { written, seen: saved.other });
        setProblem(changedMeanwhile(changedIn(saved.other)!, "changed"));
      }
    } catch (error) {
      setProblem(problemOf(error));
    }
    setBusy(false);
  };
  const discard = () => {
    drafts.drop(view.oid);
    setProblem(null);
  };
  const installed = store.models.value?.installed ?? [];
  const models = installed.map(({ model }) => model);
  const most = installed.find(({ model }) => withoutLatest(model) === withoutLatest(fields.model))
    ?.context_tokens ?? null;
  return (
    <Section title="Persona">
      <form
        class="persona-form"
        aria-label="Persona"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <Field label="Role" value={fields.role} onWrite={write("role")} wide />
        <Field label="Prompt" value={fields.prompt} onWrite={write("prompt")} wide rows={6} />
        <Field label="Model" value={fields.model} onWrite={write("model")} wide choices={models} />
        <Field label="Memory (GB)" value={fields.gigabytes} onWrite={write("gigabytes")} />
        <Field
          label="Kept loaded"
          value={fields.keepAlive}
          onWrite={write("keepAlive")}
          choices={["-1", "5m", "0"]}
        />
        <Field
          label={`Context (at most ${most ?? "unknown"})`}
          value={fields.context}
          onWrite={write("context")}
          hint={`${Math.min(most ?? 4096, 4096)}`}
        />
        <Field label="Longest answer" value={fields.length} onWrite={write("length")} hint="1024" />
        <Field
          label="Temperature"
          value={fields.temperature}
          onWrite={write("temperature")}
          hint="the model's"
        />
        {problem === null ? null : <ProblemNote problem={problem} />}
        {isChanged
          ? (
            <div class="row end wide">
              <button type="button" class="button small quiet" onClick={discard}>Discard</button>
              <button type="submit" class="button small primary" disabled={busy}>Save persona</button>
            </div>
          )
          : null}
      </form>
    </Section>
  );
}

/** A model without a tag is the latest of its name. */
function withoutLatest(model: string): string {
  return model.replace(/:latest$/, "");
}

interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly onWrite: (text: string) => void;
  readonly wide?: boolean;
  readonly rows?: number;
  readonly hint?: string;
  readonly choices?: readonly string[];
}

function Field({ label, value, onWrite, wide = false, rows, hint, choices }: FieldProps) {
  const id = useId();
  return (
    <div class={wide ? "field wide" : "field"}>
      <label for={id}>{label}</label>
      {rows === undefined
        ? (
          <input
            id={id}
            class="input"
            value={value}
            placeholder={hint ?? ""}
            type="text"
            list={`${id}-choices`}
            onInput={(event) => onWrite(event.currentTarget.value)}
          />
        )
        : (
          <textarea
            id={id}
            class="input"
            rows={rows}
            value={value}
            onInput={(event) => onWrite(event.currentTarget.value)}
          />
        )}
      {choices === undefined ? null : (
        <datalist id={`${id}-choices`}>
          {choices.map((each) => <option key={each} value={each} />)}
        </datalist>
      )}
    </div>
  );
}
