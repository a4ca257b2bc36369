/** Chooses how what is written is meant: as text, as JSON, or as the name of an object. */
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
  return (
    <div class="segmented" role="radiogroup" aria-label="Kind of value">
      {forms.map((each) => (
        <button
          key={each.form}
          type="button"
          role="radio"
          aria-checked={each.form === form}
          onClick={() => onChange(each.form)}
        >
          {each.label}
        </button>
      ))}
    </div>
  );
}
