/**
 * What the archive serves at this moment: the manifest, the process that has its graphs open, its lists, and the masks. A
 * dead process is replaced, its segments checked again, and searches that were under way asked again; a new manifest takes
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
import { ListedSegment } from "./listed_segment.ts";
import { loadArchive } from "./load_archive.ts";
import type { ArchiveManifest } from "./manifest.ts";
import { Masks } from "./masks.ts";
import type { SegmentToOpen } from "./messages.ts";
import { Searcher, SearcherGone } from "./searcher.ts";

/** What is wanted of a search: `width` rows are looked at first. */
export interface SearchOrder {
  readonly query: Float32Array;
  readonly k: number;
  readonly width: number;
  readonly excluded: (hit: SegmentHit) => boolean;
}

/** A segment that is open and does not serve yet. */
export interface OpenedSegment {
  readonly file: string;
  readonly searcher: Searcher;
  readonly listed: ListedSegment | null;
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
  readonly #kernel: WebAssembly.Module;
  readonly #clock: () => number;
  readonly #onRevived: () => void;
  #generation = new Generation(null, [], new Map());
  #searcher: Searcher | null = null;
  #reviving: Promise<void> | null = null;
  #releasing: Promise<void> = Promise.resolve();
  #starts: number[] = [];
  #closed = false;

  constructor(
    folder: string,
    options: {
      spawn: () => Deno.ChildProcess;
      kernel: WebAssembly.Module;
      clock: () => number;
      onRevived: () => void;
    },
  ) {
    this.#folder = folder;
    this.#spawn = options.spawn;
    this.#kernel = options.kernel;
    this.#clock = options.clock;
    this.#onRevived = options.onRevived;
  }

  /** Why the searcher serves no more, when it is needed; null otherwise. */
  get goneReason(): string | null {
    return this.#generation.searcher?.goneReason ?? null;
  }

  /** Reads the disk and opens what is good. */
  async load(): Promise<void> {
    const loaded = await loadArchive(this.#folder, {
      open: async (segment) => (await this.#openIn(this.#startedSearcher(), segment)).listed,
      searcher: () => this.#startedSearcher(),
    });
    this.manifest = loaded.manifest;
    this.nextSequence = Math.max(this.nextSequence, loaded.nextSequence);
    this.problems = loaded.problems;
    for (const [id, position] of loaded.manifest?.masked ?? []) this.masks.add(id, position);
    const segments = loaded.manifest?.segments ?? [];
    const searcher = segments.length === 0 ? null : this.#searcher;
    const old = this.#generation;
    this.#generation = new Generation(searcher, segments, loaded.listed);
    // All was opened anew: what it had open here is let go after its last search.
    this.#releasing = this.#releasing.then(() => closeLists(old, old.listed.keys()));
  }

  /** Opens a new segment in a living searcher. Throws with the reason when it is not what it must be. */
  async open(segment: SegmentToOpen): Promise<OpenedSegment> {
    if (this.#searcher?.goneReason) await this.#revive(this.#generation);
    return await this.#openIn(this.#startedSearcher(), segment);
  }

  /** Lets go of a segment that is not to serve after all. */
  async discard({ file, searcher, listed }: OpenedSegment): Promise<void> {
    listed?.close();
    if (searcher.goneReason === null) await searcher.release(file);
  }

  /**
   * Makes `manifest`, which is on the disk, the one that serves; `opened` is its new segment. Segments that it has no
   * more are let go after their last search.
   */
  async publish(manifest: ArchiveManifest, opened: OpenedSegment | null): Promise<void> {
    const old = this.#generation;
    const searcher = opened?.searcher ?? this.#searcher;
    if (searcher !== this.#searcher || searcher?.goneReason) {
      opened?.listed?.close();
      await this.#revive(old);
    } else {
      this.manifest = manifest;
      this.problems = [];
      this.notes = [];
      const serves = manifest.segments.length === 0 ? null : searcher;
      this.#generation = new Generation(serves, manifest.segments, listedAfter(manifest, old, opened));
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
    await closeLists(this.#generation, this.#generation.listed.keys());
  }

  /** Looks at more and more rows until `k` of them may be answered, or there are no more. */
  async #searchIn(generation: Generation, searcher: Searcher, order: SearchOrder): Promise<SegmentHit[]> {
    const width = order.width + this.#maskedAmong(order.width, generation);
    for (let count = Math.min(width, searchWidthMax);; count = Math.min(count * 4, searchWidthMax)) {
      const hits = await this.#hitsOf(generation, searcher, order.query, count);
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

  /** The `count` best of all segments: of what their lists are sure of, and for the others of what their graphs find. */
  async #hitsOf(
    generation: Generation,
    searcher: Searcher,
    query: Float32Array,
    count: number,
  ): Promise<SegmentHit[]> {
    // Lists could answer without it; but then nobody would start another.
    if (searcher.goneReason !== null) throw new SearcherGone(searcher.goneReason);
    const found: SegmentHit[] = [];
    const unsure: string[] = [];
    await Promise.all(generation.segments.map(async ({ file }) => {
      const hits = await generation.listed.get(file)?.search(query, count) ?? null;
      if (hits === null) unsure.push(file);
      else found.push(...hits);
    }));
    if (unsure.length > 0) found.push(...await searcher.search(unsure, query, count));
    if (generation.segments.length === 1) return found;
    return found.sort((one, two) => two.score - one.score).slice(0, count);
  }

  async #openIn(searcher: Searcher, segment: SegmentToOpen): Promise<OpenedSegment> {
    const listed = await ListedSegment.open(segment, this.#kernel);
    try {
      await searcher.open(segment);
    } catch (error) {
      listed?.close();
      throw error;
    }
    return { file: segment.segment, searcher, listed };
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
    await closeLists(old, files);
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

/** Closes lists of a generation after its last search. */
async function closeLists(generation: Generation, files: Iterable<string>): Promise<void> {
  await generation.idle();
  for (const file of files) generation.listed.get(file)?.close();
}

/** The lists that serve with a new manifest: those that served of its segments, and those of the new one. */
function listedAfter(
  { segments }: ArchiveManifest,
  old: Generation,
  opened: OpenedSegment | null,
): ReadonlyMap<string, ListedSegment> {
  const listed = new Map<string, ListedSegment>();
  for (const { file } of segments) {
    const lists = file === opened?.file ? opened.listed : old.listed.get(file);
    if (lists) listed.set(file, lists);
  }
  return listed;
}
