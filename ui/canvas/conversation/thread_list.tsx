/** All threads, the one in which something was said last first; a click shows one. */
import { agoInWords } from "../model/words.ts";
import { TURNS_COUNTED } from "../limits.ts";
import { useApp } from "../state/app.ts";

export function ThreadList({ onChosen }: { onChosen: () => void }) {
  const { store, talking, clock } = useApp();
  const threads = store.threads.value;
  if (threads.length === 0) {
    return <p class="empty">Nothing was said yet. A thread is there from its first answer on.</p>;
  }
  return (
    <ul class="thread-list">
      {threads.map(({ oid, thread, turns, last, created_at, branch }) => (
        <li key={oid}>
          <button
            type="button"
            class="thread-row"
            aria-current={thread === store.thread.value}
            onClick={() => {
              onChosen();
              void talking.open(thread);
            }}
          >
            <span class="thread-row-head">
              <span class="strong clip">{thread}</span>
              <time class="muted">{agoInWords(last?.at ?? created_at, clock())}</time>
            </span>
            <span class="muted clip">{last?.query_text ?? "Nothing said in it yet"}</span>
            <span class="muted">
              {turns}
              {turns >= TURNS_COUNTED ? "+" : ""} {turns === 1 ? "turn" : "turns"}
              {branch === null ? "" : ` · from ${branch.thread ?? "a thread that is gone"}`}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}
