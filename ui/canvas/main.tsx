/** Starts the canvas in the page: takes what the browser gives, and hands it to the parts. */
import { render } from "preact";
import { z } from "zod";
import { NARROW_WIDTH } from "./limits.ts";
import { Window } from "./chrome/window.tsx";
import { browserPreferences } from "./state/preferences.ts";
import { AppContext, createApp } from "./state/app.ts";

// The page may not make code out of text, so zod must not try.
z.config({ jitless: true });

/** A fresh key also where the page has no secure context, in which `randomUUID` is missing. */
function freshKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const preferences = browserPreferences(globalThis);
const app = createApp({
  fetch: (...args) => fetch(...args),
  open: (url) => new EventSource(url),
  clock: () => Date.now(),
  random: () => Math.random(),
  freshKey,
  preferences,
});

globalThis.addEventListener("online", () => app.sync.reconnect());
globalThis.addEventListener("pagehide", () => app.sync.close());
globalThis.addEventListener("pageshow", (event) => event.persisted && app.sync.reconnect());

// On a narrow window a panel hides the canvas: a person is shown the canvas first.
if (innerWidth < NARROW_WIDTH && preferences.read("tab") === null) app.store.tab.value = "none";

render(
  <AppContext.Provider value={app}>
    <Window />
  </AppContext.Provider>,
  document.querySelector("#app")!,
);
void app.sync.load();
