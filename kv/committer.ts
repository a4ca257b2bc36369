/**
 * Decides thoughts: one head, one order. A single ready thought goes straight into an atomic operation; thoughts
 * that get ready while one is under way share the next, oldest first, unless one has read or replaces something else
 * than what those before it leave. Every atomic operation checks and sets the head.
 * It is long, as the one order of all thoughts is made here.
 */
import { type Batch, submitBatch, takeBatch } from "./batch.ts";
import { BusyError, ConflictError, StoreClosedError, toStoreError } from "./errors.ts";
import { type Head, type HeadForm, readHead, toHead } from "./head.ts";
import { encodeKey, keys } from "./keys.ts";
import { lostHeadsMax, waitingThoughtsMax } from "./limits.ts";
import type { Log, PlacedThought } from "./log.ts";
import { formatPosition, parsePosition, type Position } from "./position.ts";
import type { Prepared } from "./plan.ts";
import { validate } from "./prepare.ts";
import { Publisher } from "./publisher.ts";
import type { Reader } from "./reader.ts";
import { finishRedo } from "./redo.ts";
import { type StagedValue, StagedValues } from "./staged.ts";
import type { Versions } from "./versions.ts";
import { type Changed, WriteRing } from "./write_ring.ts";

export type Decision =
  | { readonly type: "decided"; readonly position: Position; readonly at: number }
  | { readonly type: "outdated"; readonly outdated: Changed };

export interface Waiting {
  readonly prepared: Prepared;
  /** The thought may pass a gate that is closed for others. */
  readonly pass: symbol | null;
  readonly resolve: (decision: Decision) => void;
  readonly reject: (error: unknown) => void;
}

interface Decided {
  readonly form: HeadForm;
  readonly at: readonly number[];
  readonly versionstamp: string;
}

export interface CommitterOptions {
  readonly reader: Reader;
  readonly log: Log;
  readonly versions: Versions;
  readonly head: Head;
  readonly clock: () => number;
  readonly newId: () => string;
  readonly crash: (point: string) => void;
  readonly report: (error: unknown) => void;
}

export class Committer {
  readonly ring = new WriteRing();
  /** What the thoughts that wait are going to write. */
  readonly stagedValues = new StagedValues();
  readonly #options: CommitterOptions;
  readonly #queue: Waiting[] = [];
  readonly publisher: Publisher;
  readonly counts = { atomics: 0, thoughts: 0, outdated: 0, lostHeads: 0, groupLargest: 0, large: 0 };
  #head: Head;
  #decided = 0;
  #running: Promise<void> | null = null;
  #deciding: Promise<void> | null = null;
  #gate: { readonly pass: symbol; readonly opened: Promise<void> } | null = null;
  #wake: (() => void) | null = null;
  #closed = false;

  readonly report: (error: unknown) => void;

  constructor(options: CommitterOptions) {
    this.#options = options;
    this.report = options.report;
    this.#head = options.head;
    this.publisher = new Publisher(options.head, options);
  }

  get reader(): Reader {
    return this.#options.reader;
  }

  staged(encoded: string): StagedValue | undefined {
    return this.stagedValues.find(encoded);
  }

  get decided(): number {
    return this.#decided;
  }

  get published(): number {
    return this.publisher.sequence;
  }

  get head(): Head {
    return this.#head;
  }

  /** The last thought that every listener has heard of. */
  get position(): Position {
    return this.publisher.position;
  }

  get at(): number {
    return this.publisher.at;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  /** Resolves once what is being decided, if anything, is known here to be decided or not. */
  async settled(): Promise<void> {
    if (this.#deciding !== null) await this.#deciding;
  }

  get log(): Log {
    return this.#options.log;
  }

  /** Lets only the thought with this pass be decided, until it is opened; false when it is closed already. */
  closeGate(pass: symbol, opened: Promise<void>): boolean {
    if (this.#gate !== null) return false;
    const gate = { pass, opened };
    this.#gate = gate;
    opened.then(() => {
      if (this.#gate === gate) this.#gate = null;
    });
    return true;
  }

  submit(prepared: Prepared, pass: symbol | null): Promise<Decision> {
    const { promise, resolve, reject } = Promise.withResolvers<Decision>();
    const waiting = this.#waiting(prepared, pass, { resolve, reject });
    if (this.#closed) waiting.reject(new StoreClosedError());
    else if (this.#queue.length >= waitingThoughtsMax) waiting.reject(new BusyError(waitingThoughtsMax));
    else this.#enqueue(waiting);
    return promise;
  }

  #enqueue(waiting: Waiting): void {
    this.#queue.push(waiting);
    if (this.#running === null) this.#start();
    else this.#wake?.();
  }

  #waiting(
    prepared: Prepared,
    pass: symbol | null,
    { resolve, reject }: Pick<Waiting, "resolve" | "reject">,
  ): Waiting {
    const fail = () => {
      prepared.fate.failed = true;
      this.stagedValues.remove(prepared);
    };
    return {
      prepared,
      pass,
      resolve: (decision) => {
        if (decision.type === "outdated") fail();
        else this.stagedValues.remove(prepared);
        resolve(decision);
      },
      reject: (error) => {
        fail();
        reject(error);
      },
    };
  }

  #start(): void {
    const running = this.#run().finally(() => {
      this.#running = null;
      if (this.#queue.length > 0 && !this.#closed) this.#start();
    });
    this.#running = running;
    running.catch(this.report);
  }

  /** Takes no more thoughts and waits until those taken are decided and published. */
  async close(): Promise<void> {
    this.#closed = true;
    while (this.#running !== null) await this.#running;
    await this.publisher.settled();
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      const { batch, outdated } = takeBatch(this.#queue, this.ring, this.#gate?.pass ?? null);
      for (const [waiting, changed] of outdated) this.#refuse(waiting, changed);
      if (batch.length > 0) await (this.#deciding = this.#decide(batch));
      else if (this.#queue.length > 0 && this.#gate !== null) await this.#passOrOpening(this.#gate.opened);
      this.#deciding = null;
    }
  }

  /** Until the gate opens or a thought arrives, which may be the one that has the pass. */
  async #passOrOpening(opened: Promise<void>): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    await Promise.race([opened, promise]);
    this.#wake = null;
  }

  #refuse(waiting: Waiting, outdated: Changed): void {
    this.counts.outdated++;
    waiting.resolve({ type: "outdated", outdated });
  }

  /** Submits a batch; one that the store refuses as a whole is tried thought by thought. */
  async #decide(batch: Waiting[]): Promise<void> {
    let left = batch;
    let decided: Decided | null = null;
    try {
      if (this.#options.versions.full) await this.#options.versions.flush();
      if (this.#head.redo !== null) await this.#finishLarge();
      for (let lost = 0; left.length > 0 && decided === null; lost++) {
        if (lost > lostHeadsMax) return this.#giveUp(left);
        decided = await this.#submit(left);
        if (decided === null) left = left.filter((waiting) => this.#isCurrent(waiting));
      }
    } catch (cause) {
      if (left.length === 1) return left[0]!.reject(toStoreError(cause));
      // One that follows another which was refused is told so.
      for (const waiting of left) if (this.#isCurrent(waiting)) await this.#decide([waiting]);
      return;
    }
    if (decided !== null) await this.#conclude(left, decided);
  }

  /** Whether the thought's reads still hold; if not, it is told so. */
  #isCurrent(waiting: Waiting): boolean {
    const changed = validate(this.ring, waiting.prepared);
    if (changed !== null) this.#refuse(waiting, changed);
    return changed === null;
  }

  #giveUp(left: readonly Waiting[]): void {
    const details = { keys: [keys.head()], other: null, attempts: lostHeadsMax };
    const error = new ConflictError("Cannot commit as other processes kept committing first", details);
    for (const { reject } of left) reject(error);
  }

  /** The decision, or null when another process was first, whose thoughts are then known here. */
  async #submit(waiting: readonly Waiting[]): Promise<Decided | null> {
    const { reader, clock, newId } = this.#options;
    const batch: Batch = {
      thoughts: waiting.map(({ prepared }) => prepared),
      head: this.#head,
      now: clock(),
    };
    const { form, at, versionstamp, error } = await submitBatch(reader.kv, batch, newId);
    if (versionstamp !== null) return { form, at, versionstamp };
    if (error === null) {
      this.counts.lostHeads++;
      await this.#catchUp();
      return null;
    }
    if (!(await this.#isDecided(batch))) throw error;
    return { form, at, versionstamp: (await this.#readHead()).versionstamp };
  }

  /** Whoever waits is answered before a large thought is applied: until then all reads see it laid over the store. */
  async #conclude(waiting: readonly Waiting[], { form, at, versionstamp }: Decided): Promise<void> {
    const { crash, reader } = this.#options;
    this.#take(waiting, form, versionstamp);
    crash("commit.decided");
    const { large } = waiting[0]!.prepared;
    if (large !== null) reader.setOverlay({ writes: large.overlay, versionstamp });
    this.publisher.publish(waiting, { epoch: form.epoch, versionstamp, at, sequence: this.#decided });
    if (large !== null) await this.#applyLarge();
    crash("commit.applied");
  }

  /** The decision is made: head, ring and the tail of the versions say so before anything else runs. */
  #take(waiting: readonly Waiting[], form: HeadForm, versionstamp: string): void {
    this.#head = toHead(form, versionstamp);
    this.counts.atomics++;
    this.counts.thoughts += waiting.length;
    this.counts.groupLargest = Math.max(this.counts.groupLargest, waiting.length);
    for (let n = 0; n < waiting.length; n++) {
      const { prepared } = waiting[n]!;
      prepared.fate.sequence = ++this.#decided;
      this.ring.add(prepared.written, this.#decided, prepared.id);
      const position = n === waiting.length - 1
        ? this.#head.position
        : formatPosition(form.epoch, versionstamp, n);
      this.#options.versions.add(position, prepared.changedKeys);
    }
  }

  /** The decision stands whatever happens here: what cannot be applied now is applied before the next thought. */
  async #applyLarge(): Promise<void> {
    this.counts.large++;
    try {
      await this.#finishLarge();
    } catch (error) {
      this.#options.report(error);
    }
  }

  async #finishLarge(): Promise<void> {
    const { reader } = this.#options;
    this.#head = await finishRedo(reader.kv, this.#head);
    reader.setOverlay(null);
  }

  async #readHead(): Promise<Head> {
    return readHead(await this.#options.reader.kv.get(keys.head()));
  }

  /** After an answer that is no answer: whether the log holds the batch all the same. */
  async #isDecided(batch: Batch): Promise<boolean> {
    const head = await this.#readHead();
    if (head.versionstamp === this.#head.versionstamp) return false;
    const { epoch, versionstamp } = parsePosition(formatPosition(head.epoch, head.versionstamp, 0));
    const placed = await this.#options.log.find(formatPosition(epoch, versionstamp, 0));
    return placed?.thought.id === batch.thoughts[0]!.id;
  }

  /** Another process committed: its thoughts become known here, and listeners hear of them. */
  async #catchUp(): Promise<void> {
    const { reader, log, versions } = this.#options;
    let head = await this.#readHead();
    const known = this.#head;
    const foreign: PlacedThought[] = [];
    for await (const placed of log.scan({ after: known.position })) {
      if (placed.position > head.position) break;
      foreign.push(placed);
    }
    head = await finishRedo(reader.kv, head);
    this.#head = head;
    const sequence = ++this.#decided;
    if (head.epoch !== known.epoch) this.ring.forget(sequence);
    for (const { position, thought } of foreign) {
      const changed = thought.changes.map(([key]) => key);
      this.ring.add([...changed, ...(thought.others ?? [])].map(encodeKey), sequence, thought.id);
      versions.add(position, changed);
    }
    await this.publisher.publishForeign(foreign, sequence);
  }
}
