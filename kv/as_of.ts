/**
 * The image as of a position, for the versioned families: the current value if nothing changed since, else the
 * before-image of the first change after it.
 */
import { CorruptError, HorizonError, PositionError, ValueError } from "./errors.ts";
import { compareKeys, encodeKey, hasPrefix, isVersioned, type Key, keys, readStampKey } from "./keys.ts";
import type { Log } from "./log.ts";
import { formatPosition, parsePosition, type Position } from "./position.ts";
import type { Reader, StoredEntry } from "./reader.ts";
import { readGone } from "./record.ts";
import { describe } from "./describe.ts";
import type { Versions } from "./versions.ts";
import { getWhileOpen, listWhileOpen } from "./while_open.ts";

export interface AsOfSource {
  readonly reader: Reader;
  readonly log: Log;
  readonly versions: Versions;
  /** The oldest position that can be read; it may rise while a reading is under way. */
  horizon(): Position;
  head(): Position;
  /** Resolves once every atomic operation submitted so far is known to be decided or not. */
  settled(): Promise<void>;
}

export interface PageOptions {
  readonly after?: Key | undefined;
  readonly limit: number;
}

/** Thoughts whose before-images are kept while one point is read. */
const recordsKeptMax = 8;
/** Times that a page is read again as something was deleted meanwhile. */
const pageTriesMax = 5;

/** @throws PositionError for a position that is none or not reached, HorizonError for one before history. */
export class AsOf {
  readonly position: Position;
  readonly #source: AsOfSource;
  readonly #images = new Map<Position, ReadonlyMap<string, Uint8Array | null>>();

  constructor(source: AsOfSource, position: Position) {
    parsePosition(position);
    this.position = position;
    this.#source = source;
    this.#assertWithin();
    if (position > source.head()) {
      throw new PositionError(position, `the image has reached ${source.head()} only`);
    }
  }

  /**
   * The value that the key had, or null.
   * @throws ValueError for a key outside the versioned families, HorizonError when history was pruned up to beyond
   * the position meanwhile, CorruptError.
   */
  async get<T>(key: Key): Promise<T | null> {
    const stored = await this.getStored(key);
    return stored === null ? null : await this.#open(key, stored);
  }

  /**
   * The value of a stored form that was just read: null when it was forgotten meanwhile, its chunks with it.
   * @throws HorizonError when it was pruned meanwhile, CorruptError
   */
  async #open<T>(key: Key, stored: Uint8Array): Promise<T | null> {
    try {
      return await this.#source.reader.resolve(key, stored) as T;
    } catch (error) {
      if (!(error instanceof CorruptError)) throw error;
      this.#images.clear();
      if (await this.getStored(key) === null) return null;
      throw error;
    }
  }

  /** As `get`, in the stored form: what stands in chunks is a reference to them. */
  async getStored(key: Key): Promise<Uint8Array | null> {
    assertVersioned(key);
    // The current value is read before the changes are looked up: a change between them is then found.
    const current = await this.#source.reader.getStored(key);
    return await this.#then(key, current);
  }

  /**
   * All entries below a prefix of a versioned family, in no stated order: those that are there now and those deleted
   * since, each as it was. The cost grows with what is live and gone since, not with history.
   */
  async *list<T>(prefix: Key): AsyncGenerator<{ key: Key; value: T }> {
    for await (const { key, stored } of this.listStored(prefix)) {
      const value = await this.#open<T>(key, stored);
      if (value !== null) yield { key, value };
    }
  }

  /** As `list`, in the stored form. */
  async *listStored(prefix: Key): AsyncGenerator<{ key: Key; stored: Uint8Array }> {
    assertVersioned(prefix);
    const { reader } = this.#source;
    const live = new Set<string>();
    for await (const entry of reader.listStored(prefix)) {
      const { key } = entry;
      live.add(encodeKey(key));
      const stored = await this.#then(key, entry as StoredEntry);
      if (stored !== null) yield { key, stored };
    }
    // Asked for after the listing: what was deleted while it ran is then here.
    for (const [text, key] of await this.#goneSince(prefix)) {
      const stored = live.has(text) ? null : await this.getStored(key);
      if (stored !== null) yield { key, stored };
    }
  }

  /**
   * A page of what `list` gives, in the order of the keys.
   * @param options.after exclusive: where the page begins
   */
  async page<T>(prefix: Key, options: PageOptions): Promise<{ key: Key; value: T }[]> {
    assertVersioned(prefix);
    for (let tries = 1;; tries++) {
      const gone = await this.#goneSince(prefix);
      const page: { key: Key; value: T }[] = [];
      for await (const { key, stored } of this.#ordered(prefix, gone, options.after)) {
        if (page.length === options.limit) break;
        const value = await this.#open<T>(key, stored);
        if (value !== null) page.push({ key, value });
      }
      // What was deleted meanwhile may be missing: then it is read again.
      if (tries === pageTriesMax || (await this.#goneSince(prefix)).size === gone.size) return page;
    }
  }

  async *#ordered(
    prefix: Key,
    gone: ReadonlyMap<string, Key>,
    after: Key | undefined,
  ): AsyncGenerator<{ key: Key; stored: Uint8Array }> {
    const left = [...gone.values()].filter((key) => after === undefined || compareKeys(key, after) > 0)
      .sort(compareKeys);
    for await (const entry of this.#source.reader.listStored(prefix, { start: after })) {
      while (left.length > 0 && compareKeys(left[0]!, entry.key) < 0) yield* this.#one(left.shift()!);
      if (left.length > 0 && compareKeys(left[0]!, entry.key) === 0) left.shift();
      const stored = await this.#then(entry.key, entry as StoredEntry);
      if (stored !== null) yield { key: entry.key, stored };
    }
    for (const key of left) yield* this.#one(key);
  }

  async *#one(key: Key): AsyncGenerator<{ key: Key; stored: Uint8Array }> {
    const stored = await this.getStored(key);
    if (stored !== null) yield { key, stored };
  }

  /** All objects that there were. */
  async *objects<T>(): AsyncGenerator<{ oid: string; value: T }> {
    for await (const { key, value } of this.list<T>(keys.objects())) yield { oid: String(key[1]), value };
  }

  /** The stored form as of the position, of a key whose current entry was read before. */
  async #then(key: Key, current: StoredEntry | null): Promise<Uint8Array | null> {
    const changedAt = this.#isOlder(current) ? null : await this.#changedAfter(key);
    const stored = changedAt === null ? current?.value ?? null : await this.#beforeImage(key, changedAt);
    this.#assertWithin();
    return stored;
  }

  async #changedAfter(key: Key): Promise<Position | null> {
    await this.#source.settled();
    return await this.#source.versions.firstAfter(key, this.position);
  }

  /** Whether the store's own stamp says that nothing changed since: stamps begin again with each epoch. */
  #isOlder(current: StoredEntry | null): boolean {
    const { epoch, versionstamp } = parsePosition(this.position);
    return current !== null && epoch === parsePosition(this.#source.head()).epoch &&
      current.versionstamp < versionstamp;
  }

  async #beforeImage(key: Key, changedAt: Position): Promise<Uint8Array | null> {
    const before = (await this.#imagesAt(changedAt)).get(encodeKey(key));
    if (before !== undefined) return before;
    throw new CorruptError(
      `the history of ${describe(key)}`,
      `the log has no change of it at ${changedAt}`,
      { key, position: changedAt },
    );
  }

  /** What a thought replaced, by the encoded key. The last ones are kept, as a large thought is asked for many keys. */
  async #imagesAt(position: Position): Promise<ReadonlyMap<string, Uint8Array | null>> {
    const known = this.#images.get(position);
    if (known !== undefined) return known;
    const found = await this.#source.log.find(position);
    if (found?.thought.pruned === true) throw new HorizonError(this.position, this.#source.horizon());
    const images = new Map((found?.thought.changes ?? []).map(([key, before]) => [encodeKey(key), before]));
    if (this.#images.size >= recordsKeptMax) this.#images.delete(this.#images.keys().next().value!);
    this.#images.set(position, images);
    return images;
  }

  #assertWithin(): void {
    const oldest = this.#source.horizon();
    if (this.position < oldest) throw new HorizonError(this.position, oldest);
  }

  /** What was deleted since below a prefix, by the encoded key. */
  async #goneSince(prefix: Key): Promise<Map<string, Key>> {
    await this.#source.settled();
    const { kv } = this.#source.reader;
    const { epoch, versionstamp } = parsePosition(this.position);
    const selector = { prefix: keys.allGone(), start: keys.gone(epoch, versionstamp) };
    const gone = new Map<string, Key>();
    for await (const { key, value } of listWhileOpen(kv, selector)) {
      const place = readStampKey(key);
      if (place === null) continue;
      for (const [n, deleted] of await this.#readGone(key, value)) {
        const after = formatPosition(place.epoch, place.versionstamp, n) > this.position;
        if (after && hasPrefix(deleted, prefix)) gone.set(encodeKey(deleted), deleted);
      }
    }
    // Pruning drops these records too: what it has dropped by now was not found.
    this.#assertWithin();
    return gone;
  }

  async #readGone(key: Key, value: unknown): Promise<[number, Key][]> {
    const { kv } = this.#source.reader;
    try {
      return await readGone(kv, key, value);
    } catch (error) {
      const isPruned = error instanceof CorruptError && (await getWhileOpen(kv, key)).versionstamp === null;
      if (isPruned) return [];
      throw error;
    }
  }
}

function assertVersioned(key: Key): void {
  if (isVersioned(key)) return;
  throw new ValueError(`Cannot read ${describe(key)} as of a position as its family keeps no history`, {
    key,
  });
}
