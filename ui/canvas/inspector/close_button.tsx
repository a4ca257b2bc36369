/** Closes the inspector; the keyboard goes on at the canvas. */
import { IconButton } from "../chrome/icon_button.tsx";
import { useApp } from "../state/app.ts";

export function CloseButton() {
  const { inspecting, stage } = useApp();
  const close = () => {
    inspecting.select(null);
    stage.renderer?.focus();
  };
  return <IconButton icon="close" label="Close the inspector" shortcut="Escape" onClick={close} />;
}
