/**
 * The archive (L2): sealed segments in one folder, memory-mapped graphs that are searched in a process of their own, and
 * inverted lists that answer before them what they are sure of. Sealing builds a segment in another process, verifies it,
 * and swaps it in by an atomic rename and a manifest write; searches neither fail nor wait meanwhile, and an old segment is
 * let go after its last search. What is damaged does not serve: the last good segments do, and `health` says why.
 */
import { checkQuery, checkSeal, unavailable } from "./archive_checks.ts";
import type { ArchiveHealth, ArchiveHit, ArchiveOptions, SealOptions } from "./archive_options.ts";
import { type ArchiveRow, runBuilder } from "./build_process.ts";
import { ArchiveError } from "./errors.ts";
import { compileKernel } from "./list_layout.ts";
import { maskedMax, searchesInFlightMax, segmentsMax } from "./limits.ts";
import type { ArchiveManifest } from "./manifest.ts";
import type { BuiltSegment } from "./messages.ts";
import { nextManifest } from "./next_manifest.ts";
import { SearcherGone } from "./searcher.ts";
import { runToMerge, type SegmentRun } from "./segment_run.ts";
import { type OpenedSegment, Serving } from "./serving.ts";
import { swapIn, sweepFolder } from "./swap.ts";

/** A segment that was built and waits to be swapped in. */
interface Candidate {
  readonly file: string;
  readonly path: string;
  readonly built: BuiltSegment;
}

/** See the head of this file. */
export class Archive {
  readonly folder: string;
  readonly #options: ArchiveOptions;
  readonly #serving: Serving;
  #searches = 0;
  #sealing: Promise<ArchiveManifest> | null = null;
  readonly #closing = new AbortController();

  private constructor(folder: string, options: ArchiveOptions) {
    this.folder = folder;
    this.#options = options;
    this.#serving = new Serving(folder, {
      spawn: options.spawn,
      kernel: compileKernel(options.kernel),
      clock: options.clock ?? Date.now,
      onRevived: () => options.onChanged?.(this.health),
    });
  }

  /**
   * Opens or makes the archive in `folder`, which nobody else may use. Damage is no error: see `health`. The caller
   * then masks every death since `watermark`. Throws `archive_folder`, `archive_newer`, `archive_unavailable`.
   */
  static async open(folder: string, options: ArchiveOptions): Promise<Archive> {
    const archive = new Archive(folder, options);
    try {
      await Deno.mkdir(folder, { recursive: true });
      await sweepFolder(folder);
    } catch (cause) {
      if (cause instanceof ArchiveError) throw cause;
      throw new ArchiveError(
        "archive_folder",
        `Cannot open the archive as folder "${folder}" must be writable: ${cause}`,
        {
          hint: "Give a folder that can be written, or free the disk",
          details: { folder },
          cause,
        },
      );
    }
    try {
      await archive.#serving.load();
    } catch (error) {
      await archive.close();
      throw error instanceof SearcherGone ? unavailable(error) : error;
    }
    return archive;
  }

  /** The manifest that serves; null before the first seal. */
  get manifest(): ArchiveManifest | null {
    return this.#serving.manifest;
  }

  /** Rows in the segments that serve, masked ones included. */
  get rows(): number {
    return (this.manifest?.segments ?? []).reduce((sum, { rows }) => sum + rows, 0);
  }

  get segments(): number {
    return this.manifest?.segments.length ?? 0;
  }

  /** The position up to which every row is in the archive; "" while it holds nothing. */
  get watermark(): string {
    return this.manifest?.watermark ?? "";
  }

  /** How many ids are masked. */
  get masked(): number {
    return this.#serving.masks.size;
  }

  /** Whether less serves than was sealed, so that a seal that replaces all is needed now. */
  get damaged(): boolean {
    return this.#serving.problems.length > 0 || this.masked > maskedMax;
  }

  /** Whether the next seal should replace all: too many segments, more than a fifth of the rows masked, or damage. */
  get wantsReplace(): boolean {
    return this.segments >= segmentsMax || (this.rows > 0 && this.masked * 5 > this.rows) || this.damaged;
  }

  /** The segments that are to be merged into one now, by a seal of what lives of them; null when none are. */
  get wantsMerge(): SegmentRun | null {
    return this.wantsReplace ? null : runToMerge(this.manifest?.segments ?? []);
  }

  /** See `ArchiveHealth`. */
  get health(): ArchiveHealth {
    const reasons = [...this.#serving.problems, ...this.#serving.notes];
    if (this.masked > maskedMax) {
      reasons.push(`more than ${maskedMax} rows are masked: nothing is answered until a seal replaces all`);
    }
    const { goneReason } = this.#serving;
    if (goneReason !== null) return { state: "failed", reasons: [...reasons, goneReason] };
    if (reasons.length > 0) return { state: "degraded", reasons };
    return { state: this.segments === 0 ? "empty" : "ready", reasons };
  }

  /** Hides, from now on, the rows of `id` that were born before `position`. */
  mask(id: string, position: string): void {
    this.#serving.masks.add(id, position);
  }

  /**
   * The `k` best rows, best first, without masked ones and those that `exclude` says; of rows with one id the one born
   * last. Fewer when no more are found in the first 16,384. Throws `invalid_query`, `archive_busy`,
   * `archive_unavailable` (both retryable), `archive_closed`.
   */
  async search(
    query: Float32Array,
    k: number,
    options: { readonly exclude?: ReadonlySet<string> | ((hit: ArchiveHit) => boolean) } = {},
  ): Promise<ArchiveHit[]> {
    this.#checkOpen();
    checkQuery(query, k, this.manifest);
    if (this.#searches >= searchesInFlightMax) {
      throw new ArchiveError(
        "archive_busy",
        `Cannot search as at most ${searchesInFlightMax} searches may be under way`,
        {
          hint: "Try again in a moment",
          retryable: true,
        },
      );
    }
    const { exclude } = options;
    const slack = typeof exclude === "object" ? Math.min(exclude.size, k) : 0;
    const excluded = typeof exclude === "function"
      ? exclude
      : (hit: ArchiveHit) => exclude?.has(hit.id) ?? false;
    this.#searches++;
    try {
      return await this.#serving.search({ query, k, width: k + slack, excluded });
    } catch (error) {
      throw error instanceof SearcherGone ? unavailable(error) : error;
    } finally {
      this.#searches--;
    }
  }

  /**
   * Builds a segment of `rows`, verifies it and swaps it in; answers the manifest that then serves. On any failure the
   * archive is as it was. Throws `archive_sealing` when one is under way, `space_mismatch`, `watermark_backward`,
   * `run_unknown`, `over_limit`, `invalid_row`, `archive_build_failed` (retryable), `archive_recall_low`, and what `rows` throws.
   */
  async seal(rows: AsyncIterable<ArchiveRow>, options: SealOptions): Promise<ArchiveManifest> {
    this.#checkOpen();
    if (this.#sealing !== null) {
      throw new ArchiveError("archive_sealing", "Cannot seal as a seal is under way", {
        hint: "Wait for it to end",
        retryable: true,
      });
    }
    checkSeal(options, this.manifest);
    const signal = options.signal === undefined
      ? this.#closing.signal
      : AbortSignal.any([options.signal, this.#closing.signal]);
    this.#sealing = this.#seal(rows, { ...options, signal });
    try {
      return await this.#sealing;
    } finally {
      this.#sealing = null;
    }
  }

  /** Ends a seal that is under way, then the searcher, and lets go of the folder. Searches under way fail. */
  async close(): Promise<void> {
    this.#closing.abort(
      new ArchiveError("archive_closed", "Cannot go on as the archive is being closed", {
        hint: "Open it again",
      }),
    );
    // Whether the seal failed is for its own caller to know; here only its end matters.
    await Promise.allSettled([this.#sealing]);
    await this.#serving.close();
  }

  async #seal(rows: AsyncIterable<ArchiveRow>, options: SealOptions): Promise<ArchiveManifest> {
    try {
      const file = `segment-${String(this.#serving.nextSequence++).padStart(8, "0")}`;
      const path = `${this.folder}/${file}.building`;
      const built = await this.#build(path, rows, options);
      return await this.#swap({ file, path, built }, options);
    } catch (error) {
      throw error instanceof SearcherGone ? unavailable(error) : error;
    } finally {
      await this.#sweep();
    }
  }

  async #build(path: string, rows: AsyncIterable<ArchiveRow>, options: SealOptions): Promise<BuiltSegment> {
    const built = await runBuilder({
      spawn: this.#options.spawn,
      kernel: this.#options.kernel,
      path,
      dimensions: options.space.dimensions,
      rows,
      onProgress: (progress) => options.onPhase?.(progress.phase, progress.rows),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      ...(this.#options.silenceMs === undefined ? {} : { silenceMs: this.#options.silenceMs }),
    });
    this.#options.crash?.("swap.built");
    return built;
  }

  async #swap(candidate: Candidate, options: SealOptions): Promise<ArchiveManifest> {
    const { file, path, built } = candidate;
    if (built.rows === 0) return await this.#publish(candidate, options, null);
    const { dimensions } = options.space;
    const opened = await this.#serving.open({ ...built, segment: file, path, dimensions });
    try {
      return await this.#publish(candidate, options, opened);
    } catch (error) {
      await this.#serving.discard(opened);
      throw error;
    }
  }

  async #publish(
    { file, path, built }: Candidate,
    options: SealOptions,
    opened: OpenedSegment | null,
  ): Promise<ArchiveManifest> {
    this.#options.crash?.("swap.verified");
    options.signal?.throwIfAborted();
    options.onPhase?.("swapping", built.rows);
    const current = this.manifest;
    const { masks, nextSequence } = this.#serving;
    const manifest = nextManifest(options, {
      current,
      file,
      built,
      masked: masks.entries(),
      sequence: nextSequence - 1,
      sealedAt: (this.#options.clock ?? Date.now)(),
    });
    await swapIn({
      folder: this.folder,
      building: built.rows === 0 ? null : { path, listed: built.lists !== null },
      file,
      manifest,
      previous: current === null || options.keepPrevious === false
        ? null
        : { ...current, masked: masks.entries() },
      crash: (point) => this.#options.crash?.(point),
    });
    await this.#serving.publish(manifest, opened);
    // What was masked while it was written is masked still.
    if (manifest.segments.every((segment) => segment.file === file)) masks.dropUpTo(options.watermark);
    return manifest;
  }

  /** Removes old files once they are let go; that they stay is a reason, not a failure of what was done. */
  async #sweep(): Promise<void> {
    try {
      await this.#serving.released();
      await sweepFolder(this.folder);
    } catch (error) {
      this.#serving.notes = [`old files stay in "${this.folder}": ${error}`];
    }
  }

  #checkOpen(): void {
    if (this.#closing.signal.aborted) {
      throw new ArchiveError("archive_closed", "Cannot use the archive as it is closed", {
        hint: "Open it again",
      });
    }
  }
}
