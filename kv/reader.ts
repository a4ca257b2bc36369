/**
 * Reads of what is committed: single keys, many keys, listings. While a large thought is being applied, its writes
 * are seen through an overlay; references to chunks are followed by `resolve`.
 */
import { resolveStored } from "./blobs.ts";
import { CorruptError, StoreClosedError, ValueError } from "./errors.ts";
import { isClosed } from "./while_open.ts";
import { compareKeys, encodeKey, hasPrefix, isChunk, type Key, measureKey } from "./keys.ts";
import { readKeysMax } from "./limits.ts";
import { type Laid, type Listed, type ListOptions, mergeLaid, selectLaid } from "./overlay.ts";
import { describe } from "./describe.ts";
import { checkSealed } from "./sealed.ts";

/** Sealed bytes (chunks not followed) with the stamp that set them. */
export interface StoredEntry {
  readonly value: Uint8Array;
  readonly versionstamp: string;
}

interface Asked {
  readonly key: Key;
  readonly promise: Promise<Deno.KvEntryMaybe<unknown>>;
  readonly resolve: (entry: Deno.KvEntryMaybe<unknown>) => void;
  readonly reject: (error: unknown) => void;
}

export class Reader {
  readonly kv: Deno.Kv;
  readonly #asked = new Map<string, Asked>();
  #overlay: { readonly writes: ReadonlyMap<string, Laid>; readonly versionstamp: string } | null = null;

  constructor(kv: Deno.Kv) {
    this.kv = kv;
  }

  /** From here on reads see these writes, until `null` says that the store itself holds them. */
  setOverlay(overlay: { writes: ReadonlyMap<string, Laid>; versionstamp: string } | null): void {
    this.#overlay = overlay;
  }

  /** The large thought that is being applied, by identity; null when there is none. */
  get applying(): object | null {
    return this.#overlay;
  }

  async getStored(key: Key): Promise<StoredEntry | null> {
    measureKey(key);
    const laid = this.#laid(key);
    if (laid !== undefined) return laid;
    return present(await this.#guard(key, () => this.#together(key)));
  }

  /**
   * Single reads that are asked for in the same turn go to the store together, as each costs a way there and back, and
   * what many ask for once.
   */
  #together(key: Key): Promise<Deno.KvEntryMaybe<unknown>> {
    const encoded = encodeKey(key);
    const known = this.#asked.get(encoded);
    if (known !== undefined) return known.promise;
    const asked = { key, ...Promise.withResolvers<Deno.KvEntryMaybe<unknown>>() };
    this.#asked.set(encoded, asked);
    if (this.#asked.size === 1) queueMicrotask(() => this.#ask());
    return asked.promise;
  }

  #ask(): void {
    const asked = [...this.#asked.values()];
    this.#asked.clear();
    if (asked.length === 1) {
      const [{ key, resolve, reject }] = asked as [Asked];
      this.kv.get<unknown>(key).then(resolve, reject);
      return;
    }
    for (let from = 0; from < asked.length; from += readKeysMax) {
      const page = asked.slice(from, from + readKeysMax);
      this.kv.getMany<unknown[]>(page.map(({ key }) => key)).then(
        (entries) => page.forEach(({ resolve }, n) => resolve(entries[n]!)),
        // One that does not read spoils all of its page: each is asked for alone, so that the others live.
        () =>
          page.forEach(({ key, resolve, reject }) => void this.kv.get<unknown>(key).then(resolve, reject)),
      );
    }
  }

  /** As `getManyStored`, a few with what others ask for in the same turn; not a snapshot. */
  async getTogether(list: readonly Key[]): Promise<(StoredEntry | null)[]> {
    if (list.length >= readKeysMax) return await this.getManyStored(list);
    return await Promise.all(list.map((key) => this.getStored(key)));
  }

  async getManyStored(list: readonly Key[]): Promise<(StoredEntry | null)[]> {
    const pages: Promise<(StoredEntry | null)[]>[] = [];
    for (let from = 0; from < list.length; from += readKeysMax) {
      pages.push(this.#page(list.slice(from, from + readKeysMax)));
    }
    return (await Promise.all(pages)).flat();
  }

  /** Whether nothing stands between the least and the greatest of some keys of one family, themselves included. */
  async isEmptyAround(list: readonly Key[]): Promise<boolean> {
    const [family] = list[0]!;
    if (list.some((key) => key[0] !== family)) return false;
    const sorted = list.toSorted(compareKeys);
    for (const { key } of this.#overlay?.writes.values() ?? []) {
      if (compareKeys(key, sorted[0]!) >= 0 && compareKeys(key, sorted.at(-1)!) <= 0) return false;
    }
    const selector = { start: sorted[0]!, end: [...sorted.at(-1)!, true] };
    const iterator = this.kv.list(selector, { limit: 1 });
    return (await this.#guard(sorted[0]!, () => iterator.next())).done === true;
  }

  async #page(list: readonly Key[]): Promise<(StoredEntry | null)[]> {
    list.forEach(measureKey);
    const laid = list.map((key) => this.#laid(key));
    const entries = await this.#guard(list[0]!, () => this.kv.getMany<unknown[]>(list));
    return entries.map((entry, n) => laid[n] === undefined ? present(entry) : laid[n]!);
  }

  /** Stored forms below a prefix, in the store's order; not a snapshot across batches. */
  async *listStored(prefix: Key, options: ListOptions = {}): AsyncGenerator<Listed> {
    const overlay = this.#overlay;
    const laid = overlay === null ? [] : selectLaid(overlay.writes, prefix, options);
    const stored = this.#sealed(prefix, options, laid.length);
    for await (const entry of mergeLaid(stored, laid, options)) {
      yield entry.versionstamp === null ? { ...entry, versionstamp: overlay!.versionstamp } : entry;
    }
  }

  async *#sealed(prefix: Key, options: ListOptions, extra: number): AsyncGenerator<Listed> {
    for await (const entry of this.#scan(prefix, options, extra)) {
      asBytes(entry.key, entry.value);
      yield entry;
    }
  }

  /** What the database holds below a prefix, whatever it is. */
  raw(prefix: Key, options: ListOptions = {}): AsyncGenerator<Listed> {
    return mergeLaid(this.#scan(prefix, options, 0), [], options);
  }

  /** `limit` only sizes the batches; `extra` entries more may be asked for. */
  async *#scan(prefix: Key, options: ListOptions, extra: number): AsyncGenerator<Listed> {
    const { start, reverse = false, limit } = options;
    if (start !== undefined && !hasPrefix(start, prefix)) {
      throw new ValueError(`Cannot list after ${describe(start)} as it must lie below ${describe(prefix)}`, {
        start,
        prefix,
      });
    }
    const selector: Deno.KvListSelector = start === undefined
      ? { prefix }
      : reverse
      ? { prefix, end: start }
      : { prefix, start };
    const batchSize = Math.max(1, Math.min(500, limit === undefined ? 100 : limit + extra + 1));
    const skipped = start === undefined || reverse ? null : encodeKey(start);
    const iterator = this.kv.list<unknown>(selector, { reverse, batchSize });
    while (true) {
      const step = await this.#guard(prefix, () => iterator.next());
      if (step.done) return;
      if (skipped !== null && encodeKey(step.value.key) === skipped) continue;
      yield step.value;
    }
  }

  /** The value that sealed bytes stand for; null for none, and for a chunk its bytes. @throws CorruptError */
  resolve(key: Key, stored: Uint8Array | null): Promise<unknown> | unknown {
    return stored === null || isChunk(key) ? stored : resolveStored(this.kv, stored, key);
  }

  #laid(key: Key): StoredEntry | null | undefined {
    if (this.#overlay === null) return undefined;
    const write = this.#overlay.writes.get(encodeKey(key));
    if (write === undefined) return undefined;
    return write.value === undefined
      ? null
      : { value: write.value as Uint8Array, versionstamp: this.#overlay.versionstamp };
  }

  /** The store answers damaged bytes with errors of its own; they become ours, with the key. */
  async #guard<T>(key: Key, read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (cause) {
      if (isClosed(cause)) throw new StoreClosedError();
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new CorruptError(`the store at ${describe(key)}`, reason, { key }, cause);
    }
  }
}

function present(entry: Deno.KvEntryMaybe<unknown>): StoredEntry | null {
  if (entry.versionstamp === null) return null;
  return { value: asBytes(entry.key, entry.value), versionstamp: entry.versionstamp };
}

function asBytes(key: Key, value: unknown): Uint8Array {
  return value instanceof Uint8Array ? value : checkSealed(key, value);
}
