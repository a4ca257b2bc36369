/**
 * The image as of a position, for the versioned families: the current value if nothing changed since, else the
 * before-image of the first change after it.
 */
import { CorruptError, HorizonError, PositionError, ValueError } from "./errors.ts";
import { encodeKey, isVersioned, type Key, keys, readStampKey } from "./keys.ts";
import type { Log } from "./log.ts";
import { formatPosition, parsePosition, type Position } from "./position.ts";
import type { Reader } from "./reader.ts";
import { readGone } from "./record.ts";
import { describe } from "./size.ts";
import type { Versions } from "./versions.ts";

export interface AsOfSource {
  readonly reader: Reader;
  readonly log: Log;
  readonly versions: Versions;
  readonly horizon: Position;
  head(): Position;
  /** Resolves once every atomic operation submitted so far is known to be decided or not. */
  settled(): Promise<void>;
}

/** @throws PositionError for a position that is none or not reached, HorizonError for one before history. */
export class AsOf {
  readonly position: Position;
  readonly #source: AsOfSource;

  constructor(source: AsOfSource, position: Position) {
    parsePosition(position);
    if (position < source.horizon) throw new HorizonError(position, source.horizon);
    if (position > source.head()) {
      throw new PositionError(position, `the image has reached ${source.head()} only`);
    }
    this.position = position;
    this.#source = source;
  }

  /**
   * The value that the key had, or null.
   * @throws ValueError for a key outside the versioned families, CorruptError.
   */
  async get<T>(key: Key): Promise<T | null> {
    if (!isVersioned(key)) {
      throw new ValueError(`Cannot read ${describe(key)} as of a position as its family keeps no history`, {
        key,
      });
    }
    const { reader, log, versions } = this.#source;
    // The current value is read before the changes are looked up: a change between them is then found.
    const current = await reader.getStored(key);
    await this.#source.settled();
    const changedAt = await versions.firstAfter(key, this.position);
    if (changedAt === null) return await reader.resolve(key, current?.value ?? null) as T | null;
    const found = await log.find(changedAt);
    const text = encodeKey(key);
    const change = found?.thought.changes.find(([changed]) => encodeKey(changed) === text);
    if (change === undefined) {
      throw new CorruptError(
        `the history of ${describe(key)}`,
        `the log has no change of it at ${changedAt}`,
        {
          key,
          position: changedAt,
        },
      );
    }
    return await reader.resolve(key, change[1] ?? null) as T | null;
  }

  /**
   * All objects that there were, in no stated order: those that are there now and those deleted since, each as it
   * was. The cost grows with what is live and gone since, not with history.
   */
  async *objects<T>(): AsyncGenerator<{ oid: string; value: T }> {
    const live = new Set<string>();
    for await (const { key } of this.#source.reader.listStored(keys.objects())) {
      const oid = String(key[1]);
      live.add(oid);
      const value = await this.get<T>(key);
      if (value !== null) yield { oid, value };
    }
    // Asked for after the listing: what was deleted while it ran is then here.
    for (const oid of await this.#goneSince()) {
      const value = live.has(oid) ? null : await this.get<T>(keys.object(oid));
      if (value !== null) yield { oid, value };
    }
  }

  async #goneSince(): Promise<Set<string>> {
    await this.#source.settled();
    const { kv } = this.#source.reader;
    const { epoch, versionstamp } = parsePosition(this.position);
    const selector = { prefix: keys.allGone(), start: keys.gone(epoch, versionstamp) };
    const gone = new Set<string>();
    for await (const { key, value } of kv.list<unknown>(selector)) {
      const place = readStampKey(key);
      if (place === null) continue;
      for (const [n, oid] of await readGone(kv, key, value)) {
        if (formatPosition(place.epoch, place.versionstamp, n) > this.position) gone.add(oid);
      }
    }
    return gone;
  }
}
