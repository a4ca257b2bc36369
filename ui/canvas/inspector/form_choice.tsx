/** Chooses how what is written is meant: as text, as JSON, or as the name of an object. */
import { useRef } from "preact/hooks";
import type { SlotForm } from "../model/slot_text.ts";

const FORMS: readonly { form: SlotForm; label: string }[] = [
  { form: "text", label: "Text" },
  { form: "json", label: "JSON" },
  { form: "reference", label: "Reference" },
];

export interface FormChoiceProps {
  readonly form: SlotForm;
  readonly onChange: (form: SlotForm) => void;
  readonly withMethod?: boolean;
}

export function FormChoice({ form, onChange, withMethod = false }: FormChoiceProps) {
  const forms = withMethod ? [...FORMS, { form: "method", label: "Method" } as const] : FORMS;
  const group = useRef<HTMLDivElement>(null);
  const step = (by: number) => {
    const at = forms.findIndex((each) => each.form === form) + by + forms.length;
    const next = at % forms.length;
    onChange(forms[next]!.form);
    (group.current?.children[next] as HTMLElement | undefined)?.focus();
  };
  return (
    <div
      class="segmented"
      role="radiogroup"
      aria-label="Kind of value"
      ref={group}
      onKeyDown={(event) => {
        const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
        if (by === undefined) return;
        event.preventDefault();
        step(by);
      }}
    >
      {forms.map((each) => (
        <button
          key={each.form}
          type="button"
          role="radio"
          aria-checked={each.form === form}
          tabIndex={each.form === form ? 0 : -1}
          onClick={() => onChange(each.form)}
        >
          {each.label}
        </button>
      ))}
    </div>
  );
}
