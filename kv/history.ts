/**
 * How far back history goes: its horizon, pruning up to a later one, and what it costs. The horizon rises first, so
 * that nobody reads what is being dropped; what a crash or a stop leaves of it is dropped by the next pruning.
 */
import { PositionError, StoreClosedError } from "./errors.ts";
import { forgetInLog, type ForgetRequest, type Forgotten } from "./forget.ts";
import { type Counted, type HistoryCost, measureHistory, readCounted, writeCounted } from "./history_cost.ts";
import { keys } from "./keys.ts";
import type { Log } from "./log.ts";
import { parsePosition, type Position } from "./position.ts";
import { dropHistory, type Dropped, measureDropped } from "./prune.ts";
import type { Reader } from "./reader.ts";
import { finishRewrites } from "./rewrite.ts";
import { seal } from "./sealed.ts";
import type { Versions } from "./versions.ts";

/** Where history begins, and up to where what was before is dropped already. */
export interface Horizon {
  readonly position: Position;
  readonly dropped: Position;
}

export interface HistoryOptions {
  readonly reader: Reader;
  readonly log: Log;
  readonly versions: Versions;
  readonly horizon: Horizon;
  readonly head: () => Position;
  readonly newId: () => string;
  /** Called at `prune.{horizon,batch}` and `rewrite.{staged,parts,decided}`, for tests that end the process there. */
  readonly crash: (point: string) => void;
}

export interface PruneOptions {
  /** The new horizon: the oldest position that can be read afterwards. */
  readonly before: Position;
  /** Only measure. */
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal;
  /** Told after each batch of the log. */
  readonly onProgress?: (dropped: Dropped) => void;
}

export interface Pruned extends Dropped {
  /** The oldest position that can be read. */
  readonly horizon: Position;
}

export class History {
  readonly #options: HistoryOptions;
  #horizon: Horizon;
  #pruning: Promise<unknown> = Promise.resolve();
  readonly #closing = new AbortController();
  #counted: Counted | null = null;
  /** How often records were begun to be written anew. */
  #rewrites = 0;

  constructor(options: HistoryOptions) {
    this.#options = options;
    this.#horizon = options.horizon;
  }

  /** The oldest position that can be read. */
  get horizon(): Position {
    return this.#horizon.position;
  }

  /** Whether a pruning was interrupted: the next one goes on with it. */
  get isUnfinished(): boolean {
    return this.#horizon.dropped < this.#horizon.position;
  }

  /** The position `count` thoughts before the last one; the horizon when there are not so many. */
  async thoughtsAgo(count: number): Promise<Position> {
    let left = count;
    for await (const { position } of this.#options.log.scan({ newest: true })) {
      if (position <= this.horizon) break;
      if (left-- === 0) return position;
    }
    return this.horizon;
  }

  /**
   * Drops the before-images that only positions before `before` need, with their version keys, chunks and lists of
   * deletions, in bounded batches beside the work. Who thought what when stays. One runs at a time.
   * @throws PositionError for a position that is none or not reached; `signal`'s reason
   */
  prune(options: PruneOptions): Promise<Pruned> {
    return this.alone(() => this.#prune(options));
  }

  /**
   * Overwrites what history holds of some objects: their before-images, and the texts of theirs that thoughts quote.
   * As of any time they are then not there. The whole log is read; safe to repeat after a crash.
   * @throws CorruptError
   */
  forget(request: ForgetRequest): Promise<Forgotten> {
    const { reader, newId, crash } = this.#options;
    return this.alone(async () => {
      await finishRewrites(reader.kv);
      return await this.#countingAnew(() =>
        forgetInLog({ reader, newId, crash, head: this.#options.head() }, request)
      );
    });
  }

  /** Runs something while nothing else rewrites history. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    const run = this.#pruning.then(() => {
      this.#closing.signal.throwIfAborted();
      return work();
    });
    this.#pruning = run.catch(() => {/* told to whoever asked for it */});
    return run;
  }

  async #prune({ before, dryRun = false, signal, onProgress }: PruneOptions): Promise<Pruned> {
    const { reader, versions, newId, crash } = this.#options;
    parsePosition(before);
    const head = this.#options.head();
    if (before > head) throw new PositionError(before, `the image has reached ${head} only`);
    const to = before > this.horizon ? before : this.horizon;
    const from = this.#horizon.dropped;
    if (dryRun) return { horizon: to, ...await measureDropped(reader, { from, to }) };
    const either = signal === undefined
      ? this.#closing.signal
      : AbortSignal.any([signal, this.#closing.signal]);
    await finishRewrites(reader.kv);
    await this.#countAnew();
    // What is still held in memory of version keys would be written after they were dropped.
    await versions.flush();
    either.throwIfAborted();
    await this.#raise({ position: to, dropped: from });
    crash("prune.horizon");
    let dropped: Dropped = { thoughts: 0, images: 0, blobs: 0, bytes: 0 };
    const drop = dropHistory({ reader, newId, range: { from, to }, crash });
    for await (const batch of drop) {
      await this.#raise({ position: to, dropped: batch.upTo });
      dropped = batch.dropped;
      onProgress?.(dropped);
      crash("prune.batch");
      either.throwIfAborted();
    }
    await this.#raise({ position: to, dropped: to });
    return { horizon: to, ...dropped };
  }

  /** Before records are written anew what was counted of them is no longer so, and after it what was counted meanwhile. */
  async #countingAnew<T>(rewrite: () => Promise<T>): Promise<T> {
    await this.#countAnew();
    try {
      return await rewrite();
    } finally {
      await this.#countAnew();
    }
  }

  async #countAnew(): Promise<void> {
    this.#rewrites++;
    this.#counted = null;
    await this.#options.reader.kv.delete(keys.cost());
  }

  async #raise(horizon: Horizon): Promise<void> {
    const key = keys.horizon();
    await this.#options.reader.kv.set(key, seal({ v: 1, ...horizon }, key));
    this.#horizon = horizon;
  }

  /**
   * What history costs, in bytes: the whole log is read once, later only what was added, also by another process.
   * @param options.gently it rests as long as it works, so that nobody else waits for it
   */
  async cost({ gently = false }: { readonly gently?: boolean } = {}): Promise<HistoryCost> {
    this.#closing.signal.throwIfAborted();
    const { reader: { kv }, reader } = this.#options;
    const horizon = this.#horizon.dropped;
    this.#counted ??= await readCounted(kv);
    const known = this.#counted?.horizon === horizon ? this.#counted.cost : null;
    const rewrites = this.#rewrites;
    const signal = this.#closing.signal;
    const cost = await measureHistory(reader, { head: this.#options.head(), known, gently, signal });
    // What was written anew meanwhile is counted as it was: the next one counts it all.
    if (rewrites !== this.#rewrites) return { ...cost, horizon: this.horizon };
    this.#counted = { v: 1, horizon, cost };
    if (cost.upTo !== known?.upTo) await writeCounted(kv, this.#counted);
    return { ...cost, horizon: this.horizon };
  }

  /** Stops a pruning between two batches. */
  async close(): Promise<void> {
    this.#closing.abort(new StoreClosedError());
    await this.#pruning;
  }
}
