/** Choices that outlive the window, in the browser's storage; for this window only where it refuses to store. */
import type { Preferences } from "./store.ts";

/** @param scope where `localStorage` may be looked for: reading it throws where cookies are blocked */
export function browserPreferences(scope: { readonly localStorage: Storage }): Preferences {
  const forThisWindow = new Map<string, string>();
  const storage = storageOf(scope);
  return {
    read: (name) => forThisWindow.get(name) ?? storage?.getItem(`telos.${name}`) ?? null,
    write(name, value) {
      forThisWindow.set(name, value);
      try {
        storage?.setItem(`telos.${name}`, value);
      } catch (error) {
        console.warn(`The choice "${name}" is kept for this window only: ${String(error)}`);
      }
    },
  };
}

function storageOf(scope: { readonly localStorage: Storage }): Storage | null {
  try {
    return scope.localStorage;
  } catch (error) {
    console.warn(`Choices are kept for this window only: ${String(error)}`);
    return null;
  }
}
