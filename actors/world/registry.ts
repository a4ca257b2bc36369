/**
 * The objects that are in memory: each a root actor, read from the store when first touched, kept up to date by
 * every commit, passivated when it has been left alone the longest. What is read is the committed snapshot. A live actor
 * only ever hears of a change after that change is committed: right behind the work, so that no thought waits for it.
 */
import { isDeepStrictEqual } from "node:util";
import { keys, type Store } from "../../kv/mod.ts";
import {
  type ObjectActor,
  type ObjectContext,
  type ObjectEvent,
  type ObjectSnapshot,
  persist,
  type PersistedObject,
  restore,
  startObject,
} from "../object/mod.ts";
import { ABSENT_REMEMBERED_MAX, RESIDENTS_MAX, VERIFY_EVERY } from "./limits.ts";
import { NeedObject } from "./need_object.ts";

/** One object in memory. `context` is what is committed; its live actor hears of each change just after. */
export interface Resident {
  readonly oid: string;
  /** Null for a quarantined object, whose bytes are as they were found. */
  snapshot: ObjectSnapshot | null;
  context: ObjectContext;
  /** What stands in the store, and its sealed bytes. */
  persisted: PersistedObject | unknown;
  stored: Uint8Array | null;
  state: "active" | "quarantined";
  position: string | null;
  touched: boolean;
}

/** A resident with its actor, which is started by the first change that it is to hear of. */
interface Living extends Resident {
  actor: ObjectActor | null;
  /** Whether its actor has changes to hear of. */
  waiting: boolean;
  /** Committed events that its actor has not heard of. */
  unheard: ObjectEvent[];
  /** The snapshot with which its actor starts. */
  heard: ObjectSnapshot | null;
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
  readonly stored: Uint8Array | null;
  readonly events: readonly ObjectEvent[] | null;
  /** What the thought computed; null when another made the change, or when it was put back whole. */
  readonly snapshot: ObjectSnapshot | null;
}

export class Registry {
  readonly #store: Store;
  readonly #residents = new Map<string, Living>();
  readonly #loading = new Map<string, { changed: boolean }[]>();
  readonly #quarantined = new Map<string, string>();
  /** Looked for and not found, so that a reference to a deleted object is not looked for again and again. */
  readonly #absent = new Set<string>();
  readonly #residentsMax: number;
  readonly #verifyEvery: number;
  readonly #onDrift: (oid: string) => void;
  #commits = 0;
  #hand: IterableIterator<[string, Living]> | null = null;
  /** Residents whose actors have changes to hear of. */
  #unheard: Living[] = [];
  #hearing: ReturnType<typeof setTimeout> | null = null;

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
      return this.peek(oid) ?? this.#admit({ oid, position: null, stored: entry.stored, after: entry.value });
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
      } else if (change.snapshot !== null && change.events !== null && resident?.snapshot !== null) {
        if (resident === undefined) this.#settle(change.oid, change.snapshot, change);
        else this.#advance(resident, change.snapshot, change);
      } else {
        if (resident !== undefined) this.#drop(resident);
        if (resident !== undefined || change.events !== null) this.#admit(change);
      }
    }
    this.#hearSoon();
  }

  /** Puts everything away, and makes sure that nothing read before comes in afterwards. */
  clear(): void {
    this.hear();
    for (const resident of this.#residents.values()) resident.actor?.stop();
    this.#residents.clear();
    this.#hand = null;
    this.#absent.clear();
    this.#quarantined.clear();
    for (const marks of this.#loading.values()) for (const mark of marks) mark.changed = true;
  }

  #advance(resident: Living, snapshot: ObjectSnapshot, change: CommittedObject): void {
    resident.snapshot = snapshot;
    resident.context = snapshot.context;
    resident.persisted = change.after;
    resident.stored = change.stored;
    resident.position = change.position;
    resident.touched = true;
    for (const event of change.events!) resident.unheard.push(event);
    if (resident.waiting) return;
    resident.waiting = true;
    this.#unheard.push(resident);
  }

  /** Actors hear of what is committed right behind it: nobody waits for that, as all reads are of snapshots. */
  #hearSoon(): void {
    if (this.#unheard.length === 0 || this.#hearing !== null) return;
    this.#hearing = setTimeout(() => this.hear(), 0);
  }

  /** Lets the actors hear of all that is committed, in the order of the commits. */
  hear(): void {
    if (this.#hearing !== null) clearTimeout(this.#hearing);
    this.#hearing = null;
    const unheard = this.#unheard;
    this.#unheard = [];
    for (const resident of unheard) this.#tell(resident);
  }

  #tell(resident: Living): void {
    const { unheard } = resident;
    resident.unheard = [];
    resident.waiting = false;
    if (this.#residents.get(resident.oid) !== resident) return;
    resident.actor ??= startObject(resident.heard!);
    for (const event of unheard) resident.actor.send(event);
    const snapshot = resident.actor.getSnapshot();
    resident.heard = null;
    this.#commits++;
    if (this.#commits % this.#verifyEvery !== 0) return;
    if (isDeepStrictEqual(persist(snapshot), resident.persisted)) return;
    const { oid, position, persisted: after, stored } = resident;
    this.#drop(resident);
    this.#admit({ oid, position, after, stored });
    this.#onDrift(oid);
  }

  /** Takes in a stored form as it was read. */
  #admit({ oid, after, stored, position }: Stored): Resident {
    const restored = restore(oid, after);
    if (restored.ok) {
      this.#quarantined.delete(oid);
      return this.#settle(oid, restored.snapshot, { after, stored, position });
    }
    this.#quarantined.set(oid, restored.reason);
    const context = { oid, name: null, parents: [], slots: {}, createdAt: 0, reason: restored.reason };
    return this.#put({ ...living(oid, null), context, persisted: after, stored, position });
  }

  #settle(oid: string, snapshot: ObjectSnapshot, { after, stored, position }: Omit<Stored, "oid">): Resident {
    const { context } = snapshot;
    return this.#put({ ...living(oid, snapshot), context, persisted: after, stored, position });
  }

  #put(resident: Living): Resident {
    this.#residents.set(resident.oid, resident);
    this.#evict();
    return resident;
  }

  #drop(resident: Living): void {
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
      else this.#passivate(resident);
    }
  }

  #passivate(resident: Living): void {
    if (resident.waiting) this.#tell(resident);
    resident.actor?.send({ type: "PASSIVATED" });
    this.#drop(resident);
  }
}

interface Stored {
  readonly oid: string;
  readonly after: unknown;
  readonly stored: Uint8Array | null;
  readonly position: string | null;
}

function living(oid: string, snapshot: ObjectSnapshot | null): Omit<Living, "context" | "persisted"> {
  const state = snapshot === null || snapshot.value === "quarantined" ? "quarantined" : "active";
  const none = { stored: null, position: null, actor: null, waiting: false };
  return { ...none, oid, snapshot, heard: snapshot, state, touched: true, unheard: [] };
}
