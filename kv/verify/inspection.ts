/**
 * What the checks of one walk share: the database, what callers know of their own values, what has been seen so far,
 * and the report. A doubt is looked at again in one snapshot before it is told: the image goes on living while it is walked.
 */
import { readChunkReference, resolveStored } from "../blobs.ts";
import { CorruptError } from "../errors.ts";
import { type Head, readHead } from "../head.ts";
import { encodeKey, type Key, keys } from "../keys.ts";
import { formatPosition } from "../position.ts";
import type { Reader } from "../reader.ts";
import { partKeys } from "../record.ts";
import { readHorizon } from "../schema.ts";
import { checkSealed, isReference } from "../sealed.ts";
import type { CommitPort } from "./repair.ts";
import { Fingerprints } from "./fingerprints.ts";
import { oidOf } from "./key_facts.ts";
import { doubtsMax, problemsMax, progressEveryMs } from "./limits.ts";
import { hintOf, printableKey, type Problem, type ProblemKind, type Repaired } from "./problem.ts";
import type { ImageForms, ObjectFacts, VerifyOptions } from "./options.ts";
import { scanFamily, type Scanned, type Unreadable } from "./scan.ts";

/** Puts one problem right, having looked once more whether it is there. @returns what it did, null for nothing */
export type Repair = (port: CommitPort) => Promise<string | null>;

interface Found {
  readonly kind: ProblemKind;
  readonly key: Key;
  readonly oid?: string | null;
  readonly message: string;
  readonly repair?: Repair;
}

type Look = "enough" | void;

/** The value under a key as it was read, or why it cannot be. */
export type Opened = { readonly value: unknown } | { readonly error: CorruptError };

export class Inspection {
  readonly kv: Deno.Kv;
  readonly forms: ImageForms;
  /** Live keys of the versioned families, each with the order of the stamp that set it. */
  readonly live = new Fingerprints();
  /** Chunks of values, and parts of records, that something refers to. */
  readonly chunks = new Fingerprints();
  readonly checked: Record<string, number> = {};
  readonly problems: Problem[] = [];
  readonly repairs: { readonly problem: Problem; readonly run: Repair }[] = [];
  readonly repaired: Repaired[] = [];
  more = 0;
  readonly #options: VerifyOptions;
  readonly #reader: Reader;
  readonly #doubts = new Set<Promise<unknown>>();
  readonly #failures: unknown[] = [];
  readonly #blobs = new Fingerprints();
  #done = 0;
  #stage = "";
  #told = 0;

  constructor(reader: Reader, options: VerifyOptions) {
    this.kv = reader.kv;
    this.#reader = reader;
    this.forms = options.forms;
    this.#options = options;
  }

  get now(): number {
    return (this.#options.clock ?? Date.now)();
  }

  get signal(): AbortSignal | undefined {
    return this.#options.signal;
  }

  begin(stage: string): void {
    this.#stage = stage;
    this.#options.onProgress?.({ stage, done: this.#done });
  }

  count(family: string): void {
    this.checked[family] = (this.checked[family] ?? 0) + 1;
    this.#done++;
    if (this.#done % 256 !== 0) return;
    const now = performance.now();
    if (now - this.#told < progressEveryMs) return;
    this.#told = now;
    this.#options.onProgress?.({ stage: this.#stage, done: this.#done });
  }

  report({ kind, key, oid = null, message, repair }: Found): void {
    if (this.problems.length >= problemsMax) {
      this.more++;
      return;
    }
    const problem: Problem = {
      kind,
      key: printableKey(key),
      oid,
      repairable: repair !== undefined,
      message,
      hint: hintOf(kind),
    };
    this.problems.push(problem);
    if (repair !== undefined) this.repairs.push({ problem, run: repair });
  }

  /** Takes a problem that a repair has dealt with, or found gone, from the list. */
  settle(problem: Problem, did: string | null): void {
    this.problems.splice(this.problems.indexOf(problem), 1);
    if (did !== null) this.repaired.push({ kind: problem.kind, key: problem.key, did });
  }

  /**
   * Looks at every entry of a family. What of it cannot be read is reported when `told`, as at the first of several
   * walks; `look` may have had enough; an entry at which the look itself meets damage of the file is reported, and the walk goes on.
   */
  async each(prefix: Key, look: (entry: Scanned) => Promise<Look> | Look, told = true): Promise<void> {
    const onUnreadable = (gap: Unreadable) => told && this.unreadable(prefix, gap);
    for await (const entry of scanFamily(this.kv, prefix, { signal: this.signal, onUnreadable })) {
      try {
        if ((await look(entry)) === "enough") break;
      } catch (error) {
        this.#takeDamage(entry.key, error, told);
      }
    }
    while (this.#doubts.size > 0) await this.#oneDoubtLess();
  }

  /** Begins a second look at something of the entry that `each` is at; several go on at once, and `each` awaits them. */
  async doubt(key: Key, look: () => Promise<void>): Promise<void> {
    while (this.#doubts.size >= doubtsMax) await this.#oneDoubtLess();
    const running = look()
      .catch((error) => this.#takeDamage(key, error, true))
      .catch((error) => this.#failures.push(error))
      .finally(() => this.#doubts.delete(running));
    this.#doubts.add(running);
  }

  async #oneDoubtLess(): Promise<void> {
    await Promise.race(this.#doubts);
    if (this.#failures.length === 0) return;
    await Promise.all(this.#doubts);
    throw this.#failures[0];
  }

  #takeDamage(key: Key, error: unknown, told: boolean): void {
    if (!isDamage(error)) throw error;
    if (told) this.unreadable(key, { after: key, before: key, reason: error.message });
  }

  unreadable(prefix: Key, { after, before, reason }: Unreadable): void {
    const from = after === null ? "its beginning" : JSON.stringify(printableKey(after));
    const to = before === null ? "its end" : JSON.stringify(printableKey(before));
    this.report({
      kind: "unreadable",
      key: after ?? prefix,
      message: `Cannot read the ${String(prefix[0] ?? "image")} family between ${from} and ${to}: ${reason}`,
    });
  }

  /** The value of a stored form, chunks joined and checked. */
  async open(key: Key, stored: unknown): Promise<Opened> {
    try {
      const sealed = checkSealed(key, stored);
      this.#noteChunks(key, sealed);
      return { value: await resolveStored(this.kv, sealed, key) };
    } catch (error) {
      if (error instanceof CorruptError) return { error };
      throw error;
    }
  }

  /** The value of an entry that was met; one that does not open, looked at again, is reported. */
  async openMet({ key, value }: Scanned): Promise<Opened> {
    const opened = await this.open(key, value);
    if ("value" in opened) return opened;
    const [again] = await this.snapshot([key]);
    if (again === null) return opened;
    const second = await this.open(key, again!.value);
    if ("error" in second) this.#reportCorrupt(key, second.error);
    return second;
  }

  #reportCorrupt(key: Key, error: CorruptError): void {
    const at = Array.isArray(error.details.key) ? error.details.key as Key : key;
    const kind = at[0] === "blob" && key[0] !== "blob" ? "chunk_missing" : "corrupt";
    this.report({ kind, key: at, oid: oidOf(key), message: error.message });
  }

  /**
   * A before-image: whole, and each chunked value looked into only once, however often history refers to it.
   * @param record the one that it stands in; null before the horizon, where nobody reads it any more
   */
  async checkPast(key: Key, stored: unknown, record: Scanned | null): Promise<void> {
    const error = await this.#faultOfPast(key, stored);
    if (error === null || record === null) return;
    // Pruning and forgetting drop the chunks, and write the record anew without them.
    const [now] = await this.snapshot([record.key]);
    if (now?.versionstamp === record.versionstamp) this.#reportCorrupt(key, error);
  }

  async #faultOfPast(key: Key, stored: unknown): Promise<CorruptError | null> {
    try {
      const sealed = checkSealed(key, stored);
      if (!isReference(sealed) || this.#blobs.has(readChunkReference(sealed, key).id)) return null;
    } catch (error) {
      if (error instanceof CorruptError) return error;
      throw error;
    }
    const opened = await this.open(key, stored);
    return "error" in opened ? opened.error : null;
  }

  #noteChunks(key: Key, sealed: Uint8Array): void {
    if (!isReference(sealed)) return;
    const { id, chunks } = readChunkReference(sealed, key);
    for (let n = 0; n < chunks; n++) this.chunks.add(encodeKey(keys.blob(id, n)));
    this.#blobs.add(id);
  }

  /** Remembers the parts that a record refers to; what is no record refers to none. */
  noteParts({ key, value }: Pick<Scanned, "key" | "value">): void {
    try {
      for (const part of partKeys(key, value)) this.chunks.add(encodeKey(part));
    } catch (error) {
      if (!(error instanceof CorruptError)) throw error;
    }
  }

  /** Entries of at most ten keys as of one moment, a large thought being applied or not seen whole; null where none is. */
  async snapshot(wanted: readonly Key[]): Promise<(Scanned | null)[]> {
    for (;;) {
      this.signal?.throwIfAborted();
      const { applying } = this.#reader;
      const entries = await this.#read(wanted);
      if (this.#reader.applying === applying) return entries;
    }
  }

  async #read(wanted: readonly Key[]): Promise<(Scanned | null)[]> {
    try {
      const entries = await this.#reader.getManyStored(wanted);
      return entries.map((entry, n) => entry === null ? null : { key: wanted[n]!, ...entry });
    } catch (error) {
      if (!(error instanceof CorruptError)) throw error;
      // One of them is not even bytes: whoever opens it says so.
      const entries = await this.kv.getMany<unknown[]>(wanted);
      return entries.map((entry) => entry.versionstamp === null ? null : entry);
    }
  }

  /** What an object says of itself by now; null when it is gone, undefined when it does not read. */
  async factsOf(oid: string, entry: Scanned | null): Promise<ObjectFacts | null | undefined> {
    if (entry === null) return null;
    const opened = await this.open(entry.key, entry.value);
    const facts = "value" in opened ? this.forms.object(oid, opened.value) : "";
    return typeof facts === "string" ? undefined : facts;
  }

  /** Whether the thoughts at a place of the log are before the horizon by now. @throws CorruptError */
  async isPruned({ epoch, versionstamp }: { epoch: number; versionstamp: string }): Promise<boolean> {
    return formatPosition(epoch, versionstamp, 9_999) < await readHorizon(this.kv);
  }

  /** @throws CorruptError when it does not read */
  async head(): Promise<Head> {
    try {
      return readHead(await this.kv.get(keys.head()));
    } catch (error) {
      if (error instanceof CorruptError || !isDamage(error)) throw error;
      throw new CorruptError("the head of the image", error.message, { key: keys.head() }, error);
    }
  }

  /** Runs one of the checks; damage of the file that ends it is told, and the next check goes on. */
  async run(check: () => Promise<void>): Promise<void> {
    try {
      await check();
    } catch (error) {
      this.#takeDamage([this.#stage], error, true);
    }
  }
}

/** What the database says of a file, or of an entry in it, that is no longer whole. */
const damageWords = /malformed|not a database|corrupt|disk i\/o|value encoding/i;

function isDamage(error: unknown): error is Error {
  return error instanceof Error && (error instanceof CorruptError || damageWords.test(error.message));
}
