/** A question with its answer: streaming into a plain text node, then set as paragraphs and code once it is whole. */
import { Icon } from "../chrome/icon.tsx";
import { agoInWords, costInWords, speedOf } from "../model/words.ts";
import type { AnswerEntry } from "../state/answer_entry.ts";
import { useApp } from "../state/app.ts";
import { AnswerActions } from "./answer_actions.tsx";
import { MemoryChips } from "./memory_chips.tsx";
import { RichText } from "./rich_text.tsx";
import { Streaming } from "./streaming.tsx";
import { Voices } from "./voices.tsx";

export function AnswerView({ entry, onGrow }: { entry: AnswerEntry; onGrow: () => void }) {
  const { store } = useApp();
  const about = entry.about.value;
  const phase = entry.phase.value;
  const again = entry.again.value;
  return (
    <article class={`exchange ${phase.state}`} data-answer={entry.answer} data-state={phase.state}>
      {about.thread === store.thread.value ? null : <p class="from-thread muted">from {about.thread}</p>}
      <p class="question">
        <span class="visually-hidden">You asked:</span>
        {about.question}
      </p>
      <div class="answer">
        <AnswerHead entry={entry} />
        {about.reason === "" ? null : <p class="reason">{about.reason}</p>}
        <Voices entry={entry} onGrow={onGrow} />
        <div class={again.length === 0 ? "answers-to" : "answers-to several"}>
          <AnswerBody entry={entry} onGrow={onGrow} />
          {again.map((each) => (
            <div class={`again ${each.phase.value.state}`} key={each.answer} data-answer={each.answer}>
              <p class="again-title">Asked again</p>
              <AnswerHead entry={each} />
              <AnswerBody entry={each} onGrow={onGrow} />
            </div>
          ))}
        </div>
        {phase.state === "aborted" ? null : <MemoryChips memories={about.memories} />}
        {phase.state === "complete" ? <AnswerActions entry={entry} /> : null}
      </div>
    </article>
  );
}

function AnswerHead({ entry }: { entry: AnswerEntry }) {
  const { show, clock } = useApp();
  const about = entry.about.value;
  const { model } = about;
  const usage = model === "none" ? undefined : about.details?.usage;
  return (
    <div class="answer-head">
      <span class="avatar small" data-persona={about.personaName} aria-hidden="true">
        {about.personaName.slice(0, 1)}
      </span>
      <button type="button" class="link strong" onClick={() => show(about.personaId)}>
        {about.personaName}
      </button>
      <span class="muted clip" title={about.reason}>
        {model === "" || model === "none" ? about.mind : model}
      </span>
      {usage === undefined
        ? null
        : <span class="muted clip" title={costInWords(usage)}>{speedOf(usage)}</span>}
      <time class="muted" dateTime={new Date(about.at).toISOString()}>
        {agoInWords(about.at, clock())}
      </time>
    </div>
  );
}

function AnswerBody({ entry, onGrow }: { entry: AnswerEntry; onGrow: () => void }) {
  const phase = entry.phase.value;
  return (
    <div class="answer-body">
      {phase.state === "complete"
        ? <RichText text={entry.text} />
        : phase.state === "aborted"
        ? (
          <p class="aborted">
            <Icon name="stop" size={14} /> {phase.reason}. Nothing of it was kept.
          </p>
        )
        : <Streaming words={entry.words} isThinking={phase.state === "asking"} onGrow={onGrow} />}
      {phase.state === "asking" || phase.state === "streaming" ? <StopButton entry={entry} /> : null}
    </div>
  );
}

function StopButton({ entry }: { entry: AnswerEntry }) {
  const { talking, toaster } = useApp();
  return (
    <button
      type="button"
      class="button small stop"
      onClick={() => {
        void talking.stop(entry.answer).catch((error) => toaster.fail(error));
        // The button goes; who used the keyboard asks on.
        document.getElementById("question")?.focus();
      }}
    >
      <Icon name="stop" size={13} /> Stop
    </button>
  );
}
