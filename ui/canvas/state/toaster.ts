/** Short messages at the edge of the window: what was done, with a way back; what was refused, with what to do. */
import { ERROR_TOAST_MS, TOAST_MS, TOASTS_MAX } from "../limits.ts";
import { problemOf } from "../net/api.ts";
import type { Store, Toast } from "./store.ts";

export type Toaster = ReturnType<typeof createToaster>;

export function createToaster(store: Store) {
  const timers = new Map<number, ReturnType<typeof setTimeout>>();
  let last = 0;

  function dismiss(id: number): void {
    clearTimeout(timers.get(id));
    timers.delete(id);
    store.toasts.value = store.toasts.value.filter((toast) => toast.id !== id);
  }

  function show(toast: Omit<Toast, "id">): number {
    const id = ++last;
    const kept = store.toasts.value.filter(({ text }) => text !== toast.text);
    store.toasts.value = [...kept, { id, ...toast }].slice(-TOASTS_MAX);
    hold(id);
    return id;
  }

  function hold(id: number): void {
    const isError = store.toasts.value.find((toast) => toast.id === id)?.kind === "error";
    clearTimeout(timers.get(id));
    timers.set(id, setTimeout(() => dismiss(id), isError ? ERROR_TOAST_MS : TOAST_MS));
  }

  return {
    show,
    dismiss,
    /** The thought is undone: what offers to undo it goes. */
    undone(position: string): void {
      for (const { id, undoes } of store.toasts.value) if (undoes === position) dismiss(id);
    },
    /** While a person points at a message, or is in it with the keyboard, it stays. */
    pause: (id: number) => clearTimeout(timers.get(id)),
    resume: hold,
    fail(error: unknown, action?: Toast["action"]): void {
      const { message, hint } = problemOf(error);
      show({ kind: "error", text: message, hint, ...(action === undefined ? {} : { action }) });
    },
  };
}
