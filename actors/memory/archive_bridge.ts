/**
 * The archive actor as a child of the memory: what it needs of the memory is given here, and what it covers is said
 * here. Nothing is trusted that has not just answered: working memory lets go of rows only after the archive has. It is
 * long, as all that the two say to one another goes through here.
 */
import { type Actor, createActor } from "xstate";
import type { CommittedThought, Position, Store } from "../../kv/mod.ts";
import {
  Archive,
  ArchiveError,
  type ArchiveHit,
  archiveLimits,
  type ArchiveOptions,
  removeArchive,
} from "../../vector/mod.ts";
import {
  archiveMachine,
  type ArchivePorts,
  type ArchiveSettings,
  archiveSettingsDefault,
  type ArchiveStatus,
  archiveStatus,
} from "./archive/mod.ts";
import { deathsSince, sealableRows } from "./archive_rows.ts";
import { endOfAtomic } from "./born.ts";
import { archiveManager, changedManagerSlots, readManagerSlots } from "./manager_slots.ts";
import type { SpaceIndex } from "./space_index.ts";

/** What the archive is made of: its child process, and the built `exact.wasm`. */
export type ArchiveParts = Pick<ArchiveOptions, "spawn" | "kernel">;

export interface ArchiveBridgeOptions {
  readonly store: Store;
  readonly parts: ArchiveParts;
  readonly crash?: (point: string) => void;
  /** The id of the space that serves; null in an image without memories. */
  readonly space: () => string | null;
  /** The index of the space that serves, once it is filled. */
  readonly filled: () => Promise<SpaceIndex>;
  /** What the archive covers has changed; resolves when working memory holds what it must and no more. */
  readonly onCover: () => Promise<void>;
  readonly onThreshold: () => void;
  readonly onStatus: () => void;
  /** The actor itself broke. */
  readonly fail: (error: unknown) => void;
}

/** Errors of the archive that say nothing against it. */
const CALLERS_OWN: ReadonlySet<string> = new Set(["archive_busy", "invalid_query"]);

/** The archive could not be asked: working memory takes back what it covered, and the search is to be made again. */
export class ArchiveLost extends Error {
  constructor(cause: unknown) {
    super("The archive does not answer", { cause });
    this.name = "ArchiveLost";
  }
}

export class ArchiveBridge {
  readonly #options: ArchiveBridgeOptions;
  readonly #actor: Actor<typeof archiveMachine>;
  readonly #known = Promise.withResolvers<void>();
  /** Opened and not yet closed. */
  #open: Promise<Archive | null> = Promise.resolve(null);
  #archive: Archive | null = null;
  /** What it serves up to; null while it does not. */
  #served: Position | "" | null = null;
  #closed = false;
  #sizes = { rows: 0, newer: 0 };
  #threshold = archiveSettingsDefault.thresholdRows;

  constructor(options: ArchiveBridgeOptions) {
    this.#options = options;
    this.#actor = createActor(archiveMachine, { input: { ports: this.#ports() } });
    this.#actor.subscribe({ next: () => this.#changed(), error: options.fail });
  }

  start(): void {
    this.#actor.start();
  }

  get status(): ArchiveStatus {
    return archiveStatus(this.#actor.getSnapshot());
  }

  /** What is wrong, each with what to do. */
  get problems(): { reason: string; hint: string }[] {
    const { context, value } = this.#actor.getSnapshot();
    const found = context.settingsProblems.map((reason) => ({
      reason,
      hint: "Correct the slot; until then the setting is as it was.",
    }));
    if (context.reason !== null && (value === "backingOff" || value === "failed")) {
      found.push({
        reason: `The archive is ${
          value === "failed" ? "at rest" : "tried again in a moment"
        }: ${context.reason}`,
        hint: "Nothing is lost: working memory holds what the archive does not. It is tried again by itself.",
      });
    }
    for (const reason of context.archive?.health.reasons ?? []) {
      found.push({
        reason: `The archive: ${reason}`,
        hint: "Nothing is lost: its rows are in the store, and it is built anew by itself.",
      });
    }
    return found;
  }

  /** Rows that working memory holds before the archive seals; the setting as it is obeyed now. */
  get threshold(): number {
    return this.#threshold;
  }

  /** Resolves when the archive serves, or it is known that it does not for now. */
  get known(): Promise<void> {
    return this.#known.promise;
  }

  /** Up to where the rows of a space are found in the archive; "" when none are. */
  covers(space: string): Position | "" {
    const archive = this.#archive;
    if (archive === null || this.#served === null || archive.manifest?.space.id !== space) return "";
    if (archive.masked > archiveLimits.maskedMax) return "";
    // A segment that fell out has put the watermark back; a seal puts it on before working memory is told.
    return archive.watermark < this.#served ? archive.watermark : this.#served;
  }

  /** The nearest rows that the archive finds. @throws {ArchiveLost}; {ArchiveError} when it is asked too much */
  async search(query: Float32Array, k: number, excluded: ReadonlySet<string>): Promise<ArchiveHit[]> {
    const archive = this.#archive;
    if (archive === null) throw new ArchiveLost(null);
    try {
      const count = Math.min(k, archiveLimits.searchHitsMax);
      return await archive.search(query, count, { exclude: ({ id }) => excluded.has(id) });
    } catch (error) {
      if (error instanceof ArchiveError && CALLERS_OWN.has(error.code)) throw error;
      if (this.#archive === archive) {
        this.#stopServing();
        this.follow();
      }
      throw new ArchiveLost(error);
    }
  }

  /** Masks what died, in the moment in which working memory takes it in, and obeys changed settings. */
  committed(thoughts: readonly CommittedThought[]): void {
    const space = this.#options.space();
    const covered = this.#archive === null || space === null ? "" : this.covers(space);
    for (const { changes, position } of thoughts) {
      for (const { key, before } of changes) {
        if (key[0] === "vector" && key[1] === space && before !== null) {
          this.#archive?.mask(key[2] as string, position);
        }
      }
    }
    if (space !== null && this.covers(space) !== covered) void this.#options.onCover();
    const slots = changedManagerSlots(thoughts, archiveManager);
    if (slots !== null) this.#actor.send({ type: "SETTINGS_CHANGED", slots });
  }

  /** Rows in working memory, and those of them that the archive does not cover. */
  sized(sizes: { readonly rows: number; readonly newer: number }): void {
    this.#sizes = sizes;
    this.#tellSizes();
  }

  /** Has the actor look at the archive again: what it lacks, what died since, whether it answers. */
  follow(): void {
    this.#actor.send({ type: "ARCHIVE_CHANGED" });
  }

  /** Another space serves: what the archive holds of it is only known after a look at the log. */
  spaceChanged(): void {
    this.#stopServing();
    this.follow();
  }

  /** How much of what lives the seal under way has taken, 0 to 1. */
  get sealed(): number {
    const { sealedRows } = this.#actor.getSnapshot().context;
    return sealedRows / Math.max(1, this.#archive?.rows ?? 0);
  }

  /** Makes all segments anew from the store, if there are any. @throws {Error} with the reason, when it gave up */
  async rebuild(): Promise<void> {
    if (this.#archive !== null && this.#archive.rows > 0) await this.#makeAnew();
  }

  /** Leaves nothing of what died in its files, also of an archive that does not serve. @throws as `rebuild` does */
  async purge(): Promise<void> {
    const archive = this.#archive;
    if (archive === null || archive.manifest !== null || archive.damaged) await this.#makeAnew();
    const { store } = this.#options;
    const { openFolder, settings } = this.#actor.getSnapshot().context;
    // Those that the archive was in before its folder was changed.
    for await (const { name, isDirectory } of Deno.readDir(store.folder)) {
      if (!isDirectory || name === openFolder || name === settings.folder) continue;
      await removeArchive(`${store.folder}/${name}`);
    }
  }

  async #makeAnew(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#actor.send({ type: "SEAL_REQUESTED", purge: true });
    const look = () => {
      const { value, context, status } = this.#actor.getSnapshot();
      if (status !== "active") return reject(new Error("the archive is being closed"));
      if (value === "failed") return reject(new Error(context.reason ?? "the archive is at rest"));
      if (value === "idle" && context.requested === "none" && context.doing === "none") resolve();
    };
    const watching = this.#actor.subscribe({ next: look, error: reject, complete: look });
    look();
    try {
      await promise;
    } finally {
      watching.unsubscribe();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#actor.subscribe({ complete: resolve, error: () => resolve() });
    this.#actor.send({ type: "STOPPED" });
    if (this.#actor.getSnapshot().status === "active") await promise;
    // One that was still being opened when the actor stopped is known to nobody else.
    await (await this.#open.catch(() => null))?.close();
  }

  #stopServing(): void {
    this.#served = null;
    void this.#options.onCover();
  }

  #changed(): void {
    const { value, context } = this.#actor.getSnapshot();
    if (value === "backingOff" || value === "failed" || value === "stopped") this.#known.resolve();
    // While it opens, what it read of the settings is known to the opening alone.
    if (value !== "opening") this.#obey(context.settings);
    // A seal that ended took the rows newer than it for none.
    if (value === "idle") queueMicrotask(() => this.#tellSizes());
    this.#options.onStatus();
  }

  #obey({ thresholdRows }: ArchiveSettings): void {
    if (thresholdRows === this.#threshold) return;
    this.#threshold = thresholdRows;
    this.#options.onThreshold();
  }

  #tellSizes(): void {
    const { context, status } = this.#actor.getSnapshot();
    const { rows, newer } = this.#sizes;
    if (status !== "active" || (context.workingRows === rows && context.newerRows === newer)) return;
    this.#actor.send({ type: "WORKING_MEMORY_SIZED", rows, newer });
  }

  #ports(): ArchivePorts {
    const { store, filled, onCover } = this.#options;
    return {
      settings: () => readManagerSlots(store, archiveManager),
      open: (settings, onChanged) => {
        this.#obey(settings);
        this.#open = this.#openArchive(settings, onChanged);
        return this.#open as Promise<Archive>;
      },
      attach: (archive) => this.#archive = archive,
      deaths: (position) => this.#deaths(position),
      serve: async (archive, watermark) => {
        const { manifest } = archive;
        if (archive.rows > 0 && manifest !== null) {
          // One that does not answer now covers nothing.
          const probe = new Float32Array(manifest.space.dimensions);
          probe[0] = 1;
          await archive.search(probe, 1);
        }
        this.#served = watermark;
        this.#known.resolve();
        // What is let go now needs no seal.
        await onCover();
      },
      rows: async (after, signal, upTo) => sealableRows(store, await filled(), { after, signal, upTo }),
      detach: () => {
        this.#archive = null;
        this.#stopServing();
      },
    };
  }

  async *#deaths(after: Position | ""): AsyncGenerator<{ id: string; position: Position }> {
    const space = this.#archive?.manifest?.space.id;
    // It holds nothing: nothing in it can have died.
    if (space === undefined || after === "") return;
    yield* deathsSince(this.#options.store, space, after);
  }

  async #openArchive(settings: ArchiveSettings, onChanged: () => void): Promise<Archive> {
    const { store, parts, crash } = this.#options;
    const folder = `${store.folder}/${settings.folder}`;
    const open = () =>
      Archive.open(folder, { ...parts, onChanged, ...(crash === undefined ? {} : { crash }) });
    let archive = await open();
    if (archive.watermark > endOfAtomic(store.position)) {
      // It was sealed in another life of the image, from which this one was restored: it is derived, and made anew.
      await archive.close();
      await Deno.remove(folder, { recursive: true });
      archive = await open();
    }
    if (this.#closed) {
      await archive.close();
      throw new Error("the memory is being closed");
    }
    return archive;
  }
}
