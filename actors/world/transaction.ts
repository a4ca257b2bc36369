/**
 * A thought as the world sees it: objects on a scratch copy, changed by events and by nothing else. Nothing outside
 * sees any of it until the store has committed. All that was read is in the thought's read set, so that the apply
 * step runs again when somebody else changed it first.
 */
import { keys, type Savepoint, type Thought } from "../../kv/mod.ts";
import { NotFoundError, QuarantinedError } from "../errors.ts";
import {
  createSnapshot,
  nextSnapshot,
  type ObjectContext,
  type ObjectEvent,
  type ObjectSnapshot,
  persist,
  restore,
} from "../object/mod.ts";
import { FETCHES_MAX } from "./limits.ts";
import type { Names } from "./names.ts";
import { NeedObject } from "./need_object.ts";
import type { Registry } from "./registry.ts";

/** The snapshots of stored forms that thoughts have written, for who follows those before they are decided. */
const written = new WeakMap<object, ObjectSnapshot>();

/** One object that a thought touched. */
export interface Draft {
  readonly oid: string;
  /** As committed; null when the thought creates it. */
  readonly before: ObjectContext | null;
  /** As the thought leaves it; null when the thought deletes it. */
  snapshot: ObjectSnapshot | null;
  /** What happened to it, in order; null when it was put back whole. */
  events: ObjectEvent[] | null;
}

/** An object as it stood when the thought first read it; what happens to its live actor since is not seen. */
interface Shown {
  readonly context: ObjectContext;
  /** Null for one that is quarantined. */
  readonly snapshot: ObjectSnapshot | null;
}

/** A state of a thought's objects, and of all else that it has staged. */
export interface WorldSavepoint {
  readonly thought: Savepoint;
  readonly drafts: ReadonlyMap<string, Draft>;
}

export class WorldTransaction {
  readonly thought: Thought;
  readonly #registry: Registry;
  readonly #names: Names;
  readonly #shown = new Map<string, Shown | null>();
  #drafts = new Map<string, Draft>();

  constructor(thought: Thought, parts: { readonly registry: Registry; readonly names: Names }) {
    this.thought = thought;
    this.#registry = parts.registry;
    this.#names = parts.names;
  }

  get drafts(): ReadonlyMap<string, Draft> {
    return this.#drafts;
  }

  /** The oids this thought has read or changed. */
  get shown(): Iterable<string> {
    return new Set([...this.#shown.keys(), ...this.#drafts.keys()]);
  }

  /** The object as this thought sees it. @throws {NeedObject} when it must be read first */
  readonly contextOf = (oid: string): ObjectContext | null => {
    const draft = this.#drafts.get(oid);
    if (draft !== undefined) return draft.snapshot?.context ?? null;
    return this.#show(oid)?.context ?? null;
  };

  /** Reads an object into the thought; null when there is none. */
  async read(oid: string): Promise<ObjectContext | null> {
    if (!this.#drafts.has(oid) && !this.#shown.has(oid)) {
      // What was read may have been put away again, or changed, by the time that this goes on.
      do await this.#registry.load(oid); while (this.#registry.known(oid) === undefined);
    }
    return this.contextOf(oid);
  }

  /** @throws {NotFoundError} when there is none; {QuarantinedError} when it cannot be changed */
  async require(oid: string, name = oid): Promise<ObjectContext> {
    const context = await this.read(oid);
    if (context === null) throw new NotFoundError(name);
    if (context.reason !== null) throw new QuarantinedError(context.name ?? oid, context.reason);
    return context;
  }

  /** Runs synchronous code that stages nothing: reads what it asks for and runs it again from the start. */
  async look<T>(code: (contextOf: (oid: string) => ObjectContext | null) => T): Promise<T> {
    for (let fetches = 0;; fetches++) {
      try {
        return code(this.contextOf);
      } catch (error) {
        if (!(error instanceof NeedObject) || fetches >= FETCHES_MAX) throw error;
        await this.read(error.oid);
      }
    }
  }

  /** Like `look`, for code that stages changes: they are taken back before it runs again. */
  async run<T>(code: () => T): Promise<T> {
    for (let fetches = 0;; fetches++) {
      const before = this.#copyOfDrafts(this.#drafts);
      try {
        return code();
      } catch (error) {
        if (!(error instanceof NeedObject) || fetches >= FETCHES_MAX) throw error;
        this.#drafts = before;
        await this.read(error.oid);
      }
    }
  }

  /** A state to go back to. @throws RefusedError when a participant keeps no savepoints */
  savepoint(): WorldSavepoint {
    return { thought: this.thought.savepoint(), drafts: this.#copyOfDrafts(this.#drafts) };
  }

  /** Goes back to a savepoint, objects and all else; what was read stays read. */
  async rollback(savepoint: WorldSavepoint): Promise<void> {
    await this.thought.rollback(savepoint.thought);
    this.#drafts = this.#copyOfDrafts(savepoint.drafts);
  }

  #copyOfDrafts(drafts: ReadonlyMap<string, Draft>): Map<string, Draft> {
    return new Map([...drafts].map(([oid, draft]) => [oid, copy(draft)]));
  }

  /** Lets an event happen to an object on the scratch copy. @throws {NeedObject} {NotFoundError} {QuarantinedError} */
  readonly stage = (oid: string, event: ObjectEvent): void => {
    const context = this.contextOf(oid);
    if (context === null) throw new NotFoundError(oid);
    if (context.reason !== null) throw new QuarantinedError(context.name ?? oid, context.reason);
    const draft = this.#draft(oid);
    draft.snapshot = nextSnapshot(draft.snapshot!, event);
    draft.events?.push(event);
  };

  create(context: ObjectContext): void {
    this.#drafts.set(context.oid, {
      oid: context.oid,
      before: null,
      snapshot: createSnapshot(context),
      events: [],
    });
  }

  /** The object must have been read. */
  delete(oid: string): void {
    const draft = this.#draft(oid);
    draft.snapshot = null;
    draft.events = null;
  }

  /** Puts a stored form back whole, as undo does; null deletes. @throws {QuarantinedError} when it does not validate */
  async putBack(oid: string, stored: unknown | null): Promise<void> {
    const before = await this.read(oid);
    if (stored === null) {
      if (before !== null) this.delete(oid);
      return;
    }
    const restored = restore(oid, stored);
    if (!restored.ok) throw new QuarantinedError(oid, restored.reason);
    this.#drafts.set(oid, { oid, before, snapshot: restored.snapshot, events: null });
  }

  /** Who has a name, as committed; null when nobody does. */
  async holderOf(name: string): Promise<string | null> {
    const known = this.#names.peek(name);
    if (known === undefined) return await this.thought.get<string>(keys.name(name));
    this.thought.adopt(keys.name(name), known);
    return known;
  }

  /** Whether nobody has the name, and no thought under way has chosen it. */
  async isNameFree(name: string): Promise<boolean> {
    // That it is free is checked when it is written; that others are taken is not what the thought depends on.
    const holder = await this.thought.get(keys.name(name), { context: true });
    return holder === null && !this.#names.isReserved(name);
  }

  /** Chooses a name, so that no other thought under way does; false when one just did. */
  chooseName(name: string): boolean {
    if (this.#names.isReserved(name)) return false;
    this.#names.reserve(name, this.thought.id);
    return true;
  }

  /** Hands the drafts to the store's thought. The structure (names, children) must have been checked. */
  write(): void {
    for (const draft of this.#drafts.values()) {
      if (draft.snapshot !== null) {
        const persisted = persist(draft.snapshot);
        written.set(persisted, draft.snapshot);
        this.thought.set(keys.object(draft.oid), persisted);
      } else if (draft.before !== null) this.thought.delete(keys.object(draft.oid));
    }
  }

  #draft(oid: string): Draft {
    const known = this.#drafts.get(oid);
    if (known !== undefined) return known;
    const shown = this.#show(oid);
    if (shown === null) throw new NotFoundError(oid);
    const draft: Draft = { oid, before: shown.context, snapshot: shown.snapshot, events: [] };
    this.#drafts.set(oid, draft);
    return draft;
  }

  /** Takes what the registry holds into the read set. @throws {NeedObject} when it holds nothing */
  #show(oid: string): Shown | null {
    const known = this.#shown.get(oid);
    if (known !== undefined) return known;
    const persisted = this.thought.follow<object>(keys.object(oid), (value) => written.has(value));
    if (persisted !== undefined) {
      const snapshot = written.get(persisted)!;
      const followed = { context: snapshot.context, snapshot };
      this.#shown.set(oid, followed);
      return followed;
    }
    const resident = this.#registry.known(oid);
    if (resident === undefined) throw new NeedObject(oid);
    const shown = resident === null ? null : { context: resident.context, snapshot: resident.snapshot };
    this.#shown.set(oid, shown);
    this.thought.adopt(keys.object(oid), resident?.persisted ?? null, resident?.stored ?? undefined);
    return shown;
  }
}

function copy(draft: Draft): Draft {
  return { ...draft, events: draft.events === null ? null : [...draft.events] };
}
