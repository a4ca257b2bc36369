/**
 * The last writes, each with the number of the decision that made it, so that reads are validated in memory: a key
 * by its last write, a prefix by the writes since. A read older than the ring counts as changed.
 */
import { ringWritesMax } from "./limits.ts";

/** A write that a read did not see. */
export interface Changed {
  /** The encoded key, or null when the read is older than the ring. */
  readonly key: string | null;
  /** The thought that wrote it, if it is still known. */
  readonly thought: string | null;
}

export class WriteRing {
  readonly #capacity: number;
  readonly #keys: string[] = [];
  readonly #sequences: number[] = [];
  readonly #thoughts: string[] = [];
  readonly #last = new Map<string, number>();
  /** Place of the next write; the ring is full once `#keys` has its capacity. */
  #next = 0;
  /** Reads before this sequence may have missed writes that are forgotten. */
  #floor = 0;
  /** The newest write's sequence. */
  #newest = 0;
  /** Writes that are taken in when the first read asks for them, off the path from one decision to the next. */
  #pending: { readonly writes: readonly string[]; sequence: number; thought: string }[] = [];
  #pendingWrites = 0;

  constructor(capacity: number = ringWritesMax) {
    this.#capacity = capacity;
  }

  get size(): number {
    this.#takeIn();
    return this.#keys.length;
  }

  /** Adds the written keys, encoded, of one thought, decided under that sequence; sequences never fall. */
  add(writes: readonly string[], sequence: number, thought: string): void {
    this.#newest = sequence;
    this.#pending.push({ writes, sequence, thought });
    this.#pendingWrites += writes.length;
    if (this.#pendingWrites > this.#capacity / 100) this.#takeIn();
  }

  #takeIn(): void {
    if (this.#pending.length === 0) return;
    for (const { writes, sequence, thought } of this.#pending) {
      for (const encoded of writes) this.#put(encoded, sequence, thought);
    }
    this.#pending = [];
    this.#pendingWrites = 0;
  }

  #put(key: string, sequence: number, thought: string): void {
    const place = this.#next;
    if (this.#keys.length === this.#capacity) {
      const oldKey = this.#keys[place]!;
      const old = this.#sequences[place]!;
      this.#floor = old;
      if (this.#last.get(oldKey) === old) this.#last.delete(oldKey);
    }
    this.#keys[place] = key;
    this.#sequences[place] = sequence;
    this.#thoughts[place] = thought;
    this.#last.set(key, sequence);
    this.#next = (place + 1) % this.#capacity;
  }

  /** Forgets everything: whatever was read up to `sequence` counts as changed. */
  forget(sequence: number): void {
    this.#keys.length = this.#sequences.length = this.#thoughts.length = 0;
    this.#last.clear();
    this.#next = 0;
    this.#pending = [];
    this.#pendingWrites = 0;
    this.#floor = this.#newest = sequence;
  }

  /** The write that makes a read at `sequence` stale, or null. */
  changedKey(key: string, sequence: number): Changed | null {
    if (sequence >= this.#newest) return null;
    this.#takeIn();
    if (sequence < this.#floor) return { key: null, thought: null };
    const last = this.#last.get(key);
    if (last === undefined || last <= sequence) return null;
    return { key, thought: this.#writerOf(key) };
  }

  /** The first write found below an encoded prefix after `sequence`, or null. */
  changedPrefix(prefix: string, sequence: number): Changed | null {
    if (sequence >= this.#newest) return null;
    this.#takeIn();
    if (sequence < this.#floor) return { key: null, thought: null };
    for (const place of this.#newestFirst()) {
      if (this.#sequences[place]! <= sequence) return null;
      const key = this.#keys[place]!;
      if (key.startsWith(prefix)) return { key, thought: this.#thoughts[place]! };
    }
    return null;
  }

  #writerOf(key: string): string | null {
    for (const place of this.#newestFirst()) if (this.#keys[place] === key) return this.#thoughts[place]!;
    return null;
  }

  *#newestFirst(): Generator<number> {
    for (let back = 1; back <= this.#keys.length; back++) {
      yield (this.#next - back + this.#capacity) % this.#capacity;
    }
  }
}
