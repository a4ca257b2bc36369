/**
 * Drops what only positions before the horizon need: before-images (chunks included), version keys and lists of
 * deletions. A thought itself stays in the log: who, why, when, and the keys that it changed. Records are rewritten
 * last, so that a crash leaves them for the next time with nothing forgotten.
 */
import { blobKeys, deleteKeys, referencedBytes } from "./blobs.ts";
import { encodeKey, type Key, keys, readStampKey, readVersionKey } from "./keys.ts";
import { pruneMutationsMax } from "./limits.ts";
import { formatPosition, parsePosition, type Position } from "./position.ts";
import type { Reader } from "./reader.ts";
import { packLog, partKeys, readGone, readRecord, type RecordedThought } from "./record.ts";
import { RewriteBatch, type Rewritten } from "./rewrite.ts";
import { isReference } from "./sealed.ts";

/** Keys of which it is remembered how far their versions were looked at. */
const keysRememberedMax = 10_000;

export interface Dropped {
  /** Thoughts whose before-images are dropped. */
  readonly thoughts: number;
  readonly images: number;
  /** Values in chunks. */
  readonly blobs: number;
  /** Bytes of before-images and chunks. */
  readonly bytes: number;
}

/** After `from`, up to and with `to`. */
export interface Range {
  readonly from: Position;
  readonly to: Position;
}

export interface DropOptions {
  readonly reader: Reader;
  readonly newId: () => string;
  readonly range: Range;
  readonly crash: (point: string) => void;
}

export interface DroppedBatch {
  readonly upTo: Position;
  /** So far, all batches together. */
  readonly dropped: Dropped;
}

/** A record of the log with its thoughts and where it stands. */
export interface PlacedRecord {
  readonly key: Key;
  readonly value: unknown;
  readonly versionstamp: string;
  readonly at: readonly number[];
  readonly thoughts: readonly RecordedThought[];
  readonly position: (n: number) => Position;
}

/** Drops record by record, many in one atomic operation, and reports after each of those. */
export async function* dropHistory(options: DropOptions): AsyncGenerator<DroppedBatch> {
  const { reader, newId, range, crash } = options;
  const dropped = { thoughts: 0, images: 0, blobs: 0, bytes: 0 };
  const batch = new RewriteBatch({ kv: reader.kv, newId, crash });
  const versions = new OldVersions(reader);
  let upTo = range.from;
  let told = upTo;
  for await (const record of recordsIn(reader, range)) {
    const found = await dropRecord(record, { to: range.to, newId, versions });
    if (found === null) continue;
    if (!batch.takes(found)) {
      await batch.write();
      yield { upTo: told = upTo, dropped: { ...dropped } };
    }
    add(dropped, found.dropped);
    await batch.add(found);
    const last = record.position(record.thoughts.length - 1);
    upTo = last < range.to ? last : range.to;
  }
  await batch.write();
  for await (const list of goneUpTo(reader, range.to)) {
    // Not said to be dropped up to the end before the last list is.
    yield { upTo: told, dropped: { ...dropped } };
    await deleteKeys(reader.kv, list);
  }
  yield { upTo: range.to, dropped };
}

/** What a pruning would drop. */
export async function measureDropped(reader: Reader, range: Range): Promise<Dropped> {
  const dropped = { thoughts: 0, images: 0, blobs: 0, bytes: 0 };
  for await (const { thoughts, position } of recordsIn(reader, range)) {
    for (const [n, thought] of thoughts.entries()) {
      if (thought.pruned !== true && position(n) <= range.to) add(dropped, measure(thought));
    }
  }
  return dropped;
}

function add(sum: { -readonly [Name in keyof Dropped]: number }, more: Dropped): void {
  sum.thoughts += more.thoughts;
  sum.images += more.images;
  sum.blobs += more.blobs;
  sum.bytes += more.bytes;
}

function measure({ changes }: RecordedThought): Dropped {
  const sum = { thoughts: 1, images: 0, blobs: 0, bytes: 0 };
  for (const [key, before] of changes) {
    if (before === null) continue;
    sum.images++;
    sum.bytes += before.byteLength;
    if (!isReference(before)) continue;
    sum.blobs++;
    sum.bytes += referencedBytes(before, key);
  }
  return sum;
}

/** The records that hold thoughts between two positions, in their order. */
export async function* recordsIn(reader: Reader, { from, to }: Range): AsyncGenerator<PlacedRecord> {
  const { epoch, versionstamp } = parsePosition(from);
  const selector = { prefix: ["log"], start: keys.log(epoch, versionstamp) };
  for await (const { key, value, versionstamp } of reader.kv.list<unknown>(selector, { batchSize: 100 })) {
    const place = readStampKey(key);
    if (place === null) continue;
    const position = (n: number) => formatPosition(place.epoch, place.versionstamp, n);
    if (position(0) > to) return;
    yield { key, versionstamp, position, ...await readRecord(reader.kv, key, value) };
  }
}

/** Takes out of one record what is before the horizon; null when there is nothing. */
async function dropRecord(
  record: PlacedRecord,
  { to, newId, versions }: {
    readonly to: Position;
    readonly newId: () => string;
    readonly versions: OldVersions;
  },
): Promise<Rewritten & { readonly dropped: Dropped } | null> {
  const dropped = { thoughts: 0, images: 0, blobs: 0, bytes: 0 };
  const deletes: Key[] = [];
  const kept: RecordedThought[] = [];
  for (const [n, thought] of record.thoughts.entries()) {
    const position = record.position(n);
    if (thought.pruned === true || position > to) {
      kept.push(thought);
      continue;
    }
    add(dropped, measure(thought));
    for (const [key, before] of thought.changes) {
      if (before !== null && isReference(before)) deletes.push(...blobKeys(before, key));
      deletes.push(...await versions.before(key, position));
    }
    kept.push({ ...thought, changes: thought.changes.map(([key]) => [key, null]), pruned: true });
  }
  if (dropped.thoughts === 0) return null;
  const packed = packLog(record.key, record.at, kept, newId);
  return { key: record.key, packed, old: partKeys(record.key, record.value), deletes, dropped };
}

/** Version keys that nobody needs once what was before a position is dropped. */
class OldVersions {
  readonly #reader: Reader;
  /** Where each key changed last, among what was looked at: what was before that is found already. */
  #last = new Map<string, Position>();

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  /**
   * Those that say where a key changed before a position at which it changed again. The last one stays, as it says
   * since when the key is as it is, unless the key is gone.
   */
  async before(key: Key, position: Position): Promise<Key[]> {
    const prefix = keys.versions(key);
    const text = encodeKey(key);
    const last = this.#last.get(text);
    const end = keys.version(key, position);
    const selector = last === undefined ? { prefix, end } : { start: keys.version(key, last), end };
    const found: Key[] = [];
    for await (const entry of this.#reader.kv.list(selector)) {
      if (entry.key.length === end.length && readVersionKey(entry.key) !== null) found.push(entry.key);
    }
    if (this.#last.size >= keysRememberedMax) this.#last.clear();
    this.#last.set(text, position);
    if (await this.#reader.getStored(key) === null) found.push(end);
    return found;
  }
}

/** The lists of deletions all of which are before the horizon, with their parts, as many at a time as one operation deletes. */
async function* goneUpTo(reader: Reader, to: Position): AsyncGenerator<Key[]> {
  let found: Key[] = [];
  for await (const { key, value } of reader.kv.list<unknown>({ prefix: keys.allGone() })) {
    const place = readStampKey(key);
    if (place === null) continue;
    if (formatPosition(place.epoch, place.versionstamp, 0) > to) break;
    const deleted = await readGone(reader.kv, key, value);
    if (deleted.some(([n]) => formatPosition(place.epoch, place.versionstamp, n) > to)) continue;
    found.push(...partKeys(key, value), key);
    if (found.length < pruneMutationsMax) continue;
    yield found;
    found = [];
  }
  if (found.length > 0) yield found;
}
