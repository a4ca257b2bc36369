/**
 * The store of one image: reading what is committed, committing thoughts, history, closing. It reads no environment and
 * keeps no state outside its instance. It is long, as all that the store offers is here, each a few lines.
 */
import { AsOf } from "./as_of.ts";
import { attempt, type AttemptSource, type CommitResult } from "./attempt.ts";
import { compactApart } from "./compact_apart.ts";
import { Committer } from "./committer.ts";
import { StoreClosedError, StoreError, ValueError } from "./errors.ts";
import { entriesAsOf, type StoredPair } from "./fork.ts";
import { History } from "./history.ts";
import { isVersioned, type Key } from "./keys.ts";
import { atMost, Lanes } from "./lanes.ts";
import { closeWaitMs, laneWaitMs, logPageDefault, logPageMax } from "./limits.ts";
import type { ImageLock } from "./lock.ts";
import { type ImageOptions, Log, type LogEntry, type LogOptions, type PlacedThought } from "./log.ts";
import { makeId } from "./make_id.ts";
import type { ListOptions } from "./overlay.ts";
import type { Position } from "./position.ts";
import { positionAt } from "./position_at.ts";
import { checkInfo } from "./check_info.ts";
import type { Listener } from "./publisher.ts";
import { Reader, type StoredEntry } from "./reader.ts";
import type { ThoughtInfo } from "./record.ts";
import type { ImageRecords } from "./schema.ts";
import { describe } from "./describe.ts";
import type { Thought } from "./thought.ts";
import { verifyDatabase, type VerifyOptions, type VerifyReport } from "./verify/mod.ts";
import { Versions } from "./versions.ts";

export interface OpenStoreOptions {
  /** The image's folder; made if it is not there. */
  readonly folder: string;
  /** Milliseconds; default `Date.now`. */
  readonly clock?: () => number;
  /** In [0, 1), for pauses between attempts; default `Math.random`. */
  readonly random?: () => number;
  /** Called at each crash point, for tests that end the process there. */
  readonly crash?: (point: string) => void;
  /** Hears what failed after a decision (a listener, a participant) or beside the work; default `reportError`. */
  readonly onError?: (error: unknown) => void;
}

/** A value with the stamp of the atomic operation that set it. */
export interface Entry<T> {
  readonly value: T;
  /** Its sealed bytes as they stand in the store; for a value in chunks, the reference to them. */
  readonly stored: Uint8Array;
  readonly versionstamp: string;
}

/** What stands in the database under a key: bytes, unless something else than this program wrote it. */
export interface RawEntry {
  readonly key: Key;
  readonly stored: unknown;
  readonly versionstamp: string;
}

export interface StoreStats {
  readonly position: Position;
  readonly thoughts: number;
  readonly atomics: number;
  /** Thoughts in the largest group so far. */
  readonly groupLargest: number;
  readonly largeThoughts: number;
  /** Attempts that found a read stale. */
  readonly conflicts: number;
  readonly lostHeads: number;
  readonly waiting: number;
  readonly underWay: number;
  readonly versionsWatermark: Position;
  /** Thoughts whose version keys are still held in memory. */
  readonly versionsTail: number;
  /** Why the log could not be read at opening: then "as of" throws it; null when all is well. */
  readonly versionsFailure: string | null;
}

export class Store {
  readonly folder: string;
  readonly imageId: string;
  /** How far back it goes, what it costs, and pruning it. */
  readonly history: History;
  readonly #kv: Deno.Kv;
  readonly #lock: ImageLock;
  readonly #report: (error: unknown) => void;
  readonly #reader: Reader;
  readonly #log: Log;
  readonly #versions: Versions;
  readonly #committer: Committer;
  readonly #source: AttemptSource;
  #underWay = 0;
  /** Resolves when thoughts may begin again; null while they may. */
  #compacting: Promise<void> | null = null;
  /** Called when the last thought under way has ended, while somebody waits for it. */
  #idle: (() => void) | null = null;
  #state: "open" | "closing" | "closed" = "open";
  #closing: Promise<void> | null = null;

  /** Made by `openStore()`. */
  constructor(kv: Deno.Kv, lock: ImageLock, records: ImageRecords, options: OpenStoreOptions) {
    this.folder = options.folder;
    this.imageId = records.imageId;
    this.#kv = kv;
    this.#lock = lock;
    const clock = options.clock ?? Date.now;
    const newId = () => makeId(clock());
    this.#report = options.onError ?? reportError;
    this.#reader = new Reader(kv);
    this.#log = new Log(this.#reader);
    const { head, versionsWatermark: watermark } = records;
    this.#versions = new Versions({
      kv,
      log: this.#log,
      watermark,
      head: head.position,
      report: this.#report,
    });
    this.#committer = new Committer({
      reader: this.#reader,
      log: this.#log,
      versions: this.#versions,
      head,
      clock,
      newId,
      crash: options.crash ?? (() => {}),
      report: this.#report,
    });
    this.history = new History({
      reader: this.#reader,
      log: this.#log,
      versions: this.#versions,
      horizon: records.horizon,
      head: () => this.#committer.head.position,
      newId,
      crash: options.crash ?? (() => {}),
    });
    this.#source = {
      reader: this.#reader,
      committer: this.#committer,
      lanes: new Lanes(laneWaitMs),
      random: options.random ?? Math.random,
      crash: options.crash ?? (() => {}),
      report: this.#report,
      newId,
    };
  }

  /** The last thought that listeners have heard of; the start of the epoch when nothing is committed. */
  get position(): Position {
    return this.#committer.position;
  }

  /** The committed value; chunks are joined and checked. @throws CorruptError, StoreClosedError. */
  async get<T>(key: Key): Promise<Entry<T> | null> {
    this.#assertUsable();
    const entry = await this.#reader.getStored(key);
    return entry === null ? null : await this.#open(key, entry);
  }

  /** As `get`, for many keys; not a snapshot across more than ten. */
  async getMany<T>(list: readonly Key[]): Promise<(Entry<T> | null)[]> {
    this.#assertUsable();
    const entries = await this.#reader.getManyStored(list);
    return await Promise.all(
      entries.map((entry, n) => entry === null ? null : this.#open<T>(list[n]!, entry)),
    );
  }

  /** Entries below a prefix, in the store's order; not a snapshot across batches. */
  async *list<T>(prefix: Key, options: ListOptions = {}): AsyncGenerator<{ key: Key } & Entry<T>> {
    this.#assertUsable();
    for await (const { key, value, versionstamp } of this.#reader.listStored(prefix, options)) {
      const entry = { value: value as Uint8Array, versionstamp: versionstamp! };
      yield { key, ...await this.#open<T>(key, entry) };
      this.#assertUsable();
    }
  }

  /**
   * Everything below a prefix, `[]` for all of the database, as it stands there: sealed forms, chunks and the store's
   * own records alike, unopened and unchecked. For who verifies or copies; of what is decided
   * after the call, what is being applied is not seen.
   */
  async *scan(prefix: Key, options: ListOptions = {}): AsyncGenerator<RawEntry> {
    this.#assertUsable();
    await this.#committer.settled();
    for await (const { key, value, versionstamp } of this.#reader.raw(prefix, options)) {
      yield { key, stored: value, versionstamp: versionstamp! };
      this.#assertUsable();
    }
  }

  /** The thoughts as they were recorded, between the bounds, with before-images in their sealed form. */
  async *recorded(options: LogOptions = {}): AsyncGenerator<PlacedThought> {
    this.#assertUsable();
    for await (const placed of this.#log.scan(options)) {
      yield placed;
      this.#assertUsable();
    }
  }

  async #open<T>(key: Key, { value: stored, versionstamp }: StoredEntry): Promise<Entry<T>> {
    return { value: await this.#reader.resolve(key, stored) as T, stored, versionstamp };
  }

  /**
   * Runs `apply`, again when what it read was changed meanwhile, and commits what it wrote. Nothing is written when
   * it throws or a participant refuses. When it writes nothing and nobody joins, there is no thought: `changed` is
   * false and the position is the head. With `follows`, what others who wait for their decision are going to write is
   * read where it would else be a conflict: for an apply step that reads nothing but through its thought.
   * @throws what `apply` throws, ConflictError, RefusedError, LimitError, ValueError, BusyError, StoreClosedError.
   */
  async commit<T>(
    info: ThoughtInfo,
    apply: (thought: Thought) => T | Promise<T>,
    { follows = false }: { readonly follows?: boolean } = {},
  ): Promise<CommitResult<T>> {
    if (this.#state !== "open") throw new StoreClosedError();
    this.#underWay++;
    if (this.#compacting !== null) await this.#afterCompacting();
    try {
      return await attempt(this.#source, { info, infoBytes: checkInfo(info), apply, follows });
    } finally {
      if (--this.#underWay === 0) this.#idle?.();
    }
  }

  /** A page of the log: the oldest first, or with `newest` the newest first. Default 100, at most 1000. */
  async log(options: LogOptions & ImageOptions = {}): Promise<LogEntry[]> {
    this.#assertUsable();
    return await this.#log.page(options);
  }

  /** One thought, or null when the log has none at that position. @throws PositionError for what is no position. */
  async logEntry(position: Position, options: ImageOptions = {}): Promise<LogEntry | null> {
    this.#assertUsable();
    return await this.#log.entry(position, options);
  }

  /** Positions at which a key of a versioned family changed: as `log`, for one key. */
  async changesOf(key: Key, options: LogOptions = {}): Promise<Position[]> {
    this.#assertUsable();
    const { limit = logPageDefault } = options;
    if (!isVersioned(key)) {
      throw new ValueError(`Cannot list changes of ${describe(key)}: it keeps no history`, { key });
    }
    if (!Number.isInteger(limit) || limit < 1 || limit > logPageMax) {
      throw new ValueError(`Cannot list ${limit} changes as a page holds 1 to ${logPageMax}`, { limit });
    }
    // The log is read from the database, which has a decision before this process knows of it.
    await this.#committer.settled();
    return await this.#versions.changesOf(key, { ...options, newest: options.newest ?? false, limit });
  }

  /**
   * The position of the last thought that was committed up to a time, in ms since 1970: what "as of a time" means.
   * Before the first thought it is the start of its epoch.
   */
  async positionAt(time: number): Promise<Position> {
    this.#assertUsable();
    return await positionAt(this.#log, time, this.#committer.head.position);
  }

  /** The image as of a position. @throws PositionError, HorizonError. */
  asOf(position: Position): AsOf {
    this.#assertUsable();
    return new AsOf({
      reader: this.#reader,
      log: this.#log,
      versions: this.#versions,
      horizon: () => this.history.horizon,
      head: () => this.#committer.head.position,
      settled: () => this.#committer.settled(),
    }, position);
  }

  /**
   * Everything of the versioned families as of a position, in its stored form, the chunks of a value before it: what
   * a copy of the image takes along.
   * @throws PositionError, HorizonError, CorruptError
   */
  entriesAsOf(position: Position): AsyncGenerator<StoredPair> {
    return entriesAsOf(this.asOf(position), this.#reader);
  }

  /**
   * Hears every decided thought, in commit order, after the participants have finished and before its `commit()`
   * answers. Called synchronously; what a listener throws is reported and changes nothing.
   */
  onCommitted(listener: Listener): () => void {
    return this.#committer.publisher.listen(listener);
  }

  /** The database beneath, for what copies or checks stored forms: it is only read. */
  get beneath(): Deno.Kv {
    this.#assertUsable();
    return this.#kv;
  }

  /** Writes the version keys of everything decided so far; the store does so by itself behind the work. */
  async flushVersions(): Promise<void> {
    this.#assertUsable();
    await this.#versions.flush();
  }

  /**
   * Walks the whole image while it lives on and tells what is dangling, missing or corrupt; with `repair`, puts right
   * what can be put right without a doubt.
   */
  async verify(options: VerifyOptions): Promise<VerifyReport> {
    this.#assertUsable();
    return await verifyDatabase(this.#reader, options, this);
  }

  stats(): StoreStats {
    const { counts, waiting } = this.#committer;
    const { failure } = this.#versions;
    return {
      position: this.position,
      thoughts: counts.thoughts,
      atomics: counts.atomics,
      groupLargest: counts.groupLargest,
      largeThoughts: counts.large,
      conflicts: counts.outdated,
      lostHeads: counts.lostHeads,
      waiting,
      underWay: this.#underWay,
      versionsWatermark: this.#versions.watermark,
      versionsTail: this.#versions.tailLength,
      versionsFailure: failure instanceof Error ? failure.message : failure === null ? null : String(failure),
    };
  }

  /**
   * Writes the database file anew, so that nothing deleted or overwritten is left in it. Thoughts wait meanwhile, after
   * those under way have ended; whoever reads goes on. `worker` is the module `kv/compact_worker.ts`.
   * @throws StoreError `compact_busy`, retryable
   */
  compact(worker: URL): Promise<void> {
    return this.history.alone(async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#compacting = promise;
      try {
        await this.#quiet();
        if (this.#underWay > 0) throw compactBusy();
        await this.#committer.settled();
        await this.#versions.flush();
        await compactApart(worker, `${this.folder}/image.kv`);
      } finally {
        this.#compacting = null;
        resolve();
      }
    });
  }

  /** Takes no new thoughts, ends those under way (within 10 s), writes versions behind, and frees the lock. */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    this.#state = "closing";
    try {
      await this.history.close();
      await this.#drain();
      await this.#committer.close();
      await this.#versions.close();
    } finally {
      this.#state = "closed";
      this.#kv.close();
      this.#lock.release();
    }
  }

  /** A thought steps back while the file is written anew. @throws StoreClosedError */
  async #afterCompacting(): Promise<void> {
    while (this.#compacting !== null) {
      if (--this.#underWay === 0) this.#idle?.();
      await this.#compacting;
      this.#underWay++;
    }
    if (this.#state === "open") return;
    if (--this.#underWay === 0) this.#idle?.();
    throw new StoreClosedError();
  }

  /** Waits, at most 10 s, until no thought is under way. */
  async #quiet(): Promise<void> {
    if (this.#underWay === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#idle = resolve;
    await atMost(promise, closeWaitMs);
  }

  async #drain(): Promise<void> {
    await this.#quiet();
    if (this.#underWay > 0) {
      this.#report(
        new StoreError("closed_early", `Closed the image with ${this.#underWay} thoughts under way`, {
          hint: "Nothing of them was written. Let apply steps end within 10 s.",
        }),
      );
    }
  }

  #assertUsable(): void {
    if (this.#state === "closed") throw new StoreClosedError();
  }
}

function compactBusy(): StoreError {
  return new StoreError("compact_busy", "Cannot compact the image as thoughts are under way for too long", {
    hint: "It is tried again by itself.",
    retryable: true,
  });
}
