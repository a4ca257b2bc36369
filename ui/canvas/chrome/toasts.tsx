/** Messages at the lower edge: they stay while a person points at them. */
import { useApp } from "../state/app.ts";
import { Icon } from "./icon.tsx";
import { IconButton } from "./icon_button.tsx";

const ICONS = { done: "check", error: "warning", info: "dot" } as const;

export function Toasts() {
  const { store, toaster } = useApp();
  return (
    <div class="toasts" role="region" aria-label="Messages" aria-live="polite">
      {store.toasts.value.map(({ id, kind, text, hint, action }) => (
        <div
          key={id}
          class={`toast ${kind}`}
          onPointerEnter={() => toaster.pause(id)}
          onPointerLeave={() => toaster.resume(id)}
          onFocusIn={() => toaster.pause(id)}
          onFocusOut={() => toaster.resume(id)}
        >
          <Icon name={ICONS[kind]} />
          <div class="toast-words">
            <span>{text}</span>
            {hint === undefined ? null : <span class="muted">{hint}</span>}
          </div>
          {action === undefined ? null : (
            <button
              type="button"
              class="toast-action"
              onClick={() => {
                toaster.dismiss(id);
                action.run();
              }}
            >
              {action.label}
            </button>
          )}
          <IconButton icon="close" label="Dismiss" onClick={() => toaster.dismiss(id)} />
        </div>
      ))}
    </div>
  );
}
