/** Loads what the inspector shows: the selected object with its chain, again whenever one of them changes. */
import type { CommittedEvent } from "../../protocol.ts";
import { CHAIN_SHOWN_MAX, REFRESH_SETTLE_MS } from "../limits.ts";
import { type Api, problemOf } from "../net/api.ts";
import type { Store } from "./store.ts";

export type Inspecting = ReturnType<typeof createInspecting>;

export function createInspecting(store: Store, api: Api) {
  let asked = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function load(oid: string): Promise<void> {
    const mine = ++asked;
    if (store.inspected.value?.oid !== oid) store.inspected.value = { oid, chain: null, problem: null };
    try {
      const view = await api.object(oid);
      const rest = view.chain.slice(1, CHAIN_SHOWN_MAX);
      const chain = [view, ...await Promise.all(rest.map((each) => api.object(each.oid)))];
      if (mine === asked) store.inspected.value = { oid, chain, problem: null };
    } catch (error) {
      const problem = problemOf(error);
      if (mine === asked) store.inspected.value = { oid, chain: null, problem };
    }
  }

  function reload(): void {
    const oid = store.selected.value;
    if (oid !== null) void load(oid);
  }

  return {
    /** Shows an object by its oid, or nothing. */
    select(oid: string | null): void {
      if (oid !== store.selected.value) store.inspectorFocus.value = null;
      store.selected.value = oid;
      if (oid === null) {
        asked++;
        store.inspected.value = null;
      } else void load(oid);
    },
    reload,
    /** Looks whether an event is about what is shown. */
    onCommitted(event: CommittedEvent): void {
      const shown = store.inspected.value;
      if (shown === null) return;
      const oids = new Set([shown.oid, ...(shown.chain ?? []).map(({ oid }) => oid)]);
      const touched = event.objects.some(({ oid }) => oids.has(oid)) ||
        event.deleted.some((oid) => oids.has(oid));
      if (!touched) return;
      clearTimeout(timer);
      timer = setTimeout(reload, REFRESH_SETTLE_MS);
    },
  };
}
