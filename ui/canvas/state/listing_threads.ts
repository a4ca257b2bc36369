/** The threads as the image has them. Who is in one that gets another name goes on in it, with what was written for it. */
import { defaultThread } from "../../protocol.ts";
import type { Api } from "../net/api.ts";
import type { Store } from "./store.ts";

export interface ListingParts {
  readonly store: Store;
  readonly api: Api;
  /** Shows a thread. */
  readonly open: (thread: string) => Promise<void>;
  /** The thread in view was there and is no more. */
  readonly onGone: (thread: string) => void;
}

export function createListingThreads({ store, api, open, onGone }: ListingParts) {
  const { questions } = store.drafts;
  let asked = 0;
  let shown = 0;

  return async function loadThreads(): Promise<void> {
    const mine = ++asked;
    const { threads, more } = await api.threads();
    // The answer to a later question is newer.
    if (mine < shown) return;
    shown = mine;
    const before = store.threads.value;
    const inView = store.thread.value;
    store.threads.value = threads;
    const nameOf = new Map(threads.map(({ oid, thread }) => [oid, thread]));
    for (const { oid, thread } of before) {
      const name = nameOf.get(oid);
      if (name === thread) continue;
      if (name !== undefined) moveQuestion(thread, name);
      if (thread !== inView || nameOf.values().some((each) => each === thread)) continue;
      if (name !== undefined) await open(name);
      // The first thread is always there, if need be with nothing in it.
      else if (!more && thread !== defaultThread) onGone(thread);
    }
  };

  function moveQuestion(from: string, to: string): void {
    const text = questions.get(from);
    if (text === undefined) return;
    questions.drop(from);
    questions.put(to, text);
  }
}
