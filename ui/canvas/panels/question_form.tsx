/** A structured question to correct: what is asked, and of which objects, roles and values. */
import { useState } from "preact/hooks";
import type { StructuredQuestion } from "../../protocol.ts";
import { formOfQuestion, type QuestionFields, questionOfForm } from "../model/question_fields.ts";

const KINDS: readonly { readonly ask: StructuredQuestion["ask"]; readonly label: string }[] = [
  { ask: "fills", label: "What fills a role in an object" },
  { ask: "which", label: "Which objects have a role with a value" },
  { ask: "analogy", label: "What is to one as a value is to another" },
];
const FIELDS: Readonly<
  Record<
    StructuredQuestion["ask"],
    readonly { readonly name: keyof QuestionFields; readonly label: string }[]
  >
> = {
  fills: [{ name: "object", label: "Object" }, {
    name: "roles",
    label: "Roles, one after the other, by commas",
  }],
  which: [{ name: "role", label: "Role" }, { name: "value", label: "Value" }],
  analogy: [{ name: "to", label: "To" }, { name: "value", label: "As this value" }, {
    name: "from",
    label: "Is to",
  }],
};

export function QuestionForm({ question, onAsk }: {
  question: StructuredQuestion;
  onAsk: (question: StructuredQuestion) => void;
}) {
  const [ask, setAsk] = useState(question.ask);
  const [fields, setFields] = useState(() => formOfQuestion(question));
  const made = questionOfForm(ask, fields);
  return (
    <details class="why question-form">
      <summary>Correct the question</summary>
      <form
        class="stack"
        aria-label="The structured question"
        onSubmit={(event) => {
          event.preventDefault();
          if (made !== null) onAsk(made);
        }}
      >
        <label class="stack tight">
          <span class="field-label">What is asked</span>
          <select
            class="select"
            value={ask}
            onChange={(event) => setAsk(event.currentTarget.value as StructuredQuestion["ask"])}
          >
            {KINDS.map((kind) => <option key={kind.ask} value={kind.ask}>{kind.label}</option>)}
          </select>
        </label>
        {FIELDS[ask].map(({ name, label }) => (
          <label key={name} class="stack tight">
            <span class="field-label">{label}</span>
            <input
              class="input"
              type="text"
              value={fields[name]}
              onInput={(event) => setFields({ ...fields, [name]: event.currentTarget.value })}
            />
          </label>
        ))}
        <div class="row end">
          <button type="submit" class="button small primary" disabled={made === null}>
            Ask as corrected
          </button>
        </div>
      </form>
    </details>
  );
}
