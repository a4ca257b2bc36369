/**
 * Reads a living image as of one point, while thoughts go on: what is there is listed as it comes, and then the keys
 * that changed after the point get back what they held, from the before-images of the log. It reads stored forms
 * below the store, so that a local and a remote one are alike, and takes nothing that can be derived: names, children
 * and version keys come from the objects and the log. It is long, as full and incremental entries are one order of the same
 * steps.
 */
import { isDeepStrictEqual } from "node:util";
import { readHead } from "../head.ts";
import { encodeKey, isReserved, isVersioned, type Key, keys, readStampKey } from "../keys.ts";
import { readKeysMax } from "../limits.ts";
import { parsePosition, type Position } from "../position.ts";
import { partKeys, readGone, readRecord, type RecordedThought } from "../record.ts";
import { BackupInterruptedError } from "./errors.ts";
import { chunkKeys } from "./forms.ts";
import { readsAtOnce, recordsHeldBytesMax, settleMs, settlePollMs } from "./limits.ts";

/** A stored form, or a deletion. */
export type BackupEntry = readonly [Key, Uint8Array] | readonly [Key];

/** A place where a copy can be made: right after a thought, nothing of it pending. */
export interface Point {
  readonly epoch: number;
  readonly position: Position;
  /** Milliseconds. */
  readonly at: number;
}

interface LogRecord {
  readonly key: Key;
  readonly value: Uint8Array;
  /** Into which it is spilled; none when it is whole. */
  readonly parts: readonly Key[];
  readonly thoughts: readonly RecordedThought[];
}

/** What thoughts after a position wrote. */
export interface Changes {
  readonly from: Position;
  /** The keys that are copied, by their encoded form. */
  readonly changed: ReadonlyMap<string, Key>;
  /** The records of the log, where they are few; null where they are to be read again. */
  readonly records: readonly LogRecord[] | null;
}

/** Derived, passing, or copied together with what refers to it. */
const skippedFamilies: ReadonlySet<unknown> = new Set([
  "log",
  "gone",
  "part",
  "redo",
  "version",
  "blob",
  "name",
  "child",
  "idempotency",
]);

const listBatch = 500;

/** The head, once no large thought waits to be applied. @throws BackupInterruptedError when that takes too long */
export async function headPoint(kv: Deno.Kv, signal: AbortSignal): Promise<Point> {
  for (let waited = 0; waited < settleMs; waited += settlePollMs) {
    signal.throwIfAborted();
    const { epoch, position, at, redo } = readHead(await kv.get(keys.head()));
    if (redo === null) return { epoch, position, at };
    await new Promise((resolve) => setTimeout(resolve, settlePollMs));
  }
  throw new BackupInterruptedError("a large thought was being applied all the time");
}

/** Told of each record of the log how many thoughts it holds. */
type OnThoughts = (count: number) => void;

/** Everything as of the point, and the log up to it. */
export async function* fullEntries(
  kv: Deno.Kv,
  point: Point,
  onThoughts: OnThoughts,
): AsyncGenerator<BackupEntry> {
  for await (const family of families(kv)) {
    if (skippedFamilies.has(family)) continue;
    for await (const { key, value } of kv.list<Uint8Array>({ prefix: [family] }, { batchSize: listBatch })) {
      if (isReserved(key)) continue;
      yield* chunksOf(kv, key, value);
      yield [key, value];
    }
  }
  yield* corrections(kv, point, null);
  const log = readRecords(kv, null, point.position);
  yield* logEntries(kv, { log, from: null, to: point.position, takesChunks: () => true, onThoughts });
}

/**
 * What thoughts after `from` wrote. Null when one of them forgot something: older links still hold it, so that no new
 * one should need them.
 */
export async function changesSince(kv: Deno.Kv, from: Position, to: Position): Promise<Changes | null> {
  const changed = new Map<string, Key>();
  let records: LogRecord[] | null = [];
  let heldBytes = 0;
  for await (const record of readRecords(kv, from, to)) {
    heldBytes += record.value.byteLength;
    // One that is spilled may be written anew meanwhile, its parts with it.
    if (heldBytes > recordsHeldBytesMax || record.parts.length > 0) records = null;
    records?.push(record);
    for (const { kind, changes, others = [] } of record.thoughts) {
      if (kind.startsWith("forg")) return null;
      for (const key of [...changes.map(([key]) => key), ...others]) {
        const isTaken = !skippedFamilies.has(key[0]) && key[0] !== "meta";
        if (isTaken) changed.set(encodeKey(key), key);
      }
    }
  }
  return { from, changed, records };
}

/** What changed, as of the point, and the log up to it. */
export async function* incrementalEntries(
  kv: Deno.Kv,
  { from, changed, records }: Changes,
  point: Point,
  onThoughts: OnThoughts,
): AsyncGenerator<BackupEntry> {
  for await (const { key, value, versionstamp } of entriesUnder(kv, [...changed.values()])) {
    if (versionstamp === null) yield [key];
    else {
      yield* chunksOf(kv, key, value);
      yield [key, value];
    }
  }
  for await (const { key, value } of kv.list<Uint8Array>({ prefix: ["meta"] })) {
    if (isReserved(key)) continue;
    yield* chunksOf(kv, key, value);
    yield [key, value];
  }
  yield* corrections(kv, point, changed);
  // The before-image of a key's first change is in the chain already, chunks and all.
  const seen = new Set<string>();
  const takesChunks = (key: Key) => {
    const encoded = encodeKey(key);
    const known = seen.has(encoded);
    seen.add(encoded);
    return known;
  };
  const log = records ?? readRecords(kv, from, point.position);
  yield* logEntries(kv, { log, from, to: point.position, takesChunks, onThoughts });
}

/** What stands under keys, in their order, a few reads at once. */
async function* entriesUnder(
  kv: Deno.Kv,
  list: readonly Key[],
): AsyncGenerator<Deno.KvEntryMaybe<Uint8Array>> {
  const atOnce = readKeysMax * readsAtOnce;
  for (let next = 0; next < list.length; next += atOnce) {
    const reads: Promise<Deno.KvEntryMaybe<Uint8Array>[]>[] = [];
    for (let from = next; from < Math.min(list.length, next + atOnce); from += readKeysMax) {
      reads.push(kv.getMany<Uint8Array[]>(list.slice(from, from + readKeysMax)));
    }
    for (const entries of await Promise.all(reads)) yield* entries;
  }
}

/** First parts of all keys, each once, in the store's order. */
async function* families(kv: Deno.Kv): AsyncGenerator<string> {
  for (let after = "";;) {
    let found: unknown = null;
    for await (const { key } of kv.list({ start: [after], end: [true] }, { limit: 1 })) found = key[0];
    if (typeof found !== "string") return;
    yield found;
    // Sorts after every key of the family and before any other.
    after = `${found}\0`;
  }
}

/** What keys changed after the point held at it: the before-image of the first change of each. */
async function* corrections(
  kv: Deno.Kv,
  point: Point,
  only: ReadonlyMap<string, Key> | null,
): AsyncGenerator<BackupEntry> {
  const corrected = new Set<string>();
  for await (const record of readRecords(kv, point.position, null)) {
    for (const [key, before] of record.thoughts.flatMap(({ changes }) => changes)) {
      const encoded = encodeKey(key);
      if (corrected.has(encoded) || (only !== null && !only.has(encoded)) || !isVersioned(key)) continue;
      corrected.add(encoded);
      if (before === null || before === undefined) {
        yield [key];
        continue;
      }
      yield* referredTo(kv, record, chunkKeys(key, before));
      yield [key, before];
    }
  }
}

/** Records of the log and of deletions after `from`, up to `to`; the parts of one come before it. */
async function* logEntries(
  kv: Deno.Kv,
  { log, from, to, takesChunks, onThoughts }: {
    readonly log: AsyncIterable<LogRecord> | Iterable<LogRecord>;
    readonly from: Position | null;
    readonly to: Position;
    readonly takesChunks: (key: Key) => boolean;
    readonly onThoughts: OnThoughts;
  },
): AsyncGenerator<BackupEntry> {
  for await (const record of log) {
    const { key, value, parts, thoughts } = record;
    yield* referredTo(kv, record, parts);
    onThoughts(thoughts.length);
    for (const { changes } of thoughts) {
      for (const [changed, before] of changes) {
        if (takesChunks(changed)) yield* referredTo(kv, record, chunkKeys(changed, before));
      }
    }
    yield [key, value];
  }
  for await (const record of records(kv, "gone", from, to)) {
    const { key, value } = record;
    yield* referredTo(kv, record, partKeys(key, value));
    await readGone(kv, key, value);
    yield [key, value];
  }
}

/**
 * What a record refers to. One that is missing is damage of the image, which its reader names, and the rest is saved;
 * unless the record was written anew since it was read, and is to be read again.
 * @throws BackupInterruptedError
 */
function referredTo(
  kv: Deno.Kv,
  record: Pick<LogRecord, "key" | "value">,
  list: readonly Key[],
): AsyncIterable<BackupEntry> | Iterable<BackupEntry> {
  return list.length === 0 ? nothing : entriesOfRecord(kv, record, list);
}

async function* entriesOfRecord(
  kv: Deno.Kv,
  { key, value }: Pick<LogRecord, "key" | "value">,
  list: readonly Key[],
): AsyncGenerator<BackupEntry> {
  let found = 0;
  for await (const entry of entriesOf(kv, list)) {
    yield entry;
    found++;
  }
  if (found === list.length) return;
  const { value: now } = await kv.get<unknown>(key);
  if (!isDeepStrictEqual(now, value)) throw new BackupInterruptedError("history was written anew meanwhile");
}

async function* readRecords(
  kv: Deno.Kv,
  from: Position | null,
  to: Position | null,
): AsyncGenerator<LogRecord> {
  for await (const { key, value } of records(kv, "log", from, to)) {
    const { thoughts, value: read } = await readRecord(kv, key, value);
    yield { key, value: read, parts: partKeys(key, read), thoughts };
  }
}

/** Records after the one of `from`, up to the one of `to`; both are ends of atomic operations. */
async function* records(
  kv: Deno.Kv,
  family: "log" | "gone",
  from: Position | null,
  to: Position | null,
): AsyncGenerator<{ key: Key; value: Uint8Array }> {
  const stampKey = (position: Position) => {
    const { epoch, versionstamp } = parsePosition(position);
    return [family, epoch, versionstamp];
  };
  const start = from === null ? [family, 0] : [...stampKey(from), 0];
  const end = to === null ? [family, true] : [...stampKey(to), 0];
  for await (const entry of kv.list<Uint8Array>({ start, end }, { batchSize: 100 })) {
    if (readStampKey(entry.key) !== null) yield entry;
  }
}

const nothing: readonly BackupEntry[] = [];

/** The chunks that a stored form refers to; most refer to none, and cost nothing. */
function chunksOf(
  kv: Deno.Kv,
  key: Key,
  stored: Uint8Array | null | undefined,
): AsyncIterable<BackupEntry> | Iterable<BackupEntry> {
  const list = chunkKeys(key, stored);
  return list.length === 0 ? nothing : entriesOf(kv, list);
}

async function* entriesOf(kv: Deno.Kv, list: readonly Key[]): AsyncGenerator<BackupEntry> {
  for (let next = 0; next < list.length; next += readKeysMax) {
    for (
      const { key, value, versionstamp } of await kv.getMany<Uint8Array[]>(
        list.slice(next, next + readKeysMax),
      )
    ) {
      if (versionstamp !== null) yield [key, value];
    }
  }
}
