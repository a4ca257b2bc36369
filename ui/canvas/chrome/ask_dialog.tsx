/** Asks for a word or a confirmation before something is done. */
import { useState } from "preact/hooks";
import { useApp } from "../state/app.ts";
import type { Dialog } from "../state/store.ts";

export function AskDialog({ dialog }: { dialog: Extract<Dialog, { kind: "ask" }> }) {
  const { store } = useApp();
  const [text, setText] = useState("");
  const close = () => store.dialog.value = null;
  return (
    <form
      class="stack modal-body"
      onSubmit={(event) => {
        event.preventDefault();
        close();
        dialog.run(text.trim());
      }}
    >
      <h2>{dialog.title}</h2>
      <p>{dialog.text}</p>
      {dialog.placeholder === undefined ? null : (
        <input
          class="input"
          aria-label={dialog.label}
          placeholder={dialog.placeholder}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      )}
      <div class="row end">
        <button type="button" class="button quiet" onClick={close}>Cancel</button>
        <button type="submit" class={dialog.danger === true ? "button danger-fill" : "button primary"}>
          {dialog.confirm}
        </button>
      </div>
    </form>
  );
}
