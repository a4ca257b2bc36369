/**
 * A thought collects what it read and what it wants to write. Nothing reaches the store before its commit; its own
 * reads see its own staged writes. It is long, as all that an apply step can do is here.
 */
import { abortAll, type DataManager, type Mutation } from "./data_manager.ts";
import { describe } from "./describe.ts";
import { LimitError, RefusedError, ValueError } from "./errors.ts";
import { encodeKey, isReserved, type Key, measureKey } from "./keys.ts";
import { participantsMax, savepointsMax, thoughtMutationsMax, valueBytesMax } from "./limits.ts";
import { type Laid, type ListOptions, mergeLaid, selectLaid } from "./overlay.ts";
import type { Reader } from "./reader.ts";
import type { KnownSavepoint, Savepoint } from "./savepoint.ts";
import { seal } from "./sealed.ts";
import type { Fate, StagedValue } from "./staged.ts";

/** What a thought knows of a key that it read. */
export interface KnownRead {
  readonly key: Key;
  /** The decision up to which the value is known to be the committed one. */
  readonly sequence: number;
  checked: boolean;
  /** The value itself, null when there is none. */
  readonly value: unknown;
  /** Its sealed bytes, or undefined when only the caller's word for the value is known. */
  stored: Uint8Array | null | undefined;
  /** The waiting thought that writes the value: the read holds if that is decided, and nobody else comes between. */
  readonly from?: Fate;
}

/** A staged write; `sealed` is null for a deletion. */
export interface StagedWrite extends Laid {
  readonly sealed: Uint8Array | null;
  readonly keyBytes: number;
}

export interface PrefixRead {
  readonly prefix: Key;
  readonly encoded: string;
  readonly sequence: number;
}

/** What a thought is given to read with. */
export interface ThoughtSource {
  readonly reader: Reader;
  /** Number of the last decision: what a read of the store sees at least. */
  readonly decided: number;
  /** Number of the last decision that every listener has heard: what a caller can know. */
  readonly published: number;
  /** What a thought that waits for its decision is going to write under a key. */
  staged(encoded: string): StagedValue | undefined;
  /** Hears what failed beside the work. */
  report(error: unknown): void;
}

/** Values must not be changed after they were handed to a thought or came from one. */
export class Thought {
  readonly id: string;
  readonly #source: ThoughtSource;
  readonly #follows: boolean;
  readonly #reads = new Map<string, KnownRead>();
  readonly #prefixes: PrefixRead[] = [];
  readonly #writes = new Map<string, StagedWrite>();
  readonly #participants: DataManager[] = [];
  readonly #savepoints: KnownSavepoint[] = [];
  /** What each write replaced since the first savepoint; undefined where nothing was staged. */
  readonly #replaced: [string, StagedWrite | undefined][] = [];
  /** Ids that were made for this thought. */
  readonly #made = new Set<unknown>();
  #savepointsMade = 0;
  #open = true;

  /** Made by `Store.commit()`. */
  constructor(id: string, source: ThoughtSource, follows = false) {
    this.id = id;
    this.#source = source;
    this.#follows = follows;
  }

  /**
   * The committed value, or the one staged here; null when there is none. A read is checked at commit unless
   * `context` says that nothing depends on it.
   */
  async get<T>(key: Key, options: { context?: boolean | undefined } = {}): Promise<T | null> {
    this.#assertOpen();
    const checked = options.context !== true;
    const encoded = encodeKey(key);
    const staged = this.#writes.get(encoded);
    if (staged !== undefined) return (staged.value ?? null) as T | null;
    if (this.#isMade(key)) this.adopt(key, null);
    let known = this.#reads.get(encoded);
    if (known === undefined && checked) known = this.#follow(key, encoded);
    if (known === undefined) {
      const sequence = this.#source.decided;
      const entry = await this.#source.reader.getStored(key);
      const stored = entry?.value ?? null;
      const value = await this.#source.reader.resolve(key, stored);
      known = this.#reads.get(encoded) ?? { key, sequence, checked, value, stored };
      this.#reads.set(encoded, known);
    }
    known.checked ||= checked;
    return known.value as T | null;
  }

  /**
   * What a thought that is to be committed before this one is going to write under a key, if there is such a thing and
   * `isKnown` takes it: a checked read then, and this thought is applied again if that one is not decided. Only where
   * `commit()` was told that the thought follows others.
   */
  follow<T>(key: Key, isKnown: (value: T) => boolean): T | undefined {
    this.#assertOpen();
    const encoded = encodeKey(key);
    if (!this.#follows || this.#reads.has(encoded)) return undefined;
    const value = this.#source.staged(encoded)?.value as T | null | undefined;
    if (value === null || value === undefined || !isKnown(value)) return undefined;
    return this.#follow(key, encoded)!.value as T;
  }

  #follow(key: Key, encoded: string): KnownRead | undefined {
    const staged = this.#follows ? this.#source.staged(encoded) : undefined;
    if (staged === undefined) return undefined;
    const { fate, value, stored } = staged;
    const read: KnownRead = { key, sequence: 0, checked: true, value, stored, from: fate };
    this.#reads.set(encoded, read);
    return read;
  }

  /** Reads many keys together: what `get` is asked for afterwards is known. */
  async prefetch(list: readonly Key[]): Promise<void> {
    this.#assertOpen();
    const unknown = list.map((key) => ({ key, encoded: encodeKey(key) }))
      .filter(({ key, encoded }) =>
        !this.#writes.has(encoded) && !this.#reads.has(encoded) && !this.#isMade(key)
      );
    const sequence = this.#source.decided;
    const { reader } = this.#source;
    const entries = await reader.getTogether(unknown.map(({ key }) => key));
    for (const [n, { key, encoded }] of unknown.entries()) {
      const stored = entries[n]?.value ?? null;
      const value = await reader.resolve(key, stored);
      if (this.#reads.has(encoded)) continue;
      this.#reads.set(encoded, { key, sequence, checked: false, value, stored });
    }
  }

  /**
   * Keys and values below a prefix, staged ones included, in the store's order. The whole prefix is checked at
   * commit, whatever `start` and `limit` say, unless `context` is given.
   */
  async *list<T>(
    prefix: Key,
    options: ListOptions & { context?: boolean | undefined } = {},
  ): AsyncGenerator<{ key: Key; value: T }> {
    this.#assertOpen();
    const { reader } = this.#source;
    if (options.context !== true) {
      this.#prefixes.push({ prefix, encoded: encodeKey(prefix), sequence: this.#source.decided });
    }
    const laid = selectLaid(this.#writes, prefix, options);
    const limit = options.limit === undefined ? undefined : options.limit + laid.length;
    for await (const entry of mergeLaid(reader.listStored(prefix, { ...options, limit }), laid, options)) {
      const { key, value: found } = entry;
      const value = entry.versionstamp === null ? found : await reader.resolve(key, found as Uint8Array);
      yield { key, value: value as T };
    }
  }

  /**
   * Declares that the caller holds the committed value of a key (null: that there is none), as the listeners of
   * this store were last told: a checked read without input or output, and the before-image. Whoever kept its sealed
   * bytes hands them over too, so that they need not be made again.
   */
  adopt<T>(key: Key, value: T | null, stored?: Uint8Array): void {
    this.#assertOpen();
    const encoded = encodeKey(key);
    const known = this.#reads.get(encoded);
    if (known !== undefined) {
      known.checked = true;
      return;
    }
    const sequence = this.#source.published;
    this.#reads.set(encoded, {
      key,
      sequence,
      checked: true,
      value,
      stored: value === null ? null : stored,
    });
  }

  /**
   * An id has just been made at random: nothing stands under any key that ends with it, and none of them is looked up.
   * Not for an id that comes from elsewhere.
   */
  makes(id: string): void {
    this.#assertOpen();
    this.#made.add(id);
  }

  #isMade(key: Key): boolean {
    return this.#made.size > 0 && this.#made.has(key[key.length - 1]);
  }

  /** @throws LimitError, ValueError; nothing is staged then. */
  set(key: Key, value: unknown): void {
    if (value === null || value === undefined) {
      throw new ValueError(`Cannot store ${value} under ${describe(key)}: delete the key instead`, { key });
    }
    if (value instanceof Deno.KvU64) {
      throw new ValueError(`Cannot store a counter under ${describe(key)}`, { key });
    }
    const keyBytes = measureKey(key);
    const sealed = seal(value, key);
    if (sealed.byteLength > valueBytesMax) {
      const [limit, actual] = [valueBytesMax, sealed.byteLength];
      throw new LimitError(
        `Cannot store a value under ${describe(key)} as it must be at most ${limit} bytes: it is ${actual}`,
        { limit, actual, key },
      );
    }
    this.#stage({ key, value, sealed, keyBytes });
  }

  /** @throws LimitError, ValueError; nothing is staged then. */
  delete(key: Key): void {
    this.#stage({ key, value: undefined, sealed: null, keyBytes: measureKey(key) });
  }

  /** A data manager takes part: it votes before the decision and hears the outcome. */
  join(participant: DataManager): void {
    this.#assertOpen();
    if (this.#participants.includes(participant)) return;
    if (this.#participants.length >= participantsMax) {
      throw new LimitError(`Cannot join the thought as at most ${participantsMax} may take part`, {
        limit: participantsMax,
        actual: participantsMax + 1,
      });
    }
    this.#participants.push(participant);
  }

  /**
   * A state to go back to with `rollback()`, as often as wanted.
   * @throws RefusedError when a participant keeps no savepoints, LimitError for too many.
   */
  savepoint(): Savepoint {
    this.#assertOpen();
    if (this.#savepoints.length >= savepointsMax) {
      throw new LimitError(`Cannot make another savepoint as a thought has at most ${savepointsMax}`, {
        limit: savepointsMax,
        actual: savepointsMax + 1,
      });
    }
    const rollbacks = this.#participants.map((participant) => {
      const rollback = participant.savepoint?.();
      if (rollback !== undefined) return rollback;
      throw new RefusedError(participant.name, "it keeps no savepoints", { code: "no_savepoints" });
    });
    const savepoint = {
      number: ++this.#savepointsMade,
      replaced: this.#replaced.length,
      participants: this.#participants.length,
      rollbacks,
    };
    this.#savepoints.push(savepoint);
    return savepoint;
  }

  /**
   * Goes back to a savepoint: writes, and what participants staged, are as they were then; who joined since is told that
   * the thought will not be. Reads stay read, and checked. Savepoints made since are no more.
   * @throws TypeError for one of another thought, or one that is no more.
   */
  async rollback(savepoint: Savepoint): Promise<void> {
    this.#assertOpen();
    const at = this.#savepoints.findIndex((known) => known === savepoint);
    if (at === -1) {
      throw new TypeError(
        `Cannot go back to savepoint ${savepoint.number}: thought ${this.id} has it no more`,
      );
    }
    this.#savepoints.length = at + 1;
    const { replaced, participants, rollbacks } = this.#savepoints[at]!;
    for (const [encoded, before] of this.#replaced.splice(replaced).reverse()) {
      if (before === undefined) this.#writes.delete(encoded);
      else this.#writes.set(encoded, before);
    }
    for (const rollback of rollbacks) rollback();
    await abortAll(this.#participants.splice(participants), this.#source.report);
  }

  #stage(write: StagedWrite): void {
    this.#assertOpen();
    const { key } = write;
    if (isReserved(key)) {
      throw new ValueError(`Cannot write ${describe(key)} as the store keeps it itself`, { key });
    }
    const encoded = encodeKey(key);
    if (this.#writes.size >= thoughtMutationsMax && !this.#writes.has(encoded)) {
      throw new LimitError(
        `Cannot write more in one thought as at most ${thoughtMutationsMax} keys may change`,
        {
          limit: thoughtMutationsMax,
          actual: thoughtMutationsMax + 1,
        },
      );
    }
    if (this.#savepoints.length > 0) this.#replaced.push([encoded, this.#writes.get(encoded)]);
    this.#writes.set(encoded, write);
    if (this.#isMade(key)) this.adopt(key, null);
  }

  #assertOpen(): void {
    if (!this.#open) throw new TypeError(`Cannot use thought ${this.id} as its apply step is over`);
  }

  /** For the store: ends the apply step and hands over what it collected. */
  static seal(thought: Thought): SealedThought {
    thought.#open = false;
    return {
      id: thought.id,
      reads: thought.#reads,
      prefixes: thought.#prefixes,
      writes: thought.#writes,
      participants: thought.#participants,
    };
  }

  /** For the store: takes the before-image of a blind write from the thought that is to be committed before. */
  static follow(thought: Thought, key: Key): boolean {
    return thought.#follow(key, encodeKey(key)) !== undefined;
  }

  /** For the store: stages what a participant handed over, after the apply step. */
  static stage(thought: Thought, mutation: Mutation): void {
    thought.#open = true;
    try {
      if (mutation.type === "delete") thought.delete(mutation.key);
      else thought.set(mutation.key, mutation.value);
    } finally {
      thought.#open = false;
    }
  }
}

export interface SealedThought {
  readonly id: string;
  readonly reads: Map<string, KnownRead>;
  readonly prefixes: readonly PrefixRead[];
  readonly writes: ReadonlyMap<string, StagedWrite>;
  readonly participants: readonly DataManager[];
}
