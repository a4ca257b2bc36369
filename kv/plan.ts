/**
 * What deciding a thought takes: its writes in their stored form, its log record, and their weight. What is too large
 * goes into chunks or into a redo; nothing that this writes is referred to by anything yet. It is long, as it weighs all
 * three together.
 */
import { blobKeys, deleteKeys, writeBlob, writeChunks } from "./blobs.ts";
import type { DataManager } from "./data_manager.ts";
import { toStoreError } from "./errors.ts";
import type { RedoPointer } from "./head.ts";
import { isVersioned, type Key } from "./keys.ts";
import {
  atomicBytesMax,
  atomicKeyBytesMax,
  atomicMutationsMax,
  blobThresholdBytes,
  chunkBytes,
} from "./limits.ts";
import type { Laid } from "./overlay.ts";
import type { Reader } from "./reader.ts";
import { type Packed, packGone, packLog, type RecordedThought, type ThoughtInfo } from "./record.ts";
import {
  listedBytes,
  redoChunks,
  type StagedParts,
  stageRedo,
  type StoredWrite,
  unstageRedo,
} from "./redo.ts";
import type { Fate } from "./staged.ts";
import type { KnownRead, PrefixRead, SealedThought, StagedWrite } from "./thought.ts";

/** A change of a versioned family, with the values themselves. */
export interface Change {
  readonly key: Key;
  readonly before: unknown | null;
  readonly after: unknown | null;
  /** The sealed bytes of `after` as they stand in the store; null where it is deleted, or not known here. */
  readonly stored: Uint8Array | null;
}

export interface PreparedWrite extends StoredWrite {
  readonly encoded: string;
  readonly keyBytes: number;
  /** The value itself; undefined for a deletion. */
  readonly plain: unknown;
}

/** A thought with more writes than one atomic operation takes: its head names the redo that has the rest. */
export interface Large {
  readonly pointer: RedoPointer;
  /** What is staged beside, to be removed if the thought is not decided. */
  readonly parts: readonly StagedParts[];
  /** Records whose parts are staged; null for those that the deciding operation packs. */
  readonly log: Packed | null;
  readonly gone: Packed | null;
  /** Writes, and chunks of the redo with all others, that are part of the deciding operation; empty if staged before. */
  readonly direct: readonly PreparedWrite[];
  readonly chunks: readonly (readonly [Key, Uint8Array])[];
  readonly overlay: ReadonlyMap<string, Laid>;
}

export interface Prepared {
  readonly id: string;
  readonly fate: Fate;
  readonly kind: string;
  readonly info: ThoughtInfo;
  readonly reads: ReadonlyMap<string, KnownRead>;
  readonly prefixes: readonly PrefixRead[];
  readonly writes: readonly PreparedWrite[];
  /** The keys of the writes, encoded. */
  readonly written: readonly string[];
  readonly changes: readonly Change[];
  readonly changedKeys: readonly Key[];
  readonly record: RecordedThought;
  readonly recordBytes: number;
  /** Keys of versioned families that this thought deletes. */
  readonly gone: readonly Key[];
  readonly bytes: number;
  readonly keyBytes: number;
  readonly participants: readonly DataManager[];
  readonly blobs: readonly Blob[];
  readonly large: Large | null;
}

/** A value that is staged in chunks: the sealed reference to them, and the key that is to hold it. */
export interface Blob {
  readonly key: Key;
  readonly reference: Uint8Array;
}

export interface PlanSource {
  readonly reader: Reader;
  readonly newId: () => string;
  readonly crash: (point: string) => void;
}

/** Removes what a thought that will not be has staged. */
export async function unstage(kv: Deno.Kv, prepared: Prepared): Promise<void> {
  await deleteKeys(kv, prepared.blobs.flatMap(({ key, reference }) => blobKeys(reference, key)));
  const { large } = prepared;
  if (large !== null && large.chunks.length === 0) {
    await unstageRedo(kv, large.pointer.batch, large.pointer.chunks, large.parts);
  }
}

const referenceBytes = 400;

type LoggedImage = [Key, Uint8Array | null];

export class Plan {
  readonly #source: PlanSource;
  readonly #sealed: SealedThought;
  readonly #info: ThoughtInfo;
  readonly #writes: PreparedWrite[] = [];
  readonly #written: string[] = [];
  readonly #changes: Change[] = [];
  readonly #changedKeys: Key[] = [];
  readonly #gone: Key[] = [];
  readonly #record: RecordedThought;
  #recordBytes: number;
  #bytes = 0;
  #keyBytes = 0;
  readonly #toChunk: { index: number; write: StagedWrite }[] = [];
  readonly #blobs: Blob[] = [];
  #large: Large | null = null;

  constructor(source: PlanSource, sealed: SealedThought, info: ThoughtInfo, infoBytes: number) {
    this.#source = source;
    this.#sealed = sealed;
    this.#info = info;
    this.#recordBytes = infoBytes;
    const changes: LoggedImage[] = [];
    const others: Key[] = [];
    for (const [encoded, write] of sealed.writes) {
      if (isVersioned(write.key)) {
        const known = sealed.reads.get(encoded)!;
        if (known.value === null && write.value === undefined) continue;
        changes.push([write.key, this.#addChange(write, known)]);
      } else others.push(write.key);
      this.#addWrite(encoded, write);
      this.#recordBytes += write.keyBytes + 24;
    }
    this.#record = toRecord(sealed.id, info, changes, others);
  }

  /** Whether something must be written before the decision. */
  get needsStaging(): boolean {
    return this.#toChunk.length > 0 || (this.#tooLarge && !this.#fitsAtOnce);
  }

  get #recordParts(): number {
    return Math.ceil(this.#recordBytes / chunkBytes) + 2;
  }

  get #tooLarge(): boolean {
    return this.#writes.length + this.#recordParts + 3 > atomicMutationsMax || this.#tooHeavy ||
      this.#keyBytes + this.#recordParts * 64 + 300 > atomicKeyBytesMax;
  }

  get #tooHeavy(): boolean {
    return this.#bytes + this.#recordBytes + 1_000 > atomicBytesMax;
  }

  /** All of it weighs little enough for one operation, the writes that are too many packed in chunks. */
  get #fitsAtOnce(): boolean {
    return this.#bytes + this.#writes.length * listedBytes + this.#recordBytes + 10_000 <= atomicBytesMax;
  }

  #addChange(write: StagedWrite, known: KnownRead): Uint8Array | null {
    const { key } = write;
    if (write.value === undefined) {
      this.#gone.push(key);
      this.#recordBytes += write.keyBytes + 24;
    }
    this.#changedKeys.push(key);
    this.#changes.push({ key, before: known.value, after: write.value ?? null, stored: write.sealed });
    const stored = known.stored!;
    this.#recordBytes += stored?.byteLength ?? 0;
    return stored;
  }

  #addWrite(encoded: string, write: StagedWrite): void {
    const size = write.sealed?.byteLength ?? 0;
    const chunked = size > blobThresholdBytes;
    // The store counts the key of what is set twice.
    const bytes = 2 * write.keyBytes + (chunked ? referenceBytes : size);
    if (chunked) this.#toChunk.push({ index: this.#writes.length, write });
    this.#writes.push({
      key: write.key,
      encoded,
      value: write.sealed ?? undefined,
      bytes,
      keyBytes: write.keyBytes,
      plain: write.value,
    });
    this.#written.push(encoded);
    this.#bytes += bytes;
    this.#keyBytes += write.keyBytes;
  }

  /** Stages what is too large; if that fails, nothing of it stays. */
  async stage(): Promise<Prepared> {
    try {
      await this.#stageAll();
    } catch (error) {
      throw toStoreError(await this.#giveUp(error));
    }
    this.#source.crash("commit.staged");
    return this.prepared();
  }

  /** Removes what was staged. On a full disk that may fail too; nothing refers to what is left. */
  async #giveUp(error: unknown): Promise<unknown> {
    try {
      await unstage(this.#source.reader.kv, this.prepared());
      return error;
    } catch (second) {
      return new AggregateError([error, second], error instanceof Error ? error.message : String(error));
    }
  }

  async #stageAll(): Promise<void> {
    const { reader, newId } = this.#source;
    for (const { index, write } of this.#toChunk) {
      const reference = await writeBlob(reader.kv, newId(), write.sealed!);
      this.#blobs.push({ key: write.key, reference });
      this.#writes[index] = { ...this.#writes[index]!, value: reference };
      const changed = this.#changes.findIndex(({ key }) => key === write.key);
      if (changed !== -1) this.#changes[changed] = { ...this.#changes[changed]!, stored: reference };
    }
    if (this.#tooLarge && !this.#fitsAtOnce) await this.#stageLarge();
  }

  async #stageLarge(): Promise<void> {
    const { reader, newId } = this.#source;
    const gone = this.#gone.map((key): [number, Key] => [0, key]);
    const packed = {
      log: spilled(packLog(["log"], [0], [this.#record], newId)),
      gone: gone.length === 0 ? null : spilled(packGone(["gone"], gone, newId)),
    };
    const spills = [packed.log, packed.gone].filter((one) => one !== null);
    const parts = spills.map((one) => ({ batch: String(one.parts[0]![0][1]), count: one.parts.length }));
    const pointer = await stageRedo(reader.kv, newId(), this.#writes, parts);
    this.#large = { pointer, parts, ...packed, direct: [], chunks: [], overlay: this.#overlay() };
    for (const one of spills) await writeChunks(reader.kv, one.parts);
  }

  /** As many writes as fit stand in the deciding operation themselves, and the others in chunks beside them. */
  #packAtOnce(): void {
    const batch = this.#source.newId();
    const chunksMax = Math.ceil(atomicBytesMax / chunkBytes) + 1;
    const room = this.#recordParts * 2 + chunksMax + 3;
    const direct: PreparedWrite[] = [];
    let keyBytes = room * 64 + 300;
    for (const write of this.#writes) {
      keyBytes += write.keyBytes;
      if (direct.length + room >= atomicMutationsMax || keyBytes > atomicKeyBytesMax) break;
      direct.push(write);
    }
    const others = this.#writes.slice(direct.length);
    const chunks = [...redoChunks(batch, others)];
    const pointer = { batch, chunks: chunks.length, mutations: others.length };
    this.#large = { pointer, parts: [], log: null, gone: null, direct, chunks, overlay: this.#overlay() };
  }

  #overlay(): ReadonlyMap<string, Laid> {
    return new Map(this.#writes.map((write) => [write.encoded, write]));
  }

  prepared(): Prepared {
    if (this.#large === null && this.#tooLarge && this.#fitsAtOnce) this.#packAtOnce();
    return {
      id: this.#sealed.id,
      fate: { id: this.#sealed.id, sequence: null, failed: false },
      kind: this.#record.kind,
      info: this.#info,
      reads: this.#sealed.reads,
      prefixes: this.#sealed.prefixes,
      writes: this.#writes,
      written: this.#written,
      changes: this.#changes,
      changedKeys: this.#changedKeys,
      record: this.#record,
      recordBytes: this.#recordBytes,
      gone: this.#gone,
      bytes: this.#bytes,
      keyBytes: this.#keyBytes,
      participants: this.#sealed.participants,
      blobs: this.#blobs,
      large: this.#large,
    };
  }
}

function toRecord(id: string, info: ThoughtInfo, changes: LoggedImage[], others: Key[]): RecordedThought {
  const record: Record<string, unknown> = { id, who: info.who, why: info.why, kind: info.kind ?? "change" };
  for (const name of ["undoes", "parent", "persona", "model", "detail"] as const) {
    if (info[name] !== undefined && info[name] !== null) record[name] = info[name];
  }
  record.changes = changes;
  if (others.length > 0) record.others = others;
  return record as RecordedThought;
}

/** What is spilled is staged with the rest; what is whole is packed when its time is known. */
function spilled(packed: Packed): Packed | null {
  return packed.parts.length > 0 ? packed : null;
}
