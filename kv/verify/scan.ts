/**
 * Listing a family of keys in a database of which a part may be unreadable: forwards as far as it goes, then from the
 * other end, so that only what lies between is missing.
 */
import { isClosed } from "../while_open.ts";
import { encodeKey, type Key } from "../keys.ts";
import { scanBatch } from "./limits.ts";

export interface Scanned {
  readonly key: Key;
  readonly value: unknown;
  readonly versionstamp: string;
}

/** What could not be read. */
export interface Unreadable {
  /** The last key before it, and the first after it; null at the end of the family. */
  readonly after: Key | null;
  readonly before: Key | null;
  readonly reason: string;
}

export interface ScanOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onUnreadable: (gap: Unreadable) => void;
}

/** Entries below a prefix; in the store's order up to a gap, and from the end backwards after it. */
export function scanFamily(kv: Deno.Kv, prefix: Key, options: ScanOptions): AsyncGenerator<Scanned> {
  return scanRange(kv, { prefix }, options);
}

export async function* scanRange(
  kv: Deno.Kv,
  selector: Deno.KvListSelector,
  options: ScanOptions,
): AsyncGenerator<Scanned> {
  let after: Key | null = null;
  // The second time one by one, to come as near to the damage as can be.
  for (const batchSize of [scanBatch, 1]) {
    const from: Deno.KvListSelector = after === null ? selector : beginAt(selector, after);
    let failure: unknown = null;
    try {
      for await (const entry of kv.list<unknown>(from, { batchSize })) {
        options.signal?.throwIfAborted();
        if (after !== null && encodeKey(entry.key) === encodeKey(after)) continue;
        after = entry.key;
        yield entry;
      }
    } catch (error) {
      throwUnlessDamage(error, options.signal);
      failure = error;
    }
    if (failure === null) return;
    if (batchSize === 1) yield* scanBackwards(kv, selector, { ...options, after, failure });
  }
}

async function* scanBackwards(
  kv: Deno.Kv,
  selector: Deno.KvListSelector,
  { after, failure, signal, onUnreadable }: ScanOptions & { after: Key | null; failure: unknown },
): AsyncGenerator<Scanned> {
  let before: Key | null = null;
  const stop = after === null ? null : encodeKey(after);
  try {
    for await (const entry of kv.list<unknown>(selector, { reverse: true, batchSize: 1 })) {
      signal?.throwIfAborted();
      if (encodeKey(entry.key) === stop) break;
      before = entry.key;
      yield entry;
    }
  } catch (error) {
    throwUnlessDamage(error, signal);
  }
  const reason = failure instanceof Error ? failure.message : String(failure);
  onUnreadable({ after, before, reason });
}

function beginAt(selector: Deno.KvListSelector, start: Key): Deno.KvListSelector {
  return "prefix" in selector ? { prefix: selector.prefix, start } : { ...selector, start };
}

/** What a closed database or a caller who gave up says is no damage. */
function throwUnlessDamage(error: unknown, signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw signal.reason;
  if (isClosed(error)) throw error;
}
