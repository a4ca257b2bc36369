/** Who holds which slot along a delegation chain, and what is hidden by a nearer one. Pure. */
import type { MethodView, ObjectView, WireValue } from "../../protocol.ts";

export type SlotEntry =
  | { readonly name: string; readonly kind: "value"; readonly value: WireValue; readonly hidden: boolean }
  | { readonly name: string; readonly kind: "method"; readonly method: MethodView; readonly hidden: boolean };

export interface Holder {
  readonly oid: string;
  readonly name: string;
  readonly entries: readonly SlotEntry[];
}

/** The slots of each object of a chain, in the order in which it is searched. */
export function holdersOf(chain: readonly ObjectView[]): Holder[] {
  const seen = new Set<string>();
  return chain.map((view) => {
    const entries: SlotEntry[] = [
      ...Object.entries(view.slots).map(([name, value]) =>
        ({ name, kind: "value", value, hidden: seen.has(name) }) as const
      ),
      ...Object.entries(view.methods).map(([name, method]) =>
        ({ name, kind: "method", method, hidden: seen.has(name) }) as const
      ),
    ];
    for (const { name } of entries) seen.add(name);
    return { oid: view.oid, name: view.name ?? `…${view.oid.slice(-6)}`, entries };
  });
}

export interface Selector {
  readonly name: string;
  readonly holder: string;
  readonly doc: string;
}

/** What an object understands along its chain, methods before plain slots. */
export function selectorsOf(chain: readonly ObjectView[]): Selector[] {
  const found = holdersOf(chain).flatMap(({ name: holder, entries }) =>
    entries.filter(({ hidden }) => !hidden).map((entry) => ({ entry, holder }))
  );
  const methods = found.filter(({ entry }) => entry.kind === "method");
  const values = found.filter(({ entry }) => entry.kind === "value");
  return [...methods, ...values].map(({ entry, holder }) => ({
    name: entry.name,
    holder,
    doc: entry.kind === "method" ? entry.method.doc ?? "" : "a slot: answers its value",
  }));
}
