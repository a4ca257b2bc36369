/**
 * The exact index of one embedding space: working memory (L1). It follows the commits, so that it holds what the store
 * holds whoever wrote it; it is filled from the store in the background; and it lets go of what the archive covers
 * when there are more rows than its threshold.
 */
import { type CommittedThought, keys, parsePosition, type Position, type Store } from "../../kv/mod.ts";
import type { EmbeddingSpace, ExactIndex } from "../../vector/mod.ts";
import { bornAt, endOfAtomic } from "./born.ts";
import { LOAD_BATCH_ROWS, TAKE_BACK_SHARE } from "./limits.ts";
import { Pacer } from "./pacer.ts";
import { RowBook } from "./row_book.ts";
import { fromBytes, isWordless, packed } from "./vector_bytes.ts";

export interface SpaceIndexOptions {
  readonly store: Store;
  readonly space: EmbeddingSpace;
  readonly index: ExactIndex;
  /** Rows that working memory holds before it leaves to the archive what that covers. */
  readonly threshold: () => number;
  /** Resolves when it is known what the archive covers, if anything. */
  readonly archiveKnown: () => Promise<void>;
  /** The index broke, or a row could not be taken in. */
  readonly fail: (error: unknown) => void;
  /** It may be ready now, or hold other rows than before. */
  readonly onChange: () => void;
}

interface Row {
  readonly oid: string;
  readonly vector: Float32Array;
  readonly born: Position;
}

export class SpaceIndex {
  readonly space: EmbeddingSpace;
  readonly exact: ExactIndex;
  readonly book = new RowBook();
  readonly #options: SpaceIndexOptions;
  /** Rows that a commit decided while the store was being read: what is read of them is older. */
  readonly #decided = new Set<string>();
  /** For each search that asks more than this index: the rows that changed since it began. */
  readonly #watches = new Set<Set<string>>();
  #state: "loading" | "loaded" | "closed" = "loading";
  #loaded = 0;
  #corrupt = 0;
  #settling: Promise<void> | null = null;
  #settleAgain = false;

  constructor(options: SpaceIndexOptions) {
    this.#options = options;
    this.space = options.space;
    this.exact = options.index;
  }

  /** Whether every row is here or covered by the archive. */
  get ready(): boolean {
    return this.#state === "loaded" && this.book.missing === 0;
  }

  get isLoaded(): boolean {
    return this.#state === "loaded";
  }

  /** Whether it holds what it must, and no more than it need. */
  get isSettled(): boolean {
    return this.#state === "loaded" && this.#settling === null;
  }

  /** Rows read from the store so far. */
  get loaded(): number {
    return this.#loaded;
  }

  /** Rows whose bytes are no vector of this space. */
  get corrupt(): number {
    return this.#corrupt;
  }

  /** Takes in what was decided, in the order of the commits; searches that begin after the call see it. */
  committed(thoughts: readonly CommittedThought[]): void {
    if (this.#state === "closed") return;
    const last = new Map<string, { after: unknown; position: Position }>();
    for (const { changes, position } of thoughts) {
      for (const { key, after } of changes) {
        if (key[0] === "vector" && key[1] === this.space.id) last.set(key[2] as string, { after, position });
      }
    }
    if (last.size === 0) return;
    const added: Row[] = [];
    const removed: string[] = [];
    for (const [oid, { after, position }] of last) {
      if (this.#state === "loading") this.#decided.add(oid);
      for (const watch of this.#watches) watch.add(oid);
      const vector = fromBytes(after, this.space.dimensions);
      if (vector !== null && !isWordless(vector)) added.push({ oid, vector, born: endOfAtomic(position) });
      else if (this.book.delete(oid)) removed.push(oid);
    }
    this.#add(added);
    if (removed.length > 0) this.#send(this.exact.remove(removed));
    this.#settleIfDue();
  }

  /**
   * Reads every row of the space from the store. Searches before it is done would miss some, so they wait; or another
   * index serves them meanwhile, and this one, `beside` it, rests between its batches.
   */
  async load({ beside = false }: { readonly beside?: boolean } = {}): Promise<void> {
    const { store, space, archiveKnown, onChange } = this.#options;
    const { epoch } = parsePosition(store.position);
    let rows: Row[] = [];
    let sent = Promise.resolve();
    const pacer = new Pacer();
    const flush = async () => {
      // One batch is read while the one before is taken in.
      await sent;
      sent = this.#takeRead(rows);
      this.#loaded += rows.length;
      rows = [];
      if (this.book.held > this.#options.threshold()) await archiveKnown();
      onChange();
      if (beside) await pacer.rest();
    };
    for await (const { key, value, versionstamp } of store.list<unknown>(keys.vectors(space.id))) {
      if (this.#state === "closed") return;
      const vector = fromBytes(value, space.dimensions);
      if (vector === null) this.#corrupt++;
      else rows.push({ oid: key.at(-1) as string, vector, born: bornAt(epoch, versionstamp) });
      if (rows.length === LOAD_BATCH_ROWS) await flush();
    }
    await flush();
    await sent;
    if (this.#state !== "loading") return;
    this.#state = "loaded";
    this.#decided.clear();
    await this.#settle();
  }

  /** The archive covers rows born up to `watermark`, "" for none: what is missing then is taken back from the store. */
  cover(watermark: string): void {
    if (watermark !== this.book.watermark) this.book.cover(watermark);
    this.#begin();
  }

  /** Resolves when nothing is being taken back or let go. */
  async settled(): Promise<void> {
    await this.#settling;
  }

  /** What `threshold` gives has changed. */
  thresholdChanged(): void {
    this.#begin();
  }

  /** Collects the rows that change, until it is given back to `unwatch`. */
  watch(): Set<string> {
    const watch = new Set<string>();
    this.#watches.add(watch);
    return watch;
  }

  unwatch(watch: Set<string>): void {
    this.#watches.delete(watch);
  }

  /** Searches under way are refused, and may be made again on what serves then. */
  close(): void {
    this.#state = "closed";
    this.exact.close();
  }

  #begin(): void {
    if (this.#state !== "loaded") return;
    this.#settle().catch((error) => {
      if (this.#state !== "closed") this.#options.fail(error);
    });
  }

  #settleIfDue(): void {
    const { away, size, held, newer } = this.book;
    const mayTakeBack = away > 0 && size <= this.#options.threshold() * TAKE_BACK_SHARE;
    const mayDrop = held > newer - this.book.missing && size > this.#options.threshold();
    if (mayTakeBack || mayDrop) this.#begin();
  }

  /** Holds what it must, and no more when there are more rows than the threshold. */
  #settle(): Promise<void> {
    this.#settleAgain = true;
    this.#settling ??= this.#settleNow().finally(() => {
      this.#settling = null;
      this.#options.onChange();
      // Asked for after the last look and before this.
      if (this.#settleAgain) this.#begin();
    });
    return this.#settling;
  }

  async #settleNow(): Promise<void> {
    while (this.#settleAgain && this.#state === "loaded") {
      this.#settleAgain = false;
      const { away, size, watermark } = this.book;
      const enough = away > 0 ? this.#options.threshold() * TAKE_BACK_SHARE : this.#options.threshold();
      const holdsAll = watermark === "" || size <= enough;
      await this.#takeBack(holdsAll ? "all" : "missing");
      // What was missing may be there now, long before the rest is settled.
      this.#options.onChange();
      if (!holdsAll) await this.#letGo();
    }
  }

  async #takeBack(which: "all" | "missing"): Promise<void> {
    const { store, space } = this.#options;
    const oids = this.book.awayIds(which);
    for (let from = 0; from < oids.length && this.#state === "loaded"; from += LOAD_BATCH_ROWS) {
      const batch = oids.slice(from, from + LOAD_BATCH_ROWS);
      const entries = await store.getMany<unknown>(batch.map((oid) => keys.vector(space.id, oid)));
      // One that a commit changed meanwhile is here already, or gone.
      const rows = batch.flatMap((oid, at): Row[] => {
        if (!this.book.isAway(oid)) return [];
        const vector = fromBytes(entries[at]?.value, space.dimensions);
        if (vector !== null) return [{ oid, vector, born: this.book.bornOf(oid)! }];
        // Not there: its deletion is decided, and heard of in a moment.
        if (entries[at] !== null) this.#corrupt++;
        this.book.delete(oid);
        return [];
      });
      await this.#add(rows);
    }
  }

  async #letGo(): Promise<void> {
    const oids = this.book.covered();
    for (let from = 0; from < oids.length && this.#state === "loaded"; from += LOAD_BATCH_ROWS) {
      const dropped = oids.slice(from, from + LOAD_BATCH_ROWS).filter((oid) => this.book.drop(oid));
      if (dropped.length > 0) await this.#send(this.exact.remove(dropped));
    }
  }

  /** Rows as they were read: those that a commit has changed since are newer than that. */
  #takeRead(rows: readonly Row[]): Promise<void> {
    if (this.#state === "closed") return Promise.resolve();
    const fresh = rows.filter(({ oid, vector }) => !this.#decided.has(oid) && !isWordless(vector));
    const held: Row[] = [];
    for (const row of fresh) {
      const covered = row.born <= this.book.watermark && this.book.size >= this.#options.threshold();
      if (covered) this.book.set(row.oid, row.born, false);
      else held.push(row);
    }
    return this.#add(held);
  }

  #add(rows: readonly Row[]): Promise<void> {
    if (rows.length === 0) return Promise.resolve();
    for (const { oid, born } of rows) this.book.set(oid, born, true);
    const vectors = packed(rows.map(({ vector }) => vector), this.space.dimensions);
    return this.#send(this.exact.add(rows.map(({ oid }) => oid), vectors));
  }

  async #send(sent: Promise<void>): Promise<void> {
    try {
      await sent;
    } catch (error) {
      if (this.#state !== "closed") this.#options.fail(error);
    }
  }
}
