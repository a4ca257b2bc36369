/**
 * Which waiting thoughts share the next atomic operation, and that operation itself: head checked and set, the
 * last write of each key, one log record, and what was deleted.
 */
import { type Head, type HeadForm, sealHead } from "./head.ts";
import { type Key, keys } from "./keys.ts";
import {
  atomicBytesMax,
  atomicKeyBytesMax,
  atomicMutationsMax,
  chunkBytes,
  groupThoughtsMax,
} from "./limits.ts";
import type { Prepared, PreparedWrite } from "./plan.ts";
import { validate } from "./prepare.ts";
import { type Packed, packGone, packLog, sealAt } from "./record.ts";
import type { Fate } from "./staged.ts";
import type { Changed, WriteRing } from "./write_ring.ts";

interface Candidate {
  readonly prepared: Prepared;
  readonly pass: symbol | null;
}

/**
 * Takes the next batch out of the queue, oldest first, and the thoughts whose reads are stale by now. What clashes
 * with the batch or does not fit stays in its place, so that it is the oldest soon, and nothing that clashes with it
 * overtakes it.
 */
export function takeBatch<T extends Candidate>(
  queue: T[],
  ring: WriteRing,
  gate: symbol | null,
): { batch: T[]; outdated: [T, Changed][] } {
  const outdated: [T, Changed][] = [];
  const batch: T[] = [];
  const load = new Load();
  const kept: T[] = [];
  /** What is kept reads and writes: what clashes with it must not overtake it. */
  const passed = new Load();
  let full = false;
  for (const candidate of queue) {
    if (full || (gate !== null && candidate.pass !== gate)) {
      kept.push(candidate);
      continue;
    }
    const { prepared } = candidate;
    const changed = validate(ring, prepared);
    if (changed !== null) {
      outdated.push([candidate, changed]);
    } else if (batch.length === 0 ? !waits(prepared) : load.takes(prepared) && !passed.clashes(prepared)) {
      batch.push(candidate);
      full = prepared.large !== null || batch.length >= groupThoughtsMax;
      if (!full && queue.length > 1) load.add(prepared);
    } else {
      kept.push(candidate);
      passed.add(prepared);
    }
  }
  queue.length = 0;
  for (const candidate of kept) queue.push(candidate);
  return { batch, outdated };
}

/** Whether it follows a thought that is not decided: of that one it will be told before it is the oldest. */
function waits({ reads }: Prepared): boolean {
  for (const { from } of reads.values()) if (from !== undefined && from.sequence === null) return true;
  return false;
}

/** What a batch reads, writes and weighs so far. */
class Load {
  readonly #reads = new Set<string>();
  readonly #prefixes: string[] = [];
  /** Keys with the last thought that writes each. */
  readonly #writes = new Map<string, Fate>();
  #mutations = 3;
  #bytes = 1_000;
  #keyBytes = 300;
  #recordBytes = 0;

  takes(one: Prepared): boolean {
    if (one.large !== null) return false;
    const recordBytes = this.#recordBytes + one.recordBytes;
    const parts = Math.ceil(recordBytes / chunkBytes) + 2;
    return this.#mutations + one.writes.length + parts <= atomicMutationsMax &&
      this.#bytes + one.bytes + recordBytes <= atomicBytesMax &&
      this.#keyBytes + one.keyBytes + parts * 64 <= atomicKeyBytesMax &&
      this.#canFollow(one);
  }

  /** Whether all that it reads or replaces is what stands right after the batch. What the batch read may change. */
  #canFollow(one: Prepared): boolean {
    for (const { encoded } of one.writes) {
      if (this.#writes.has(encoded) && !this.#hasLast(encoded, one.reads.get(encoded)?.from)) return false;
    }
    for (const [encoded, { checked, from }] of one.reads) {
      if (!checked) continue;
      const isStaged = from !== undefined && from.sequence === null;
      if ((isStaged || this.#writes.has(encoded)) && !this.#hasLast(encoded, from)) return false;
    }
    return !this.#writesBelow(one);
  }

  #hasLast(encoded: string, from: Fate | undefined): boolean {
    return from !== undefined && this.#writes.get(encoded) === from;
  }

  #writesBelow(one: Prepared): boolean {
    for (const { encoded } of one.prefixes) {
      for (const written of this.#writes.keys()) if (written.startsWith(encoded)) return true;
    }
    return false;
  }

  clashes(one: Prepared): boolean {
    for (const { encoded } of one.writes) {
      if (this.#writes.has(encoded) || this.#reads.has(encoded)) return true;
      if (this.#prefixes.some((prefix) => encoded.startsWith(prefix))) return true;
    }
    for (const [encoded, read] of one.reads) if (read.checked && this.#writes.has(encoded)) return true;
    return this.#writesBelow(one);
  }

  add(one: Prepared): void {
    for (const { encoded } of one.writes) this.#writes.set(encoded, one.fate);
    for (const [encoded, read] of one.reads) if (read.checked) this.#reads.add(encoded);
    for (const { encoded } of one.prefixes) this.#prefixes.push(encoded);
    this.#mutations += one.writes.length;
    this.#bytes += one.bytes;
    this.#keyBytes += one.keyBytes;
    this.#recordBytes += one.recordBytes;
  }
}

export interface Batch {
  readonly thoughts: readonly Prepared[];
  readonly head: Head;
  /** Time by the clock, in ms. */
  readonly now: number;
}

export interface Submitted {
  readonly form: HeadForm;
  readonly at: readonly number[];
  /** Null when the head was lost, or when `error` says that the store did not answer. */
  readonly versionstamp: string | null;
  readonly error: unknown;
}

/** One atomic operation. Does not throw for what the store says about it. */
export async function submitBatch(kv: Deno.Kv, batch: Batch, newId: () => string): Promise<Submitted> {
  const { thoughts, head } = batch;
  const at: number[] = [];
  for (let last = head.at; at.length < thoughts.length; at.push(last)) last = Math.max(batch.now, last + 1);
  const large = thoughts.length === 1 ? thoughts[0]!.large : null;
  const form: HeadForm = { v: 1, epoch: head.epoch, at: at[at.length - 1]!, count: thoughts.length };
  if (large !== null) form.redo = large.pointer;
  let versionstamp: string | null = null;
  let error: unknown = null;
  try {
    const atomic = kv.atomic().check({ key: keys.head(), versionstamp: head.versionstamp })
      .set(keys.head(), sealHead(form));
    addWrites(atomic, large?.direct ?? lastWrites(thoughts));
    for (const [key, chunk] of large?.chunks ?? []) atomic.set(key, chunk);
    addRecord(kv, atomic, batch, at, newId);
    const result = await atomic.commit();
    if (result.ok) versionstamp = result.versionstamp;
  } catch (cause) {
    error = cause ?? new Error("the store failed without a reason");
  }
  return { form, at, versionstamp, error };
}

/** Of thoughts that follow each other, the last one to write a key says what stands there. */
function lastWrites(thoughts: readonly Prepared[]): Iterable<PreparedWrite> {
  if (thoughts.length === 1) return thoughts[0]!.writes;
  const last = new Map<string, PreparedWrite>();
  for (const { writes } of thoughts) for (const write of writes) last.set(write.encoded, write);
  return last.values();
}

function addWrites(atomic: Deno.AtomicOperation, writes: Iterable<PreparedWrite>): void {
  for (const { key, value } of writes) {
    if (value === undefined) atomic.delete(key);
    else atomic.set(key, value);
  }
}

/** The log record under the stamp that this operation will get, and the record of what it deletes. */
function addRecord(
  kv: Deno.Kv,
  atomic: Deno.AtomicOperation,
  { thoughts, head }: Batch,
  at: readonly number[],
  newId: () => string,
): void {
  const stamp = (kv as unknown as { commitVersionstamp(): symbol }).commitVersionstamp();
  const [logKey, goneKey] = [keys.log(head.epoch, stamp), keys.gone(head.epoch, stamp)];
  const large = thoughts.length === 1 ? thoughts[0]!.large : null;
  const records = thoughts.map(({ record }) => record);
  if (large?.log != null) atomic.set(logKey, sealAt(logKey, large.log.stored, at));
  else setPacked(atomic, logKey, packLog(logKey, at, records, newId));
  const deleted = thoughts.flatMap(({ gone }, n) => gone.map((key): [number, Key] => [n, key]));
  if (large?.gone != null) atomic.set(goneKey, large.gone.stored);
  else if (deleted.length > 0) setPacked(atomic, goneKey, packGone(goneKey, deleted, newId));
}

function setPacked(atomic: Deno.AtomicOperation, key: Key, { stored, parts }: Packed): void {
  atomic.set(key, stored);
  for (const [part, bytes] of parts) atomic.set(part, bytes);
}
