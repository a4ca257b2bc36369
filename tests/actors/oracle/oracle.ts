/**
 * The object model as plain maps: what a thought does, or the code of the error with which it is refused. It shares no
 * code with what it is compared with. A state is never changed, so that any of the past can be kept.
 */

/** A data value, a reference to an object, or a native method. */
export type OracleSlot =
  | { readonly data: number }
  | { readonly reference: string }
  | { readonly native: string };

export interface OracleObject {
  readonly name: string | null;
  readonly parents: readonly string[];
  readonly slots: ReadonlyMap<string, OracleSlot>;
}

export type OracleState = ReadonlyMap<string, OracleObject>;

export type Change =
  | {
    readonly type: "create";
    readonly oid: string;
    readonly name: string | null;
    readonly parents: readonly string[];
  }
  | { readonly type: "extend"; readonly oid: string; readonly source: string; readonly name: string }
  | { readonly type: "clone"; readonly oid: string; readonly source: string; readonly name: string }
  | { readonly type: "set"; readonly oid: string; readonly slot: string; readonly value: OracleSlot }
  | { readonly type: "unset"; readonly oid: string; readonly slot: string }
  | { readonly type: "rename"; readonly oid: string; readonly name: string | null }
  | { readonly type: "parents"; readonly oid: string; readonly parents: readonly string[] }
  | { readonly type: "delete"; readonly oid: string; readonly cascade: boolean }
  /** A message that writes: the receiver's own `n` becomes one more than the one it has or inherits. */
  | { readonly type: "bump"; readonly oid: string };

/**
 * What it leaves, and what it wrote; or it is refused with one of these codes, and nothing of it happened: several things
 * may be wrong at once, and which is named first is not the oracle's to say.
 */
export type Verdict =
  | { readonly state: OracleState; readonly touched: ReadonlySet<string> }
  | { readonly codes: readonly string[] };

const DEPTH_MAX = 64;

class Refusal extends Error {
  readonly codes: readonly string[];

  constructor(...codes: string[]) {
    super(codes.join(" or "));
    this.codes = codes;
  }
}

/** What a thought of these changes leaves, all of them or none. */
export function think(before: OracleState, changes: readonly Change[]): Verdict {
  return judged(before, (state) => {
    for (const change of changes) make(state, change);
  });
}

/** What putting these objects back as they were leaves. */
export function putBack(before: OracleState, images: ReadonlyMap<string, OracleObject | null>): Verdict {
  return judged(before, (state) => {
    for (const [oid, image] of images) {
      if (image === null) state.delete(oid);
      else state.set(oid, image);
    }
  });
}

/** The state that a thought works on: it knows what was written. */
class Scratch extends Map<string, OracleObject> {
  readonly written = new Set<string>();

  override set(oid: string, object: OracleObject): this {
    // The base class fills itself before this one has its fields.
    this.written?.add(oid);
    return super.set(oid, object);
  }

  override delete(oid: string): boolean {
    this.written.add(oid);
    return super.delete(oid);
  }
}

function judged(before: OracleState, run: (state: Scratch) => void): Verdict {
  const state = new Scratch(before);
  try {
    run(state);
    checkStructure(state);
  } catch (error) {
    if (error instanceof Refusal) return { codes: error.codes };
    throw error;
  }
  // What comes and goes within one thought never was.
  const touched = new Set([...state.written].filter((oid) => before.has(oid) || state.has(oid)));
  return { state: new Map(state), touched };
}

function make(state: Scratch, change: Change): void {
  if (change.type === "create") {
    state.set(change.oid, { name: change.name, parents: change.parents, slots: new Map() });
    return;
  }
  const about = change.type === "extend" || change.type === "clone" ? change.source : change.oid;
  const object = state.get(about);
  switch (change.type) {
    case "extend":
      demand(object);
      state.set(change.oid, { name: change.name, parents: [change.source], slots: new Map() });
      return;
    case "clone":
      state.set(change.oid, { ...demand(object), name: change.name });
      return;
    case "set":
      if ("reference" in change.value) demand(state.get(change.value.reference));
      state.set(about, withSlot(demand(object), change.slot, change.value));
      return;
    case "unset": {
      const slots = new Map(demand(object).slots);
      if (!slots.delete(change.slot)) throw new Refusal("not_found");
      state.set(about, { ...demand(object), slots });
      return;
    }
    case "rename":
      state.set(about, { ...demand(object), name: change.name });
      return;
    case "parents":
      demand(object);
      for (const parent of change.parents) demand(state.get(parent));
      state.set(about, { ...demand(object), parents: [...new Set(change.parents)] });
      return;
    case "delete":
      // What this thought has deleted already may be deleted again.
      if (!state.written.has(about)) demand(object);
      for (const oid of change.cascade ? descendantsOf(state, about) : [about]) state.delete(oid);
      return;
    case "bump": {
      const found = find(state, about, "n");
      demand(object);
      if (find(state, about, "bump") === null) throw new Refusal("not_understood");
      if (found === null || !("data" in found.slot)) throw new Refusal("invalid_argument");
      state.set(about, withSlot(demand(object), "n", { data: found.slot.data + 1 }));
    }
  }
}

function demand(object: OracleObject | undefined): OracleObject {
  if (object === undefined) throw new Refusal("not_found");
  return object;
}

function withSlot(object: OracleObject, slot: string, value: OracleSlot): OracleObject {
  return { ...object, slots: new Map(object.slots).set(slot, value) };
}

/** Those that descend from it alone, it among them. */
function descendantsOf(state: OracleState, oid: string): Set<string> {
  const going = new Set([oid]);
  for (const parent of going) {
    for (const [child, { parents }] of state) {
      if (parents.includes(parent) && parents.every((each) => going.has(each))) going.add(child);
    }
  }
  return going;
}

function checkStructure(state: OracleState): void {
  const faults = new Set<string>();
  const names = new Set<string>();
  for (const { name, parents } of state.values()) {
    if (name !== null && names.has(name)) faults.add("name_taken");
    if (name !== null) names.add(name);
    // A parent that was never there, or one that goes while somebody names it.
    if (parents.some((parent) => !state.has(parent))) faults.add("not_found").add("has_children");
  }
  const depths = new Map<string, number>();
  for (const oid of state.keys()) {
    const depth = depthOf(state, oid, depths);
    // What comes back to itself is endlessly deep besides.
    if (depth === Infinity) faults.add("parent_cycle").add("chain_too_deep");
    else if (depth > DEPTH_MAX) faults.add("chain_too_deep");
  }
  if (faults.size > 0) throw new Refusal(...faults);
}

/** The longest way up; endless when it comes back to itself. */
function depthOf(state: OracleState, oid: string, depths: Map<string, number>): number {
  const known = depths.get(oid);
  if (known !== undefined) return known;
  // Met again before it is known, it is its own ancestor.
  depths.set(oid, Infinity);
  const above = (state.get(oid)?.parents ?? []).map((parent) => 1 + depthOf(state, parent, depths));
  const depth = Math.max(0, ...above);
  depths.set(oid, depth);
  return depth;
}

/** In the order in which slots are looked for: depth first, from left to right, each once. */
export function orderOf(state: OracleState, oid: string, seen: string[] = []): string[] {
  if (seen.includes(oid) || !state.has(oid)) return seen;
  seen.push(oid);
  for (const parent of state.get(oid)!.parents) orderOf(state, parent, seen);
  return seen;
}

export function find(
  state: OracleState,
  oid: string,
  slot: string,
): { holder: string; slot: OracleSlot } | null {
  for (const holder of orderOf(state, oid)) {
    const found = state.get(holder)!.slots.get(slot);
    if (found !== undefined) return { holder, slot: found };
  }
  return null;
}
