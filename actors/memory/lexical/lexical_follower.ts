/**
 * Keeps the lexical index in step with the image: caught up from the log when it is opened, fed with every thought that
 * is decided, made anew when its file is damaged or of another life of the image. What is wrong is said, and tried again.
 * It is long, as opening, filling and catching up share one state, in which nothing decided may fall between two.
 */
import { type CommittedThought, parsePosition, type Store } from "../../../kv/mod.ts";
import { LexicalError, type LexicalIndex } from "../../../vector/mod.ts";
import type { PartStatus } from "../../system/mod.ts";
import { Pacer } from "../pacer.ts";
import { Readiness } from "../readiness.ts";
import {
  FILLING_WAITED_FOR_MAX,
  PURGE_WAIT_MS,
  REOPEN_MS,
  REOPEN_MS_MAX,
  SILENT_THOUGHTS_MAX,
  WORDS_WAIT_MS,
} from "./limits.ts";
import { allRows, changesAfter, changesOf, pastRows } from "./read_changes.ts";

export interface LexicalFollowerOptions {
  readonly store: Store;
  /** Opens the index over a file of the image. */
  readonly start: (options: {
    readonly path: string;
    readonly image: string;
    readonly onFailure: (error: unknown) => void;
  }) => Promise<LexicalIndex>;
  /** About how many texts there are, for the progress. */
  readonly expected: () => number;
  readonly onStatus: () => void;
}

export class LexicalFollower {
  readonly #options: LexicalFollowerOptions;
  /** Thoughts since the watermark that changed no words. */
  #silent = 0;
  /** The horizon of history that the index has heard of. */
  #prunedUpTo = "";
  readonly #closing = new AbortController();
  readonly #readiness = new Readiness();
  #index: LexicalIndex | null = null;
  /** Whether what is decided is handed over as it is heard of. */
  #live = false;
  #status: PartStatus = { state: "starting", detail: "it is being opened" };
  #running: Promise<void> = Promise.resolve();
  #broken = Promise.withResolvers<void>();
  /** The file is to be removed before it is opened again. */
  #isDamaged = false;
  /** Why the file was made anew, if it was. */
  #renewed: string | null = null;
  #rebuilds: PromiseWithResolvers<void>[] = [];

  constructor(options: LexicalFollowerOptions) {
    this.#options = options;
  }

  get status(): PartStatus {
    return this.#status;
  }

  /** Why the index was made anew since it was opened; null when it was not. */
  get renewed(): string | null {
    return this.#renewed;
  }

  get rows(): number {
    return this.#index?.state.rows ?? 0;
  }

  /** The index when everything decided is in it, or null after a bounded wait. */
  async ready(signal?: AbortSignal): Promise<LexicalIndex | null> {
    const look = () => this.#live ? this.#index : null;
    if (look() !== null || this.#status.state === "failed") return look();
    const takesLong = this.#status.progress !== undefined &&
      this.#options.expected() > FILLING_WAITED_FOR_MAX;
    if (takesLong) return null;
    const closing = this.#closing.signal;
    const over = AbortSignal.timeout(WORDS_WAIT_MS);
    const waited = this.#readiness.wait(look, {
      what: "The lexical index",
      why: () => this.#status.detail ?? "it is being opened",
      waitMs: 2 * WORDS_WAIT_MS,
      signal: AbortSignal.any([closing, over, ...(signal === undefined ? [] : [signal])]),
    });
    try {
      return await waited;
    } catch (error) {
      signal?.throwIfAborted();
      if (over.aborted || closing.aborted) return null;
      throw error;
    }
  }

  start(): void {
    this.#running = this.#run();
  }

  committed(thoughts: readonly CommittedThought[]): void {
    if (!this.#live || this.#index === null) return;
    const changes = changesOf(thoughts);
    this.#silent += thoughts.length;
    // Thoughts without words move the watermark now and then: after a crash they are read from the log once more.
    if (changes.length === 0 && this.#silent < SILENT_THOUGHTS_MAX) return;
    this.#silent = 0;
    this.#hand(this.#index.apply(changes, thoughts.at(-1)!.position));
    this.#prune(this.#index);
  }

  /** Empties the index and fills it again from the store. Resolves when it is whole. @throws why it cannot be */
  async rebuild(): Promise<void> {
    this.#closing.signal.throwIfAborted();
    const done = Promise.withResolvers<void>();
    this.#rebuilds.push(done);
    this.#live = false;
    this.#broken.resolve();
    await done.promise;
  }

  /** Takes every byte of some rows out of the file. @throws {UnavailableError} when it is not there for too long; {LexicalError} */
  async purge(oids: readonly string[]): Promise<void> {
    const index = await this.#readiness.wait(() => this.#live ? this.#index : null, {
      what: "The lexical index",
      why: () => this.#status.detail ?? "it is being opened",
      waitMs: PURGE_WAIT_MS,
      signal: this.#closing.signal,
    });
    await index.forget(oids);
    await index.compact();
  }

  /** How far it is filled, 0 to 1. */
  get progress(): number {
    return this.#live ? 1 : this.#status.progress ?? 0;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#broken.resolve();
    await this.#running;
    for (const { reject } of this.#rebuilds) reject(new Error("The memory is closed"));
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    let waitMs = REOPEN_MS;
    while (!signal.aborted) {
      const wanted = this.#rebuilds;
      try {
        this.#broken = Promise.withResolvers<void>();
        await this.#serve(signal, wanted);
        waitMs = REOPEN_MS;
        await this.#broken.promise;
      } catch (error) {
        if (!signal.aborted) {
          this.#say({ state: "failed", detail: messageOf(error) });
          this.#giveUp(wanted, error);
        }
      }
      this.#live = false;
      await this.#letGo();
      // Asked for, it begins at once.
      if (signal.aborted || this.#rebuilds.length > 0) continue;
      await untilAborted(waitMs, signal);
      waitMs = Math.min(2 * waitMs, REOPEN_MS_MAX);
    }
  }

  /** Who asked for a rebuild hears why there is none; with a damaged file it is tried once more, without that file. */
  #giveUp(wanted: readonly PromiseWithResolvers<void>[], error: unknown): void {
    if (this.#isDamaged) return;
    this.#rebuilds = this.#rebuilds.filter((each) => !wanted.includes(each));
    for (const { reject } of wanted) reject(error);
  }

  /** Opens the index and brings it up to the last thought. */
  async #serve(signal: AbortSignal, wanted: readonly PromiseWithResolvers<void>[]): Promise<void> {
    const { store } = this.#options;
    this.#say({ state: "starting", detail: "it is being opened" });
    const index = this.#index = await this.#open();
    const { watermark } = index.state;
    if (wanted.length > 0 || watermark === "" || isOfAnotherLife(watermark, store.position)) {
      await this.#fill(index, signal, { beside: wanted.length > 0 });
    }
    await this.#catchUp(index, signal);
    this.#say({ state: "ready" });
    this.#rebuilds = this.#rebuilds.filter((each) => !wanted.includes(each));
    for (const { resolve } of wanted) resolve();
  }

  async #open(): Promise<LexicalIndex> {
    const { store, start } = this.#options;
    const path = `${store.folder}/lexical.sqlite`;
    const onFailure = (error: unknown) => {
      this.#live = false;
      if (isDamaged(error)) this.#isDamaged = true;
      this.#say({ state: "failed", detail: messageOf(error) });
      this.#broken.resolve();
    };
    const options = { path, image: store.imageId, onFailure };
    if (this.#isDamaged) await this.#renew(path, "its file was damaged");
    try {
      return await start(options);
    } catch (error) {
      if (!isDamaged(error)) throw error;
      await this.#renew(path, messageOf(error));
      return await start(options);
    }
  }

  async #renew(path: string, why: string): Promise<void> {
    this.#isDamaged = false;
    this.#renewed = why;
    for (const each of [path, `${path}-wal`, `${path}-shm`]) {
      await Deno.remove(each).catch((error) => {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      });
    }
  }

  /** One that was asked for is made `beside` those who search by meaning meanwhile; else words are missed until it is whole. */
  async #fill(
    index: LexicalIndex,
    signal: AbortSignal,
    { beside }: { readonly beside: boolean },
  ): Promise<void> {
    const { store, expected } = this.#options;
    const upTo = store.position;
    await index.clear();
    const pacer = new Pacer();
    let filled = 0;
    for await (const { rows } of allRows(store, signal)) {
      if (rows.length > 0) await index.fill(rows);
      filled += rows.length;
      const all = Math.max(expected(), filled);
      this.#say({
        state: "starting",
        progress: all === 0 ? 0 : filled / all,
        detail: `it is being filled: ${filled} of ${all} texts`,
      });
      if (beside) await pacer.rest(signal);
    }
    for await (const past of pastRows(store, upTo, signal)) {
      await index.fill([], past);
      if (beside) await pacer.rest(signal);
    }
    await index.apply([], upTo);
  }

  /** What is decided while it reads is in the log too; at its end nothing is awaited before it is live. */
  async #catchUp(index: LexicalIndex, signal: AbortSignal): Promise<void> {
    const { store } = this.#options;
    let { watermark } = index.state;
    while (watermark < store.position) {
      signal.throwIfAborted();
      const { changes, upTo } = await changesAfter(store, watermark);
      if (upTo === null) throw new Error(`The log ends at ${watermark}, before ${store.position}`);
      this.#hand(index.apply(changes, upTo));
      watermark = upTo;
    }
    this.#live = true;
    this.#prunedUpTo = "";
    this.#prune(index);
  }

  /** What history has let go of is found no more as of a time before. */
  #prune(index: LexicalIndex): void {
    const { horizon } = this.#options.store.history;
    if (horizon === this.#prunedUpTo) return;
    this.#prunedUpTo = horizon;
    this.#hand(index.prune(horizon));
  }

  /** What goes wrong ends the index, and is heard of there. */
  #hand(applied: Promise<void>): void {
    applied.catch((error) => {
      if (!(error instanceof LexicalError)) throw error;
    });
  }

  async #letGo(): Promise<void> {
    const index = this.#index;
    this.#index = null;
    try {
      await index?.close();
    } catch (error) {
      if (!(error instanceof LexicalError)) throw error;
    }
  }

  #say(status: PartStatus): void {
    this.#status = status;
    this.#readiness.changed();
    this.#options.onStatus();
  }
}

/** Whether the file is of a time that this image has not reached, or of another epoch of it. */
function isOfAnotherLife(watermark: string, position: string): boolean {
  return watermark > position || parsePosition(watermark).epoch !== parsePosition(position).epoch;
}

/** Resolves after a time, or as soon as the signal aborts. */
async function untilAborted(waitMs: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, waitMs);
  const stop = () => resolve();
  signal.addEventListener("abort", stop, { once: true });
  await promise;
  clearTimeout(timer);
  signal.removeEventListener("abort", stop);
}

function isDamaged(error: unknown): boolean {
  return error instanceof LexicalError && error.code === "lexical_damaged";
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
