/** Loads what the inspector shows: the selected object with its chain, again whenever one of them changes. */
import type { CommittedEvent, ObjectView } from "../../protocol.ts";
import { CHAIN_SHOWN_MAX, NAMES_KEPT_MAX, REFERENCES_NAMED_MAX, REFRESH_SETTLE_MS } from "../limits.ts";
import { referenceOf } from "../model/slot_text.ts";
import { type Api, problemOf } from "../net/api.ts";
import type { Gone, Store } from "./store.ts";

export type Inspecting = ReturnType<typeof createInspecting>;

export function createInspecting(store: Store, api: Api) {
  let asked = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function load(oid: string): Promise<void> {
    const mine = ++asked;
    if (store.inspected.value?.oid !== oid) store.inspected.value = { oid, chain: null, problem: null };
    try {
      const asOf = store.past.value?.position;
      const view = await api.object(oid, asOf);
      const rest = view.chain.slice(1, CHAIN_SHOWN_MAX);
      const chain = [view, ...await Promise.all(rest.map((each) => api.object(each.oid, asOf)))];
      if (mine !== asked) return;
      store.inspected.value = { oid, chain, problem: null };
      await learnNames(chain);
    } catch (error) {
      const problem = problemOf(error);
      const gone = problem.code === "not_found" ? await whatBecameOf(oid) : null;
      if (mine !== asked) return;
      store.inspected.value = { oid, chain: null, problem, ...(gone === null ? {} : { gone }) };
    }
  }

  /** What is deleted has a history all the same; what is forgotten has none. Null when that cannot be found out. */
  async function whatBecameOf(oid: string): Promise<Gone | null> {
    if (store.past.value !== null) return { how: "not then" };
    try {
      const [by] = (await api.log({ object: oid, limit: 1 })).thoughts;
      return by === undefined || by.kind === "forget" ? { how: "forgotten" } : { how: "deleted", by };
    } catch (error) {
      console.warn(`The history of ${oid} is not known: ${problemOf(error).message}`);
      return null;
    }
  }

  /** References are shown by name; what stands on no canvas has to be asked for. One that is gone keeps its oid. */
  async function learnNames(chain: readonly ObjectView[]): Promise<void> {
    const names = new Map(store.names.value);
    for (const { chain: links } of chain) {
      for (const link of links) if (link.name !== null) names.set(link.oid, link.name);
    }
    const wanted = new Set(chain.flatMap(({ slots }) => Object.values(slots)).map(referenceOf));
    const unknown = [...wanted].filter((each): each is string =>
      each !== null && !names.has(each) && !store.scene.value.objects.has(each)
    );
    const asked = await Promise.allSettled(
      unknown.slice(0, REFERENCES_NAMED_MAX).map((each) => api.object(each)),
    );
    for (const answer of asked) {
      if (answer.status === "fulfilled") {
        names.set(answer.value.oid, answer.value.name ?? `…${answer.value.oid.slice(-6)}`);
      }
    }
    store.names.value = new Map([...names].slice(-NAMES_KEPT_MAX));
  }

  function reload(): void {
    const oid = store.selected.value;
    if (oid !== null) void load(oid);
  }

  /** Between past and present: what is shown of the one is not to be taken for the other. */
  function reloadAnew(): void {
    const oid = store.selected.value;
    if (oid === null) return;
    store.inspected.value = { oid, chain: null, problem: null };
    void load(oid);
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
    reloadAnew,
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
