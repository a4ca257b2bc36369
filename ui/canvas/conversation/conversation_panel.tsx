/** The conversation with the personas. Keeps to the end while one reads there, and stays put when one has scrolled up. */
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { EXCHANGES_SHOWN_MAX } from "../limits.ts";
import { ProblemNote } from "../chrome/problem_note.tsx";
import { useApp } from "../state/app.ts";
import { AnswerView } from "./answer_view.tsx";
import { Composer } from "./composer.tsx";
import { ThreadBar } from "./thread_bar.tsx";
import { ThreadList } from "./thread_list.tsx";

/** A reader this near to the end is at the end. Pixels. */
const END_SLOP = 60;

export function ConversationPanel() {
  const { store, talking } = useApp();
  const list = useRef<HTMLDivElement>(null);
  const follower = useMemo(() => createFollower(() => list.current), []);
  const answers = store.answers.value;
  const conversation = store.conversation.value;
  const [isListed, setListed] = useState(false);
  useLayoutEffect(() => follower.grown(), [answers.length]);
  useLayoutEffect(() => follower.toEnd(), [store.thread.value]);
  return (
    <div class="conversation">
      <ThreadBar isListed={isListed} onList={setListed} />
      {isListed ? <ThreadList onChosen={() => setListed(false)} /> : null}
      <div
        class="answers"
        ref={list}
        onScroll={follower.scrolled}
        role="log"
        aria-label="Conversation"
        hidden={isListed}
        tabIndex={0}
      >
        {conversation.state === "failed"
          ? (
            <ProblemNote
              problem={conversation.problem}
              action={{ label: "Try again", run: () => void talking.load() }}
            />
          )
          : null}
        {conversation.state === "loading"
          ? <div class="skeleton-rows" role="status" aria-label="Loading" />
          : null}
        {conversation.state === "ready" && answers.length === 0 ? <Welcome /> : null}
        {answers.length < EXCHANGES_SHOWN_MAX ? null : (
          <p class="hint">
            Shown are the newest {EXCHANGES_SHOWN_MAX} turns. Save the thread as Markdown to read all of it.
          </p>
        )}
        {answers.map((entry) => <AnswerView key={entry.answer} entry={entry} onGrow={follower.grown} />)}
      </div>
      <Composer onAsked={follower.toEnd} />
    </div>
  );
}

/** Scrolls in the next frame at most once, so that a token costs no layout. */
function createFollower(list: () => HTMLElement | null) {
  let atEnd = true;
  let last = 0;
  let frame = 0;
  const scroll = () => {
    frame = 0;
    const element = list();
    if (element !== null && atEnd) element.scrollTop = element.scrollHeight;
  };
  return {
    scrolled() {
      const element = list();
      if (element === null) return;
      const { scrollTop } = element;
      // What has grown since makes a gap too: only who scrolls up leaves the end.
      if (element.scrollHeight - scrollTop - element.clientHeight < END_SLOP) atEnd = true;
      else if (scrollTop < last) atEnd = false;
      last = scrollTop;
    },
    grown() {
      if (frame === 0 && atEnd) frame = requestAnimationFrame(scroll);
    },
    toEnd() {
      atEnd = true;
      if (frame === 0) frame = requestAnimationFrame(scroll);
    },
  };
}

function Welcome() {
  const { store, show } = useApp();
  return (
    <div class="welcome">
      <h3>Who listens here</h3>
      <p class="muted">Ask anything. The steward passes it on to whom it suits, or choose yourself below.</p>
      <ul class="persona-list">
        {store.personas.value.map(({ oid, name, role, model }) => (
          <li key={oid}>
            <button type="button" class="persona-row" onClick={() => show(oid)}>
              <span class="avatar" data-persona={name ?? ""} aria-hidden="true">
                {(name ?? "?").slice(0, 1)}
              </span>
              <span class="object-words">
                <span class="object-title">{name}</span>
                <span class="muted">{role}</span>
                <code class="muted">{model}</code>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
