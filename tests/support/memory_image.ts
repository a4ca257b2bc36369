/**
 * A whole image in memory: objects, an ordered log with before-images, undo. The truth behind `MemoryDoor`; nothing
 * is kept on disk and nothing runs beside it.
 */
import { v7 } from "uuid";
import {
  DelegationError,
  HasChildrenError,
  NameError,
  NotFoundError,
  NotUnderstoodError,
  StaleError,
  UndoError,
} from "../../actors/errors.ts";
import {
  type MorphPlace,
  type ObjectSummary,
  type ObjectView,
  type ThoughtView,
  timeOf,
  type WireValue,
} from "../../ui/protocol.ts";

export interface StoredObject {
  readonly oid: string;
  readonly name: string | null;
  readonly parents: readonly string[];
  readonly slots: Readonly<Record<string, WireValue>>;
  readonly position: string | null;
  readonly createdAt: number;
}

export interface Thought extends ThoughtView {
  readonly changes: ReadonlyMap<string, { before: StoredObject | null; after: StoredObject | null }>;
  readonly morphs: readonly MorphPlace[];
  readonly detail?: Record<string, unknown>;
}

type Draft = Map<string, StoredObject | null>;
export interface ThoughtWords {
  readonly who: string;
  readonly why: string;
  readonly kind?: string;
  readonly undoes?: string;
  readonly detail?: Record<string, unknown>;
}

export class MemoryImage {
  readonly id = v7();
  readonly objects = new Map<string, StoredObject>();
  readonly morphs = new Map<string, MorphPlace>();
  readonly thoughts: Thought[] = [];
  readonly listeners = new Set<(thought: Thought) => void>();

  constructor(readonly clock: () => number) {
    this.commit({ who: "telos", why: "a new image", kind: "genesis" }, (draft) => {
      const root = this.make(draft, "genesis", [], { doc: "The root of all objects." });
      const memory = this.make(draft, "context_fractal_prototype", [root.oid], { text_chunk: "" });
      this.make(draft, "memory_manager", [root.oid], { prototype: { $ref: memory.oid } });
      for (const name of ["ALFRED", "BRICK", "ROBIN", "BABS"]) {
        this.make(draft, name, [root.oid], { role: "persona", model: "none" });
      }
    });
  }

  get position(): string {
    return this.thoughts.at(-1)?.position ?? positionAt(0);
  }

  find(name: string): StoredObject {
    const found = this.objects.get(name) ?? this.objects.values().find((object) => object.name === name);
    if (found === undefined) throw new NotFoundError(name);
    return found;
  }

  expectHead(expected: string | undefined): void {
    if (expected !== undefined && this.position !== expected) {
      throw new StaleError("the image", expected, this.position);
    }
  }

  expect(object: StoredObject, expected: string | undefined): void {
    if (expected !== undefined && object.position !== expected) {
      throw new StaleError(object.name ?? object.oid, expected, object.position);
    }
  }

  /** All that `change` drafts is in the image and in the log, or nothing is. */
  commit<T>(words: ThoughtWords, change: (draft: Draft) => T, morphs: readonly MorphPlace[] = []): T {
    const draft: Draft = new Map();
    const value = change(draft);
    if (draft.size === 0 && morphs.length === 0) return value;
    const position = positionAt(this.thoughts.length + 1);
    const changes: Map<string, { before: StoredObject | null; after: StoredObject | null }> = new Map();
    for (const [oid, object] of draft) {
      const after = object === null ? null : { ...object, position };
      changes.set(oid, { before: this.objects.get(oid) ?? null, after });
      if (after === null) this.objects.delete(oid);
      else this.objects.set(oid, after);
    }
    for (const morph of morphs) this.morphs.set(`${morph.canvas} ${morph.oid}`, morph);
    const { who, why, kind = "change", undoes, detail } = words;
    const thought: Thought = {
      position,
      id: v7(),
      who,
      why,
      kind,
      at: Math.max(this.clock(), (this.thoughts.at(-1)?.at ?? 0) + 1),
      objects: [...new Set([...changes.keys(), ...morphs.map(({ oid }) => oid)])],
      changes,
      morphs,
      ...(undoes === undefined ? {} : { undoes }),
      ...(detail === undefined ? {} : { detail }),
    };
    this.thoughts.push(thought);
    for (const listener of this.listeners) listener(thought);
    return value;
  }

  make(
    draft: Draft,
    name: string | null,
    parents: readonly string[],
    slots: Readonly<Record<string, WireValue>>,
  ): StoredObject {
    if (name !== null) this.checkFree(draft, name);
    const object = { oid: v7(), name, parents, slots, position: null, createdAt: this.clock() };
    draft.set(object.oid, object);
    return object;
  }

  checkFree(draft: Draft, name: string): void {
    const taken = [...this.objects.values(), ...draft.values()].find((object) => object?.name === name);
    if (taken) throw new NameError(name, `object ${taken.oid} has it`, "name_taken", taken.oid);
  }

  freeName(name: string): string {
    for (let n = 2;; n++) {
      if (!this.objects.values().some((object) => object.name === `${name} ${n}`)) return `${name} ${n}`;
    }
  }

  setParents(draft: Draft, object: StoredObject, parents: readonly string[]): void {
    for (const parent of parents) {
      const chain = this.chain(this.find(parent)).map(({ oid }) => oid);
      if (chain.includes(object.oid)) {
        throw new DelegationError(
          "parent_cycle",
          `"${object.name}" cannot delegate to "${parent}": that leads back to it`,
          chain,
        );
      }
    }
    draft.set(object.oid, { ...object, parents });
  }

  delete(draft: Draft, object: StoredObject, cascade: boolean): void {
    const children = this.children(object.oid);
    if (children.length > 0 && !cascade) {
      throw new HasChildrenError(object.name ?? object.oid, children.map(({ oid }) => oid), false);
    }
    draft.set(object.oid, null);
    for (const child of children) if (!draft.has(child.oid)) this.delete(draft, child, true);
  }

  children(oid: string): StoredObject[] {
    return this.objects.values().filter(({ parents }) => parents.includes(oid)).toArray();
  }

  /** Depth first, from left to right, each object once, the object itself first. */
  chain(object: StoredObject, seen: Set<string> = new Set()): StoredObject[] {
    if (seen.has(object.oid)) return [];
    seen.add(object.oid);
    return [object, ...object.parents.flatMap((oid) => this.chain(this.find(oid), seen))];
  }

  send(receiver: string, selector: string): WireValue {
    const chain = this.chain(this.find(receiver));
    const holder = chain.find(({ slots }) => Object.hasOwn(slots, selector));
    if (holder !== undefined) return holder.slots[selector] as WireValue;
    const searched = chain.map(({ name, oid }) => name ?? oid);
    throw new NotUnderstoodError(
      receiver,
      selector,
      searched,
      Object.keys(chain[0]?.slots ?? {}).slice(0, 5),
    );
  }

  /** Puts the before-images of a thought back, unless later changes would be lost. */
  undo(thought: Thought, words: ThoughtWords): void {
    const later = this.thoughts.filter(({ position, changes }) =>
      position > thought.position && [...changes.keys()].some((oid) => thought.changes.has(oid)) &&
      !this.isUndone(position)
    );
    if (later.some(({ kind }) => kind !== "undo" && kind !== "redo")) {
      throw new UndoError(
        "undo_refused",
        `Cannot undo ${thought.position}: later changes would be lost`,
        later,
      );
    }
    this.commit({ ...words, undoes: thought.position }, (draft) => {
      for (const [oid, { before }] of thought.changes) draft.set(oid, before);
    });
  }

  isUndone(position: string): boolean {
    const undo = this.thoughts.findLast(({ undoes }) => undoes === position);
    return undo !== undefined && !this.isUndone(undo.position);
  }

  /** @param point a position or a time, as the contract has them */
  asOf(object: StoredObject, point: string): StoredObject {
    const time = timeOf(point);
    const position = time === null
      ? point
      : this.thoughts.findLast(({ at }) => at <= time)?.position ?? positionAt(0);
    const first = this.thoughts.find((thought) =>
      thought.position > position && thought.changes.has(object.oid)
    );
    const then = first === undefined ? object : first.changes.get(object.oid)?.before;
    if (!then) throw new NotFoundError(object.name ?? object.oid);
    return then;
  }

  view(object: StoredObject): ObjectView {
    const { oid, name, parents, position, createdAt } = object;
    const isMethod = (value: WireValue) =>
      typeof value === "object" && value !== null && !Array.isArray(value) && "$method" in value;
    const entries = Object.entries(object.slots);
    return {
      oid,
      name,
      parents: [...parents],
      slots: Object.fromEntries(entries.filter(([, value]) => !isMethod(value))),
      methods: Object.fromEntries(
        entries.filter(([, value]) => isMethod(value)).map(([slot, value]) => [
          slot,
          { kind: "image" as const, source: String((value as Record<string, WireValue>).$method) },
        ]),
      ),
      position,
      versionstamp: position?.split("-")[1] ?? null,
      state: "active",
      reason: null,
      chain: this.chain(object).map((one) => ({ oid: one.oid, name: one.name })),
      createdAt,
    };
  }

  summary({ oid, name, parents, position, slots }: StoredObject): ObjectSummary {
    const caption = JSON.stringify(slots).slice(0, 200);
    return { oid, name, parents: [...parents], look: "morph", caption, position, state: "active" };
  }
}

/** Positions have fixed widths, so that text order is commit order. */
export function positionAt(n: number): string {
  return `000001-${n.toString(16).padStart(20, "0")}-0000`;
}
