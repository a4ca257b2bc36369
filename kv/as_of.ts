/**
 * The image as of a position, for the versioned families: the current value if nothing changed since, else the
 * before-image of the first change after it.
 */
import { CorruptError, HorizonError, PositionError, ValueError } from "./errors.ts";
import { encodeKey, isVersioned, type Key } from "./keys.ts";
import type { Log } from "./log.ts";
import { parsePosition, type Position } from "./position.ts";
import type { Reader } from "./reader.ts";
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
}
