/** The ring of direct actions around the selected morph. Follows it in every frame without rendering anew. */
import type { RefObject } from "preact";
import type { Rect } from "../model/geometry.ts";
import { useApp } from "../state/app.ts";
import { IconButton } from "./icon_button.tsx";

/** Puts the halo above the morph, or hides it. Screen pixels. */
export function placeHalo(element: HTMLElement | null, rect: Rect | null, busy: boolean): void {
  if (element === null) return;
  element.hidden = rect === null;
  element.classList.toggle("busy", busy);
  if (rect === null) return;
  const above = rect.y > 110;
  const y = above ? rect.y - 48 : rect.y + rect.height + 12;
  element.style.transform = `translate(${Math.round(rect.x + rect.width / 2)}px, ${
    Math.round(y)
  }px) translateX(-50%)`;
}

export function Halo({ element }: { element: RefObject<HTMLDivElement | null> }) {
  const { store, actions, stage } = useApp();
  const oid = store.selected.value;
  const morph = oid === null ? undefined : store.morphs.value.get(oid);
  const focus = (part: "slots" | "send") => store.inspectorFocus.value = part;
  return (
    <div
      class="halo"
      ref={element}
      hidden
      role="toolbar"
      aria-label={`Actions of ${morph?.title ?? "the morph"}`}
    >
      {oid === null || morph === undefined || store.past.value !== null ? null : (
        <>
          <IconButton icon="inspect" label="Inspect" shortcut="Enter" onClick={() => focus("slots")} />
          <IconButton icon="clone" label="Clone" shortcut="C" onClick={() => void actions.clone(oid)} />
          <IconButton
            icon="extend"
            label="Extend: a child of it"
            shortcut="E"
            onClick={() => void actions.extend(oid)}
          />
          <IconButton icon="send" label="Send a message" shortcut="M" onClick={() => focus("send")} />
          <IconButton
            icon="undo"
            label="Undo the last change"
            shortcut="Ctrl Z"
            onClick={() => void actions.undo()}
          />
          <IconButton
            icon="trash"
            label="Delete"
            shortcut="Delete"
            danger
            onClick={() => {
              void actions.remove(oid);
              stage.renderer?.focus();
            }}
          />
        </>
      )}
    </div>
  );
}
