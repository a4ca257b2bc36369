/**
 * The ordered log: reading pages of thoughts forwards and backwards, one thought by its position, and everything
 * since a stamp. Before-images that stand in chunks are followed.
 */
import { isDeepStrictEqual } from "node:util";
import { CorruptError, ValueError, type Winner } from "./errors.ts";
import { type Key, keys, readStampKey } from "./keys.ts";
import { logPageDefault, logPageMax } from "./limits.ts";
import { formatPosition, parsePosition, type Position } from "./position.ts";
import type { Reader } from "./reader.ts";
import { readRecord, type RecordedThought, type ThoughtInfo } from "./record.ts";
import { listWhileOpen } from "./while_open.ts";

/** A change as the log keeps it: what was there before, null at creation. */
export interface LoggedChange {
  readonly key: Key;
  readonly before: unknown | null;
}

export interface LogEntry extends ThoughtInfo {
  readonly position: Position;
  readonly id: string;
  /** Milliseconds; rises with the position. */
  readonly at: number;
  readonly kind: string;
  /** Its before-images were dropped: they are null, whatever there was. */
  readonly pruned?: true | undefined;
  readonly changes: readonly LoggedChange[];
}

export interface LogOptions {
  /** Exclusive lower bound. */
  readonly after?: Position | undefined;
  /** Exclusive upper bound: with `newest`, where the next page begins. */
  readonly before?: Position | undefined;
  /** Newest first. */
  readonly newest?: boolean | undefined;
  /** Default 100, at most 1000. */
  readonly limit?: number | undefined;
}

export interface ImageOptions {
  /** Without them before-images are null, and none is read; default true. */
  readonly images?: boolean | undefined;
}

/** A thought as recorded, with its place. */
export interface PlacedThought {
  readonly position: Position;
  readonly at: number;
  readonly thought: RecordedThought;
}

export class Log {
  readonly #reader: Reader;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  /** @throws PositionError, ValueError for a limit out of bounds, CorruptError. */
  async page(options: LogOptions & ImageOptions = {}): Promise<LogEntry[]> {
    const limit = options.limit ?? logPageDefault;
    if (!Number.isInteger(limit) || limit < 1 || limit > logPageMax) {
      throw new ValueError(`Cannot read ${limit} thoughts as a page holds 1 to ${logPageMax}`, { limit });
    }
    const entries: LogEntry[] = [];
    for await (const placed of this.scan({ ...options, limit })) {
      entries.push(options.images === false ? withoutImages(placed) : await this.#open(placed));
      if (entries.length >= limit) break;
    }
    return entries;
  }

  async entry(position: Position, { images = true }: ImageOptions = {}): Promise<LogEntry | null> {
    const placed = await this.find(position);
    if (placed === null) return null;
    return images ? await this.#open(placed) : withoutImages(placed);
  }

  /** The recorded form of one thought, or null when there is none at that position. */
  async find(position: Position): Promise<PlacedThought | null> {
    const { epoch, versionstamp, index } = parsePosition(position);
    const key = keys.log(epoch, versionstamp);
    const stored = await this.#reader.getStored(key);
    if (stored === null) return null;
    const record = await readRecord(this.#reader.kv, key, stored.value);
    const thought = record.thoughts[index];
    return thought === undefined ? null : { position, at: record.at[index]!, thought };
  }

  /** Who thought what, and where it stands, by its id; null when it is not among the last ones. */
  async findLately(id: string, thoughtsMax: number): Promise<Winner | null> {
    let left = thoughtsMax;
    for await (const { position, thought } of this.scan({ newest: true })) {
      if (thought.id === id) return { id, position, who: thought.who, why: thought.why };
      if (--left === 0) break;
    }
    return null;
  }

  /** Recorded thoughts between the bounds, in the asked direction, without end; `limit` only sizes the batches. */
  async *scan(options: LogOptions = {}): AsyncGenerator<PlacedThought> {
    const { after, before, newest = false } = options;
    const selector = select(after, before);
    if (after !== undefined && before !== undefined && after >= before) return;
    const batchSize = Math.min(100, options.limit ?? 100);
    for await (const entry of listWhileOpen(this.#reader.kv, selector, { reverse: newest, batchSize })) {
      const place = readStampKey(entry.key);
      if (place === null) continue;
      const record = await readRecord(this.#reader.kv, entry.key, entry.value);
      const placed = record.thoughts.map((thought, n) => ({
        position: formatPosition(place.epoch, place.versionstamp, n),
        at: record.at[n]!,
        thought,
      }));
      for (const one of newest ? placed.reverse() : placed) {
        if (after !== undefined && one.position <= after) continue;
        if (before !== undefined && one.position >= before) continue;
        yield one;
      }
    }
  }

  /** Pruning and forgetting drop the chunks of what was read meanwhile: then it is as it stands there by now. */
  async #open(placed: PlacedThought): Promise<LogEntry> {
    try {
      return await this.#resolve(placed);
    } catch (error) {
      const now = error instanceof CorruptError ? await this.find(placed.position) : null;
      if (now === null || isDeepStrictEqual(now.thought, placed.thought)) throw error;
      return await this.#resolve(now);
    }
  }

  async #resolve({ position, at, thought }: PlacedThought): Promise<LogEntry> {
    const { changes, others: _others, ...info } = thought;
    const opened = await Promise.all(changes.map(async ([key, before]) => ({
      key,
      before: await this.#reader.resolve(key, before),
    })));
    return { ...info, position, at, changes: opened };
  }
}

function withoutImages({ position, at, thought }: PlacedThought): LogEntry {
  const { changes, others: _others, ...info } = thought;
  return { ...info, position, at, changes: changes.map(([key]) => ({ key, before: null })) };
}

function select(after: Position | undefined, before: Position | undefined): Deno.KvListSelector {
  const family = ["log"];
  const start = after === undefined ? undefined : stampKey(after);
  const end = before === undefined ? undefined : [...stampKey(before), 0];
  if (start === undefined && end === undefined) return { prefix: family };
  if (end === undefined) return { prefix: family, start: start! };
  return start === undefined ? { prefix: family, end } : { start, end };
}

function stampKey(position: Position): Key {
  const { epoch, versionstamp } = parsePosition(position);
  return keys.log(epoch, versionstamp);
}
