/** Which thread is shown, and what can be done with it. */
import { IconButton } from "../chrome/icon_button.tsx";
import { Icon } from "../chrome/icon.tsx";
import { useApp } from "../state/app.ts";

export function ThreadBar({ isListed, onList }: { isListed: boolean; onList: (listed: boolean) => void }) {
  const { store, talking, toaster, askToDeleteThread } = useApp();
  const thread = store.thread.value;
  const known = store.threads.value.find((each) => each.thread === thread);
  const from = known?.branch?.thread ?? null;
  const ask = (title: string, text: string, confirm: string, run: (name: string) => Promise<unknown>) => {
    store.dialog.value = {
      kind: "ask",
      title,
      text,
      label: "Name",
      placeholder: "name",
      confirm,
      run: (name) => {
        if (name !== "") void run(name).catch((error) => toaster.fail(error));
      },
    };
  };
  const begin = () =>
    ask("A new thread", "It begins with your first question.", "Begin", async (name) => {
      onList(false);
      await talking.open(name);
    });
  const rename = () =>
    ask(`Rename ${thread}`, "Its exchanges stay in it.", "Rename", (name) => talking.rename(thread, name));
  return (
    <div class="thread-bar">
      <button
        type="button"
        class="thread-name"
        aria-expanded={isListed}
        title="All threads"
        onClick={() => onList(!isListed)}
      >
        <Icon name={isListed ? "down" : "chevron"} size={14} />
        <span class="clip">{thread}</span>
        {from === null ? null : <span class="muted clip">from {from}</span>}
      </button>
      <IconButton icon="plus" label="New thread" onClick={begin} />
      {known === undefined ? null : (
        <>
          <IconButton icon="pencil" label="Rename this thread" onClick={rename} />
          <a
            class="icon-button"
            href={exportOf(thread, "markdown")}
            download
            title="Save as Markdown"
            aria-label="Save as Markdown"
          >
            <Icon name="download" />
          </a>
          <a
            class="icon-button words"
            href={exportOf(thread, "json")}
            download
            title="Save as JSON"
            aria-label="Save as JSON"
          >
            {"{ }"}
          </a>
          <IconButton
            icon="trash"
            label="Delete this thread"
            danger
            onClick={() => askToDeleteThread(known)}
          />
        </>
      )}
    </div>
  );
}

function exportOf(thread: string, format: "markdown" | "json"): string {
  return `/api/conversation/export?${new URLSearchParams({ thread, format })}`;
}
