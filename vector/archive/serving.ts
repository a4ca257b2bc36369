/**
 * What the archive serves at this moment: the manifest, the process that has its segments open, and the masks. A dead
 * process is replaced, its segments checked again, and searches that were under way asked again; a new manifest takes
 * the place of the old between two searches.
 */
import { unavailable } from "./archive_checks.ts";
import { Generation } from "./generation.ts";
import type { SegmentHit } from "./hit_records.ts";
import {
  maskedMax,
  maskedSlackMin,
  searcherRestartsMax,
  searcherRestartWindowMs,
  searchRetriesMax,
  searchWidthMax,
} from "./limits.ts";
import { loadArchive } from "./load_archive.ts";
import type { ArchiveManifest } from "./manifest.ts";
import { Masks } from "./masks.ts";
import { Searcher, SearcherGone } from "./searcher.ts";

/** What is wanted of a search: `width` rows are looked at first. */
export interface SearchOrder {
  readonly query: Float32Array;
  readonly k: number;
  readonly width: number;
  readonly excluded: (hit: SegmentHit) => boolean;
}

/** See the head of this file. */
export class Serving {
  readonly masks = new Masks();
  manifest: ArchiveManifest | null = null;
  /** Why less serves than was sealed. */
  problems: readonly string[] = [];
  /** What else is not as it should be: files or mappings that were not let go. */
  notes: readonly string[] = [];
  nextSequence = 1;
  readonly #folder: string;
  readonly #spawn: () => Deno.ChildProcess;
  readonly #clock: () => number;
  readonly #onRevived: () => void;
  #generation = new Generation(null, []);
  #searcher: Searcher | null = null;
  #reviving: Promise<void> | null = null;
  #releasing: Promise<void> = Promise.resolve();
  #starts: number[] = [];
  #closed = false;

  constructor(
    folder: string,
    options: { spawn: () => Deno.ChildProcess; clock: () => number; onRevived: () => void },
  ) {
    this.#folder = folder;
    this.#spawn = options.spawn;
    this.#clock = options.clock;
    this.#onRevived = options.onRevived;
  }

  /** Why the searcher serves no more, when it is needed; null otherwise. */
  get goneReason(): string | null {
    return this.#generation.searcher?.goneReason ?? null;
  }

  /** Reads the disk and opens what is good. */
  async load(): Promise<void> {
    const loaded = await loadArchive(this.#folder, () => this.#startedSearcher());
    this.manifest = loaded.manifest;
    this.nextSequence = Math.max(this.nextSequence, loaded.nextSequence);
    this.problems = loaded.problems;
    for (const [id, position] of loaded.manifest?.masked ?? []) this.masks.add(id, position);
    const segments = loaded.manifest?.segments ?? [];
    this.#generation = new Generation(segments.length === 0 ? null : this.#searcher, segments);
  }

  /** A living searcher, to open a new segment in. */
  async livingSearcher(): Promise<Searcher> {
    if (this.#searcher?.goneReason) await this.#revive(this.#generation);
    return this.#startedSearcher();
  }

  /**
   * Makes `manifest`, which is on the disk, the one that serves; `opened` is the searcher that opened its new segment.
   * Segments that it has no more are let go after their last search.
   */
  async publish(manifest: ArchiveManifest, opened: Searcher | null): Promise<void> {
    const old = this.#generation;
    const searcher = opened ?? this.#searcher;
    if (searcher !== this.#searcher || searcher?.goneReason) await this.#revive(old);
    else {
      this.manifest = manifest;
      this.problems = [];
      this.notes = [];
      this.#generation = new Generation(manifest.segments.length === 0 ? null : searcher, manifest.segments);
    }
    const serving = new Set(manifest.segments.map(({ file }) => file));
    const dropped = old.segments.filter(({ file }) => !serving.has(file));
    // In order, since a generation that still has searches may share segments with the one after it.
    this.#releasing = this.#releasing.then(() => this.#release(old, dropped.map(({ file }) => file)));
  }

  /** Resolves when the segments dropped so far are let go. */
  released(): Promise<void> {
    return this.#releasing;
  }

  /** Searches the segments that serve; asks again when the searcher dies under it. */
  async search(order: SearchOrder): Promise<SegmentHit[]> {
    for (let attempt = 0;; attempt++) {
      const generation = this.#generation;
      const { searcher } = generation;
      if (searcher === null || this.masks.size > maskedMax) return [];
      try {
        return await generation.use(() => this.#searchIn(generation, searcher, order));
      } catch (error) {
        if (!(error instanceof SearcherGone)) throw error;
        if (this.#closed || attempt === searchRetriesMax) throw unavailable(error);
        await this.#revive(generation);
      }
    }
  }

  /** Ends the searcher; searches under way fail. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#searcher?.close();
  }

  /** Looks at more and more rows until `k` of them may be answered, or there are no more. */
  async #searchIn(generation: Generation, searcher: Searcher, order: SearchOrder): Promise<SegmentHit[]> {
    const files = generation.segments.map(({ file }) => file);
    const width = order.width + this.#maskedAmong(order.width, generation);
    for (let count = Math.min(width, searchWidthMax);; count = Math.min(count * 4, searchWidthMax)) {
      const hits = await searcher.search(files, order.query, count);
      const shown = new Map<string, SegmentHit>();
      for (const hit of hits) {
        if (this.masks.hides(hit.id, hit.born) || order.excluded(hit)) continue;
        const known = shown.get(hit.id);
        if (known === undefined || known.born < hit.born) shown.set(hit.id, hit);
      }
      if (shown.size >= order.k || hits.length < count || count === searchWidthMax) {
        return [...shown.values()].sort((one, two) => two.score - one.score).slice(0, order.k);
      }
    }
  }

  /** Masked rows that are likely to be among the nearest: looked at too, so that few searches have to be widened. */
  #maskedAmong(width: number, { segments }: Generation): number {
    const rows = segments.reduce((sum, each) => sum + each.rows, 0);
    const expected = width * this.masks.size / rows;
    return Math.min(this.masks.size, maskedSlackMin + Math.ceil(2 * expected));
  }

  #startedSearcher(): Searcher {
    this.#searcher ??= Searcher.start(this.#spawn);
    return this.#searcher;
  }

  /** Starts a searcher in the place of a dead one and opens again what is good; many callers share one attempt. */
  #revive(dead: Generation): Promise<void> {
    if (this.#generation !== dead) return Promise.resolve();
    this.#reviving ??= this.#restart().finally(() => this.#reviving = null);
    return this.#reviving;
  }

  async #restart(): Promise<void> {
    const now = this.#clock();
    this.#starts = this.#starts.filter((at) => at > now - searcherRestartWindowMs);
    if (this.#starts.length >= searcherRestartsMax) {
      const reason = this.#searcher?.goneReason ?? "the searcher is gone";
      throw unavailable(
        new SearcherGone(`${reason}; it was started ${searcherRestartsMax} times within a minute`),
      );
    }
    this.#starts.push(now);
    const dead = this.#searcher;
    this.#searcher = null;
    await dead?.close();
    await this.load();
    this.#onRevived();
  }

  async #release(old: Generation, files: readonly string[]): Promise<void> {
    await old.idle();
    try {
      for (const file of files) await old.searcher?.release(file);
    } catch (error) {
      // A searcher that is gone has let go of everything.
      if (!(error instanceof SearcherGone)) {
        this.notes = [`an old segment stays open: ${error}`];
      }
    }
  }
}
