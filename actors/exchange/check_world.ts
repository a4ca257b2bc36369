/** What must hold between the objects of a world that is made at once: pure, and the first fault is named. */
import { type ContextOf, findChainFault, type ObjectContext, PARENTS_MAX, SLOTS_MAX } from "../object/mod.ts";
import { normalizeName } from "../world/mod.ts";

export interface WorldFault {
  /** Place in the list. */
  readonly index: number;
  readonly reason: string;
}

/** Null when names are unique, parents are there, no chain is too long or comes back, and nothing is over its bound. */
export function faultOf(contexts: readonly ObjectContext[]): WorldFault | null {
  const byOid = new Map(contexts.map((context) => [context.oid, context]));
  const contextOf: ContextOf = (oid) => byOid.get(oid) ?? null;
  const names = new Set<string>();
  for (const [index, context] of contexts.entries()) {
    const reason = faultIn(context, names, contextOf);
    if (reason !== null) return { index, reason };
    if (context.name !== null) names.add(context.name);
  }
  return null;
}

function faultIn(
  { oid, name, parents, slots }: ObjectContext,
  names: ReadonlySet<string>,
  contextOf: ContextOf,
): string | null {
  if (name !== null && normalizeName(name) !== name) {
    return `has a name that is not in its stored form: "${name}"`;
  }
  if (name !== null && names.has(name)) return `has the name "${name}", which another object has`;
  if (parents.length > PARENTS_MAX) return `has ${parents.length} parents: ${PARENTS_MAX} are the most`;
  const count = Object.keys(slots).length;
  if (count > SLOTS_MAX) return `has ${count} slots: ${SLOTS_MAX} are the most`;
  const missing = parents.find((parent) => contextOf(parent) === null);
  if (missing !== undefined) return `names a parent that is not there: ${missing}`;
  const fault = findChainFault(oid, parents, contextOf, 0);
  if (fault === null) return null;
  const what = fault.fault === "cycle" ? "that comes back to itself" : "that is too long";
  return `has a chain of parents ${what}: ${fault.chain.join(" → ")}`;
}
