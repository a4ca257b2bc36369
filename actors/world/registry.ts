/**
 * The objects that are in memory: each a root actor, read from the store when first touched, kept up to date by
 * every commit, passivated when it has been left alone the longest. A live actor only ever hears of a change after
 * that change is committed.
 */
import { isDeepStrictEqual } from "node:util";
import { keys, type Store } from "../../kv/mod.ts";
import {
  type ObjectActor,
  type ObjectContext,
  type ObjectEvent,
  persist,
  type PersistedObject,
  restore,
  startObject,
} from "../object/mod.ts";
import { ABSENT_REMEMBERED_MAX, RESIDENTS_MAX, VERIFY_EVERY } from "./limits.ts";
import { NeedObject } from "./need_object.ts";

/** One object in memory. `context` is the committed state of its live actor. */
export interface Resident {
  readonly oid: string;
  readonly actor: ObjectActor | null;
  context: ObjectContext;
  /** What stands in the store: for a quarantined object, its bytes as they were found. */
  persisted: PersistedObject | unknown;
  state: "active" | "quarantined";
  position: string | null;
  touched: boolean;
}

export interface RegistryOptions {
  readonly residentsMax?: number;
  readonly verifyEvery?: number;
  /** Told when a live actor differed from its committed bytes and was dropped. */
  readonly onDrift?: (oid: string) => void;
}

/** A change of one object as the registry takes it in: the events that led to it, when they are known here. */
export interface CommittedObject {
  readonly oid: string;
  readonly position: string;
  readonly after: unknown | null;
  readonly events: readonly ObjectEvent[] | null;
}

export class Registry {
  readonly #store: Store;
  readonly #residents = new Map<string, Resident>();
  readonly #loading = new Map<string, { changed: boolean }[]>();
  readonly #quarantined = new Map<string, string>();
  /** Looked for and not found, so that a reference to a deleted object is not looked for again and again. */
  readonly #absent = new Set<string>();
  readonly #residentsMax: number;
  readonly #verifyEvery: number;
  readonly #onDrift: (oid: string) => void;
  #commits = 0;
  #hand: IterableIterator<[string, Resident]> | null = null;

  constructor(store: Store, options: RegistryOptions = {}) {
    this.#store = store;
    this.#residentsMax = options.residentsMax ?? RESIDENTS_MAX;
    this.#verifyEvery = options.verifyEvery ?? VERIFY_EVERY;
    this.#onDrift = options.onDrift ?? (() => {});
  }

  get size(): number {
    return this.#residents.size;
  }

  /** The quarantined objects met so far, with the reason of each. */
  get quarantined(): ReadonlyMap<string, string> {
    return this.#quarantined;
  }

  /** The object if it is in memory, null when it is known that there is none, undefined when it must be read first. */
  known(oid: string): Resident | null | undefined {
    return this.peek(oid) ?? (this.#absent.has(oid) ? null : undefined);
  }

  /** The object if it is in memory. */
  peek(oid: string): Resident | undefined {
    const resident = this.#residents.get(oid);
    if (resident !== undefined) resident.touched = true;
    return resident;
  }

  /** The committed state; null when it is known that there is none. @throws {NeedObject} when it must be read first */
  readonly contextOf = (oid: string): ObjectContext | null => {
    const resident = this.#residents.get(oid);
    if (resident !== undefined) {
      resident.touched = true;
      return resident.context;
    }
    if (this.#absent.has(oid)) return null;
    throw new NeedObject(oid);
  };

  /** The object, read from the store when it is not in memory; null when there is none. */
  async load(oid: string): Promise<Resident | null> {
    for (;;) {
      const present = this.peek(oid);
      if (present !== undefined) return present;
      const mark = { changed: false };
      const marks = this.#loading.get(oid) ?? [];
      this.#loading.set(oid, [...marks, mark]);
      let entry;
      try {
        entry = await this.#store.get<unknown>(keys.object(oid));
      } finally {
        const left = (this.#loading.get(oid) ?? []).filter((other) => other !== mark);
        if (left.length === 0) this.#loading.delete(oid);
        else this.#loading.set(oid, left);
      }
      // A commit that came in meanwhile may be newer than what was read.
      if (mark.changed) continue;
      if (entry === null) {
        if (this.#absent.size >= ABSENT_REMEMBERED_MAX) this.#absent.clear();
        this.#absent.add(oid);
        return null;
      }
      return this.peek(oid) ?? this.#admit(oid, entry.value, null);
    }
  }

  /** Takes in what a commit did, in commit order. */
  committed(changes: readonly CommittedObject[]): void {
    for (const change of changes) {
      for (const mark of this.#loading.get(change.oid) ?? []) mark.changed = true;
      this.#absent.delete(change.oid);
      const resident = this.#residents.get(change.oid);
      if (change.after === null) {
        if (resident !== undefined) this.#drop(resident);
        this.#quarantined.delete(change.oid);
      } else if (resident === undefined) {
        if (change.events !== null) this.#admit(change.oid, change.after, change.position);
      } else if (change.events === null || resident.actor === null) {
        this.#drop(resident);
        this.#admit(change.oid, change.after, change.position);
      } else this.#advance(resident, change.after, change.position, change.events);
    }
  }

  /** Puts everything away, and makes sure that nothing read before comes in afterwards. */
  clear(): void {
    for (const resident of this.#residents.values()) resident.actor?.stop();
    this.#residents.clear();
    this.#hand = null;
    this.#absent.clear();
    this.#quarantined.clear();
    for (const marks of this.#loading.values()) for (const mark of marks) mark.changed = true;
  }

  #advance(resident: Resident, after: unknown, position: string, events: readonly ObjectEvent[]): void {
    for (const event of events) resident.actor!.send(event);
    const snapshot = resident.actor!.getSnapshot();
    resident.context = snapshot.context;
    resident.persisted = after;
    resident.position = position;
    resident.touched = true;
    this.#commits++;
    if (this.#commits % this.#verifyEvery === 0 && !isDeepStrictEqual(persist(snapshot), after)) {
      this.#drop(resident);
      this.#admit(resident.oid, after, position);
      this.#onDrift(resident.oid);
    }
  }

  #admit(oid: string, stored: unknown, position: string | null): Resident {
    const restored = restore(oid, stored);
    let resident: Resident;
    if (restored.ok) {
      const actor = startObject(restored.snapshot);
      resident = {
        oid,
        actor,
        context: restored.snapshot.context,
        persisted: stored,
        state: restored.snapshot.value === "quarantined" ? "quarantined" : "active",
        position,
        touched: true,
      };
      this.#quarantined.delete(oid);
    } else {
      const context = { oid, name: null, parents: [], slots: {}, createdAt: 0, reason: restored.reason };
      resident = {
        oid,
        actor: null,
        context,
        persisted: stored,
        state: "quarantined",
        position,
        touched: true,
      };
      this.#quarantined.set(oid, restored.reason);
    }
    this.#residents.set(oid, resident);
    this.#evict();
    return resident;
  }

  #drop(resident: Resident): void {
    resident.actor?.stop();
    this.#residents.delete(resident.oid);
  }

  /** Second chance (clock) replacement: a touched object is passed over once. */
  #evict(): void {
    while (this.#residents.size > this.#residentsMax) {
      this.#hand ??= this.#residents.entries();
      const next = this.#hand.next();
      if (next.done) {
        this.#hand = null;
        continue;
      }
      const [, resident] = next.value;
      if (resident.touched) resident.touched = false;
      else {
        resident.actor?.send({ type: "PASSIVATED" });
        this.#drop(resident);
      }
    }
  }
}
