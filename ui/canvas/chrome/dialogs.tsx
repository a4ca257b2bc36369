/** Whatever lies over the window. The page below is out of reach meanwhile; focus comes back to where it was. */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { useApp } from "../state/app.ts";
import { AskDialog } from "./ask_dialog.tsx";
import { LaterDialog } from "./later_dialog.tsx";
import { Help } from "./help.tsx";
import { Palette } from "./palette.tsx";
import { PromptDialog } from "./prompt_dialog.tsx";

export function Dialogs() {
  const { store } = useApp();
  const dialog = store.dialog.value;
  if (dialog === null) return null;
  switch (dialog.kind) {
    case "palette":
      return (
        <Modal key="palette" label="Search objects and commands" class="palette">
          <Palette />
        </Modal>
      );
    case "help":
      return (
        <Modal key="help" label="Keys" class="help">
          <Help />
        </Modal>
      );
    case "prompt":
      return (
        <Modal key="prompt" label="What the model was sent" class="prompt">
          <PromptDialog exchange={dialog.exchange} />
        </Modal>
      );
    case "later":
      return (
        <Modal key="later" label={dialog.title} class="ask">
          <LaterDialog dialog={dialog} />
        </Modal>
      );
    case "ask":
      return (
        <Modal key="ask" label={dialog.title} class="ask">
          <AskDialog dialog={dialog} />
        </Modal>
      );
  }
}

interface ModalProps {
  readonly label: string;
  readonly class: string;
  readonly children: ComponentChildren;
}

function Modal(props: ModalProps) {
  const { store, stage } = useApp();
  const element = useRef<HTMLDialogElement>(null);
  // At once, before whatever is done next looks for the focus.
  useLayoutEffect(() => {
    const before = document.activeElement;
    const dialog = element.current!;
    dialog.showModal();
    return () => {
      dialog.close();
      // What stood there may have gone with what the dialog did; then one goes on at the canvas.
      if (before instanceof HTMLElement && before.isConnected && before !== document.body) before.focus();
      else stage.renderer?.focus();
    };
  }, []);
  const close = () => store.dialog.value = null;
  return (
    <dialog
      ref={element}
      class={`modal ${props.class}`}
      aria-label={props.label}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onClick={(event) => event.target === element.current && close()}
    >
      {props.children}
    </dialog>
  );
}
