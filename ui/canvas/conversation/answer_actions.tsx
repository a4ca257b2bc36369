/** What can be done with an answer that is there: go on from it elsewhere, see what the model was sent, ask that again. */
import { useState } from "preact/hooks";
import { Icon, type IconName } from "../chrome/icon.tsx";
import type { AnswerEntry } from "../state/answer_entry.ts";
import { useApp } from "../state/app.ts";

export function AnswerActions({ entry }: { entry: AnswerEntry }) {
  const { store, talking, toaster } = useApp();
  const { exchange, details } = entry.about.value;
  if (exchange === null) return null;
  const hasPrompt = details !== null && details.prompts > 0;
  const branch = async () => {
    const thread = await talking.branch(exchange);
    toaster.show({ kind: "done", text: `This is ${thread}: it goes on from here` });
  };
  return (
    <div class="answer-actions">
      <Action icon="branch" label="Branch here" run={branch} />
      {hasPrompt
        ? (
          <>
            <Action
              icon="prompt"
              label="Prompt"
              run={() => void (store.dialog.value = { kind: "prompt", exchange })}
            />
            <Action icon="again" label="Ask again" run={() => talking.replay(exchange)} />
          </>
        )
        : null}
      {details?.prompts_left_out === undefined
        ? null
        : <span class="muted" title={details.prompts_left_out}>Prompt not kept</span>}
    </div>
  );
}

function Action({ icon, label, run }: { icon: IconName; label: string; run: () => Promise<void> | void }) {
  const { toaster } = useApp();
  const [busy, setBusy] = useState(false);
  const act = async () => {
    setBusy(true);
    try {
      await run();
    } catch (error) {
      toaster.fail(error);
    }
    setBusy(false);
  };
  return (
    <button type="button" class="answer-action" disabled={busy} onClick={() => void act()}>
      <Icon name={icon} size={13} /> {label}
    </button>
  );
}
