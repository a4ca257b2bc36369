/** Whom a question goes to: whom it suits, one persona, or several and how they are to answer. */
import { useId } from "preact/hooks";
import { PERSONAS_ASKED_MAX } from "../../protocol.ts";
import type { Whom } from "../model/whom.ts";
import { useApp } from "../state/app.ts";

const SEVERAL = "several";

export function WhomChoice({ whom, onChange }: { whom: Whom; onChange: (whom: Whom) => void }) {
  const { store } = useApp();
  const personas = store.personas.value;
  return (
    <select
      id="persona"
      class="select"
      aria-label="Who answers"
      value={whom.several ? SEVERAL : whom.personas[0] ?? ""}
      onChange={({ currentTarget: { value } }) =>
        onChange({
          ...whom,
          several: value === SEVERAL,
          personas: value === SEVERAL
            ? personas.slice(0, PERSONAS_ASKED_MAX).map(({ oid }) => oid)
            : value === ""
            ? []
            : [value],
        })}
    >
      <option value="">Whom it suits</option>
      {personas.map(({ oid, name }) => <option key={oid} value={oid}>{name ?? oid}</option>)}
      {personas.length > 1 ? <option value={SEVERAL}>Several…</option> : null}
    </select>
  );
}

/** Who of several, and how; nothing when one is asked. */
export function SeveralChoice({ whom, onChange }: { whom: Whom; onChange: (whom: Whom) => void }) {
  const { store } = useApp();
  const manner = useId();
  if (!whom.several) return null;
  const toggle = (oid: string, isAsked: boolean) =>
    onChange({
      ...whom,
      personas: isAsked ? [...whom.personas, oid] : whom.personas.filter((each) => each !== oid),
    });
  return (
    <fieldset class="several-choice">
      <legend class="visually-hidden">Who answers, and how</legend>
      <div class="row wrap">
        {store.personas.value.map(({ oid, name }) => {
          const isAsked = whom.personas.includes(oid);
          return (
            <label key={oid} class="check-chip" data-checked={isAsked}>
              <input
                type="checkbox"
                checked={isAsked}
                disabled={!isAsked && whom.personas.length >= PERSONAS_ASKED_MAX}
                onChange={(event) => toggle(oid, event.currentTarget.checked)}
              />
              {name ?? oid}
            </label>
          );
        })}
      </div>
      <div class="row wrap">
        {([["side_by_side", "side by side"], ["in_turn", "in turn"]] as const).map(([value, label]) => (
          <label key={value} class="check-chip" data-checked={whom.manner === value}>
            <input
              type="radio"
              name={manner}
              checked={whom.manner === value}
              onChange={() =>
                onChange({ ...whom, manner: value })}
            />
            {label}
          </label>
        ))}
        <label class="check-chip" data-checked={whom.deliberate}>
          <input
            type="checkbox"
            checked={whom.deliberate}
            onChange={(event) => onChange({ ...whom, deliberate: event.currentTarget.checked })}
          />
          hearing one another
        </label>
      </div>
    </fieldset>
  );
}
