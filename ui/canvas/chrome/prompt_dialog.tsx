/** Exactly what models were sent for an answer, in the order in which they spoke. */
import { useEffect, useState } from "preact/hooks";
import type { PromptsView } from "../../protocol.ts";
import type { Problem } from "../model/words.ts";
import { problemOf } from "../net/api.ts";
import { useApp } from "../state/app.ts";
import { IconButton } from "./icon_button.tsx";
import { ProblemNote } from "./problem_note.tsx";

export function PromptDialog({ exchange }: { exchange: string }) {
  const { api, store } = useApp();
  const [view, setView] = useState<PromptsView | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    api.prompts(exchange).then(setView, (error) => setProblem(problemOf(error)));
  }, [exchange]);
  return (
    <div class="modal-body stack">
      <div class="row between">
        <h2>What the model was sent</h2>
        <IconButton icon="close" label="Close" shortcut="Escape" onClick={() => store.dialog.value = null} />
      </div>
      {problem === null ? null : <ProblemNote problem={problem} />}
      {view === null && problem === null
        ? <div class="skeleton-rows" role="status" aria-label="Loading the prompt" />
        : null}
      {view?.prompts.map((each, index) => <Sent key={index} sent={each} />)}
    </div>
  );
}

function Sent({ sent: { persona_name, task, prompt } }: { sent: PromptsView["prompts"][number] }) {
  if (prompt === null) return <p class="muted">{persona_name} had no model and was sent nothing.</p>;
  const { model, tokens, options, messages } = prompt;
  const chosen = Object.entries(options).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  return (
    <section class="sent" aria-label={`To ${persona_name}`}>
      <h3>
        {persona_name}{" "}
        <span class="muted">{task === "answer" ? "" : task === "revise" ? "again" : "for all"}</span>
      </h3>
      <p class="muted">
        <code>{model}</code> · about {tokens} tokens · {chosen.join(" · ")}
      </p>
      {messages.map(({ role, content }, index) => (
        <div class="sent-message" key={index} data-role={role}>
          <span class="tag">{role}</span>
          <pre tabIndex={0}>{content}</pre>
        </div>
      ))}
    </section>
  );
}
