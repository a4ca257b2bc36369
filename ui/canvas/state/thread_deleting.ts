/** Deleting a thread with all that was said in it: asked for first, and taken back by an undo. */
import { defaultThread, type ThreadView } from "../../protocol.ts";
import { countInWords } from "../model/words.ts";
import { TURNS_COUNTED } from "../limits.ts";
import type { Api } from "../net/api.ts";
import type { Actions } from "./actions.ts";
import type { Store } from "./store.ts";
import type { Talking } from "./talking.ts";
import type { Toaster } from "./toaster.ts";

export type ThreadDeleting = ReturnType<typeof createThreadDeleting>;

interface Parts {
  readonly store: Store;
  readonly api: Api;
  readonly toaster: Toaster;
  readonly talking: Talking;
  readonly actions: Actions;
}

export function createThreadDeleting({ store, api, toaster, talking, actions }: Parts) {
  /** Of the thread in view: what is stored for an answer that still comes would begin it anew. */
  function isAnswering(thread: string): boolean {
    const isBusy = store.answers.peek().some((each) =>
      !each.isOver || each.again.peek().some(({ isOver }) => !isOver)
    );
    if (isBusy) toaster.show({ kind: "info", text: `An answer is on its way in ${thread}: stop it first` });
    return isBusy;
  }

  async function show(thread: string): Promise<void> {
    // The same thread too: what is in it has changed.
    store.conversation.value = { state: "loading" };
    await talking.open(thread);
  }

  async function undo(position: string, thread: string): Promise<void> {
    await actions.undo(position);
    await talking.loadThreads();
    if (store.threads.value.some((each) => each.thread === thread)) await show(thread);
  }

  async function remove({ oid, thread }: ThreadView): Promise<void> {
    if (isAnswering(thread)) return;
    try {
      const { position } = await api.command({ command: "DELETE", object: oid, cascade: true });
      toaster.show({
        kind: "done",
        text: `Deleted ${thread}`,
        action: {
          label: "Undo",
          run: () => void undo(position, thread).catch((error) => toaster.fail(error)),
        },
      });
      if (store.thread.value === thread) await show(defaultThread);
      else await talking.loadThreads();
    } catch (error) {
      toaster.fail(error);
    }
  }

  /** Asks first, and says what goes; for the thread in view. */
  return function askToDelete(known: ThreadView): void {
    const { thread, turns } = known;
    if (isAnswering(thread)) return;
    const count = turns >= TURNS_COUNTED ? `${turns} turns or more` : countInWords(turns, "turn");
    const isLeftBy = store.threads.value.some(({ branch }) => branch?.thread === thread);
    store.dialog.value = {
      kind: "ask",
      title: `Delete ${thread}?`,
      label: "",
      text: `${count} will be gone from the conversation and from memory. ` +
        (isLeftBy ? "Threads that branch from it keep only what was said in them. " : "") +
        "It can be undone.",
      confirm: "Delete thread",
      danger: true,
      run: () => void remove(known),
    };
  };
}
