/** The whole window: canvas under everything, panels at both sides, bars above and below, dialogs on top. */
import { useEffect } from "preact/hooks";
import { Inspector } from "../inspector/inspector.tsx";
import { useApp } from "../state/app.ts";
import { Banner } from "./banner.tsx";
import { Dialogs } from "./dialogs.tsx";
import { Dock } from "./dock.tsx";
import { Header } from "./header.tsx";
import { PastBanner } from "./past_banner.tsx";
import { LoadScreen } from "./load_screen.tsx";
import { keepFocus } from "./keep_focus.ts";
import { listenToShortcuts } from "./shortcuts.ts";
import { Stage } from "./stage.tsx";
import { StatusBar } from "./status_bar.tsx";
import { Toasts } from "./toasts.tsx";

export function Window() {
  const app = useApp();
  useEffect(() => listenToShortcuts(app, document), [app]);
  useEffect(() => keepFocus(document, () => app.stage.renderer?.focus()), [app]);
  useEffect(() => {
    // The browser asks whether what is written and not saved may go with the window.
    const ask = (event: BeforeUnloadEvent) =>
      app.store.drafts.hasEdits() ? event.preventDefault() : undefined;
    addEventListener("beforeunload", ask);
    return () => removeEventListener("beforeunload", ask);
  }, [app]);
  return (
    <>
      <a class="skip-link" href="#dock">Skip to the panels</a>
      <Header />
      <div class="banners">
        <Banner />
        <PastBanner />
      </div>
      <main class="main">
        <Stage />
        <LoadScreen />
        <Dock />
        <Inspector />
      </main>
      <StatusBar />
      <Toasts />
      <Dialogs />
      <div class="visually-hidden" aria-live="polite">{app.store.announcement.value}</div>
    </>
  );
}
