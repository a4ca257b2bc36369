/** A question with its answer: streaming into a plain text node, then set as paragraphs and code once it is whole. */
import { useLayoutEffect, useRef } from "preact/hooks";
import { Icon } from "../chrome/icon.tsx";
import { agoInWords } from "../model/words.ts";
import type { AnswerEntry } from "../state/answer_entry.ts";
import { useApp } from "../state/app.ts";
import { MemoryChips } from "./memory_chips.tsx";
import { RichText } from "./rich_text.tsx";

export function AnswerView({ entry, onGrow }: { entry: AnswerEntry; onGrow: () => void }) {
  const { show, clock } = useApp();
  const about = entry.about.value;
  const phase = entry.phase.value;
  return (
    <article class={`exchange ${phase.state}`} data-answer={entry.answer} data-state={phase.state}>
      <p class="question">
        <span class="visually-hidden">You asked:</span>
        {about.question}
      </p>
      <div class="answer">
        <div class="answer-head">
          <span class="avatar small" data-persona={about.personaName} aria-hidden="true">
            {about.personaName.slice(0, 1)}
          </span>
          <button type="button" class="link strong" onClick={() => show(about.personaId)}>
            {about.personaName}
          </button>
          <span class="muted" title={about.reason}>{about.mind}</span>
          <time class="muted" dateTime={new Date(about.at).toISOString()}>
            {agoInWords(about.at, clock())}
          </time>
        </div>
        {about.reason === "" ? null : <p class="reason">{about.reason}</p>}
        {phase.state === "complete"
          ? <RichText text={entry.text} />
          : phase.state === "aborted"
          ? (
            <p class="aborted">
              <Icon name="stop" size={14} /> {phase.reason}. Nothing of it was kept.
            </p>
          )
          : <Streaming entry={entry} onGrow={onGrow} />}
        {phase.state === "asking" || phase.state === "streaming" ? <StopButton entry={entry} /> : null}
        {phase.state === "aborted" ? null : <MemoryChips memories={about.memories} />}
      </div>
    </article>
  );
}

/** The text node is this component's own: it is made once and Preact never touches it. */
function Streaming({ entry, onGrow }: { entry: AnswerEntry; onGrow: () => void }) {
  const host = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const node = document.createTextNode("");
    host.current!.append(node);
    const detach = entry.attach(node, onGrow);
    return () => {
      detach();
      node.remove();
    };
  }, [entry]);
  return (
    <>
      {entry.phase.value.state === "asking"
        ? (
          <p class="thinking" role="status">
            <span />
            <span />
            <span />
            <span class="visually-hidden">Thinking</span>
          </p>
        )
        : null}
      <div class="answer-text" ref={host} aria-live="off" />
    </>
  );
}

function StopButton({ entry }: { entry: AnswerEntry }) {
  const { talking, toaster } = useApp();
  return (
    <button
      type="button"
      class="button small stop"
      onClick={() => void talking.stop(entry.answer).catch((error) => toaster.fail(error))}
    >
      <Icon name="stop" size={13} /> Stop
    </button>
  );
}
