/**
 * Where an object changed: `version` keys are derived from the log and written behind, in sorted batches up to a
 * watermark; the thoughts after it are held in memory, and after an opening they are read from the log beside the
 * work, so that opening takes no longer for them.
 */
import { encodeKey, type Key, keys, measureKey, readVersionKey } from "./keys.ts";
import { atomicKeyBytesMax, idleFlushMs, tailFlushAt, tailThoughtsMax } from "./limits.ts";
import type { Log } from "./log.ts";
import type { Position } from "./position.ts";
import { seal } from "./sealed.ts";
import { listWhileOpen } from "./while_open.ts";

interface TailThought {
  readonly position: Position;
  readonly keys: readonly Key[];
}

export interface VersionsOptions {
  readonly kv: Deno.Kv;
  readonly log: Log;
  readonly watermark: Position;
  /** The head when the image was opened. */
  readonly head: Position;
  readonly report: (error: unknown) => void;
}

const batchKeys = 900;
/** So that the store has work while this process does something else; a thought waits for no more than these. */
const batchesAtOnce = 2;
/** What stands under a version key; all that it says is in the key. */
export const versionMark: Uint8Array = seal(1, ["version"]);

export class Versions {
  readonly #kv: Deno.Kv;
  readonly #report: (error: unknown) => void;
  #tail: TailThought[] = [];
  #changes = 0;
  /** Positions by encoded key, of the first `#indexed` thoughts of the tail; the rest when somebody asks. */
  #byKey = new Map<string, Position[]>();
  #indexed = 0;
  #watermark: Position;
  #loading: Promise<void>;
  #loadFailure: unknown = null;
  #flushing: Promise<void> | null = null;
  /** Length of the tail at the last look, to tell a pause. */
  #seen = 0;
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(options: VersionsOptions) {
    this.#kv = options.kv;
    this.#report = options.report;
    this.#watermark = options.watermark;
    this.#timer = setInterval(() => this.#look(), idleFlushMs);
    this.#timer.unref();
    this.#loading = options.watermark < options.head ? this.#load(options) : Promise.resolve();
  }

  get watermark(): Position {
    return this.#watermark;
  }

  /** Thoughts whose version keys are not written yet. */
  get tailLength(): number {
    return this.#tail.length;
  }

  /** Why the log could not be read when the image was opened, or null: the past cannot be read then. */
  get failure(): unknown {
    return this.#loadFailure;
  }

  /** Whether the next commit must wait for `flush()`. */
  get full(): boolean {
    return this.#tail.length >= tailThoughtsMax && this.#loadFailure === null;
  }

  /** Called at the decision, in commit order. */
  add(position: Position, changed: readonly Key[]): void {
    if (this.#loadFailure !== null) return;
    this.#tail.push({ position, keys: changed });
    this.#changes += Math.max(1, changed.length);
    if (this.#changes >= tailFlushAt && this.#flushing === null && this.#loadFailure === null) {
      this.flush().catch(this.#report);
    }
  }

  /** Behind the work is when nothing was decided since the last look. */
  #look(): void {
    const length = this.#tail.length;
    const idle = length > 0 && length === this.#seen && this.#flushing === null && this.#loadFailure === null;
    this.#seen = length;
    if (idle) this.flush().catch(this.#report);
  }

  #held(key: Key): readonly Position[] {
    for (; this.#indexed < this.#tail.length; this.#indexed++) {
      const { position, keys: changed } = this.#tail[this.#indexed]!;
      for (const one of changed) {
        const text = encodeKey(one);
        const known = this.#byKey.get(text);
        if (known === undefined) this.#byKey.set(text, [position]);
        else known.push(position);
      }
    }
    return this.#byKey.get(encodeKey(key)) ?? [];
  }

  /** The first change of a key after a position, or null. @throws CorruptError when the log does not read. */
  async firstAfter(key: Key, position: Position): Promise<Position | null> {
    await this.#ready();
    // The memory is asked first: what leaves it is in the store by then.
    const held = this.#held(key).find((at) => at > position) ?? null;
    const prefix = keys.versions(key);
    const start = keys.version(key, position);
    for await (const entry of listWhileOpen(this.#kv, { prefix, start }, { batchSize: 2 })) {
      const found = readVersionKey(entry.key);
      if (found !== null && entry.key.length === start.length && found > position) {
        return held !== null && held < found ? held : found;
      }
    }
    return held;
  }

  /** Positions at which a key changed, in the asked direction. */
  async changesOf(
    key: Key,
    options: { after?: Position | undefined; before?: Position | undefined; newest?: boolean; limit: number },
  ): Promise<Position[]> {
    await this.#ready();
    const { after, before, newest = false, limit } = options;
    if (after !== undefined && before !== undefined && after >= before) return [];
    const within = (at: Position) =>
      (after === undefined || at > after) && (before === undefined || at < before);
    const found = new Set(this.#held(key).filter(within));
    const stem = keys.versions(key);
    const selector: Deno.KvListSelector = after !== undefined && before !== undefined
      ? { start: keys.version(key, after), end: keys.version(key, before) }
      : after !== undefined
      ? { prefix: stem, start: keys.version(key, after) }
      : before !== undefined
      ? { prefix: stem, end: keys.version(key, before) }
      : { prefix: stem };
    let left = limit + 1;
    const batches = { reverse: newest, batchSize: Math.min(100, left) };
    for await (const entry of listWhileOpen(this.#kv, selector, batches)) {
      const at = readVersionKey(entry.key);
      if (at !== null && entry.key.length === stem.length + 1 && within(at)) found.add(at);
      if (--left === 0) break;
    }
    const sorted = [...found].sort();
    return (newest ? sorted.reverse() : sorted).slice(0, limit);
  }

  /** Writes the version keys of everything decided so far. One runs at a time; a second call waits for the first. */
  async flush(): Promise<void> {
    while (this.#flushing !== null) await this.#flushing;
    const run = this.#flush().finally(() => this.#flushing = null);
    this.#flushing = run;
    await run;
  }

  async #flush(): Promise<void> {
    await this.#ready();
    const done = this.#tail.length;
    if (done === 0) return;
    const entries = this.#tail.flatMap(({ position, keys: changed }) =>
      changed.map((key) => ({ key, position, text: encodeKey(keys.version(key, position)) }))
    );
    entries.sort((a, b) => a.text < b.text ? -1 : a.text > b.text ? 1 : 0);
    for (let next = 0; next < entries.length;) {
      const submitted: Promise<unknown>[] = [];
      while (next < entries.length && submitted.length < batchesAtOnce) {
        const atomic = this.#kv.atomic();
        let keyBytes = 0;
        for (let count = 0; count < batchKeys && next < entries.length; count++) {
          const { key, position } = entries[next]!;
          const versionKey = keys.version(key, position);
          keyBytes += measureKey(versionKey);
          if (keyBytes > atomicKeyBytesMax) break;
          atomic.set(versionKey, versionMark);
          next++;
        }
        submitted.push(atomic.commit());
      }
      await Promise.all(submitted);
    }
    const last = this.#tail[done - 1]!.position;
    const watermark = seal({ v: 1, position: last }, keys.versionsWatermark());
    await this.#kv.set(keys.versionsWatermark(), watermark);
    this.#watermark = last;
    this.#drop(done);
  }

  #drop(count: number): void {
    for (const { keys: changed } of this.#tail.splice(0, count)) this.#changes -= Math.max(1, changed.length);
    this.#byKey.clear();
    this.#indexed = 0;
  }

  /** What was decided before this opening goes in front of what has been decided since. */
  async #load(options: VersionsOptions): Promise<void> {
    const loaded: TailThought[] = [];
    try {
      for await (const { position, thought } of options.log.scan({ after: options.watermark })) {
        if (position > options.head) break;
        loaded.push({ position, keys: thought.changes.map(([key]) => key) });
      }
    } catch (error) {
      this.#loadFailure = error;
      this.#tail = [];
      return;
    }
    const since = this.#tail;
    this.#tail = [];
    this.#changes = 0;
    this.#byKey.clear();
    this.#indexed = 0;
    for (const { position, keys: changed } of [...loaded, ...since]) this.add(position, changed);
  }

  async #ready(): Promise<void> {
    await this.#loading;
    if (this.#loadFailure !== null) throw this.#loadFailure;
  }

  /** Writes the rest and ends: nothing runs beside the work any more. @throws what the store or the log throws. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#loading;
    if (this.#loadFailure !== null) return;
    await this.#loading;
    await this.flush();
  }
}
