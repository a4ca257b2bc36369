/** The ring of direct actions around the selected morph. Follows it in every frame without rendering anew. */
import type { RefObject } from "preact";
import { clamp, type Rect } from "../model/geometry.ts";
import type { Insets } from "../model/viewport.ts";
import { useApp } from "../state/app.ts";
import { IconButton } from "./icon_button.tsx";

/** Screen pixels between the halo and what it is near to: the morph, the panels, the window's edge. */
const GAP = 10;
const BELOW = 12;

/**
 * Puts the halo above the morph, below it where there is no room, and always where it can be pressed: between the
 * panels. Hides it without a morph. Screen pixels.
 */
export function placeHalo(
  element: HTMLElement | null,
  rect: Rect | null,
  { busy, insets }: { readonly busy: boolean; readonly insets: Insets },
): void {
  if (element === null) return;
  element.hidden = rect === null;
  element.classList.toggle("busy", busy);
  // While things move it is not to be seen, and nothing is measured.
  if (rect === null || busy) return;
  const { offsetWidth: width, offsetHeight: height } = element;
  const room = element.parentElement!;
  const x = rect.x + rect.width / 2 - width / 2;
  const above = rect.y - height - GAP;
  const y = above >= insets.top + GAP ? above : rect.y + rect.height + BELOW;
  const within = (value: number, from: number, to: number) => clamp(value, from, Math.max(from, to));
  const left = within(x, insets.left + GAP, room.clientWidth - insets.right - GAP - width);
  const top = within(y, insets.top + GAP, room.clientHeight - insets.bottom - GAP - height);
  element.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
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
