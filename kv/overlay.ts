/**
 * Writes that are not in the store yet, laid over what is: the staged writes of a thought for its own reads, and a
 * large thought that is decided but still being applied for everyone's.
 */
import { compareKeys, encodeKey, type Key } from "./keys.ts";

/** A write; `value` is undefined for a deletion. */
export interface Laid {
  readonly key: Key;
  readonly value: unknown;
}

export interface ListOptions {
  /** Exclusive: the listing goes on after this key, in its own direction. */
  readonly start?: Key | undefined;
  readonly limit?: number | undefined;
  readonly reverse?: boolean | undefined;
}

export interface Listed {
  readonly key: Key;
  readonly value: unknown;
  readonly versionstamp: string | null;
}

/** The laid writes below a prefix and after `start`, in the listing's order. */
export function selectLaid(laid: ReadonlyMap<string, Laid>, prefix: Key, options: ListOptions): Laid[] {
  if (laid.size === 0) return [];
  const encoded = encodeKey(prefix);
  const sign = options.reverse ? -1 : 1;
  const found: Laid[] = [];
  for (const [text, write] of laid) {
    if (!text.startsWith(encoded) || text.length === encoded.length) continue;
    if (options.start !== undefined && sign * compareKeys(write.key, options.start) <= 0) continue;
    found.push(write);
  }
  return found.sort((a, b) => sign * compareKeys(a.key, b.key));
}

/** Merges a stored listing with laid writes of the same order: a laid write hides the stored entry of its key. */
export async function* mergeLaid(
  stored: AsyncIterable<Listed>,
  laid: readonly Laid[],
  options: ListOptions,
): AsyncGenerator<Listed> {
  const sign = options.reverse ? -1 : 1;
  let left = options.limit ?? Infinity;
  let next = 0;
  if (left <= 0) return;
  for await (const entry of stored) {
    let hidden = false;
    while (next < laid.length) {
      const order = sign * compareKeys(laid[next]!.key, entry.key);
      if (order > 0) break;
      hidden = order === 0;
      const write = laid[next++]!;
      if (write.value !== undefined) {
        yield { key: write.key, value: write.value, versionstamp: null };
        if (--left <= 0) return;
      }
    }
    if (hidden) continue;
    yield entry;
    if (--left <= 0) return;
  }
  for (; next < laid.length && left > 0; next++) {
    const write = laid[next]!;
    if (write.value === undefined) continue;
    yield { key: write.key, value: write.value, versionstamp: null };
    left--;
  }
}
