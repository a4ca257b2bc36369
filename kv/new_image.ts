/**
 * A new image from entries in their stored form: a restore, a fork, an import. It is built in a folder beside the one
 * that is asked for, which takes that name only when everything is on disk: a crash leaves no half image. The epoch
 * rises by one, as version stamps begin again in another store, and the image gets an id of its own.
 */
import { basename, dirname } from "node:path";
import { writeBlob } from "./blobs.ts";
import { FolderError, LockedError, OccupiedError, ValueError } from "./errors.ts";
import { type HeadForm, sealHead } from "./head.ts";
import { isReserved, type Key, keys, measureKey } from "./keys.ts";
import { atomicBytesMax, atomicKeyBytesMax, atomicMutationsMax, blobThresholdBytes } from "./limits.ts";
import { isAboutTheDisk } from "./file_reason.ts";
import { ImageLock } from "./lock.ts";
import { makeId } from "./make_id.ts";
import { type Position, startOfEpoch } from "./position.ts";
import { migrations, schemaAfter } from "./schema.ts";
import { describe } from "./describe.ts";
import { seal } from "./sealed.ts";

/** What a new image was made from. */
export interface ImageOrigin {
  readonly how: "restore" | "fork" | "forge" | "import";
  /** Id of the image that it was made from, and the position as of which. */
  readonly imageId: string;
  readonly position: Position;
  /** Epoch and time of that position; the new image's epoch is one higher, its times are later. */
  readonly epoch: number;
  readonly at: number;
  /** Schema of the entries; default: the one that this program writes. An older one is brought up at opening. */
  readonly schema?: number;
  /** Oldest position whose before-images are among the entries; default: none are, history begins anew. */
  readonly horizon?: Position;
  /** Up to where what was before the horizon is dropped already; default: all of it. */
  readonly dropped?: Position;
}

export interface NewImage {
  readonly folder: string;
  readonly imageId: string;
  /** The head of the new image: the start of its epoch. */
  readonly position: Position;
}

export interface NewImageOptions {
  /** Milliseconds; default `Date.now`. */
  readonly clock?: () => number;
  /** Called when all is on disk, just before the folder gets its name. */
  readonly beforeRename?: () => void;
}

/**
 * Makes the image in `folder`, which must not be there or be empty. Names, children and version keys are taken as they
 * come: whoever calls derives them.
 * @throws OccupiedError, FolderError, ValueError for a key that the image writes itself; what `entries` throws. Nothing
 * is left then.
 */
export async function makeImage(
  folder: string,
  entries: AsyncIterable<readonly [Key, Uint8Array | undefined]>,
  origin: ImageOrigin,
  options: NewImageOptions = {},
): Promise<NewImage> {
  const builder = await ImageBuilder.begin(folder, options);
  try {
    for await (const [key, stored] of entries) await builder.put(key, stored);
    return await builder.finish(origin);
  } catch (error) {
    await builder.discard();
    throw error;
  }
}

/** An image that is being built. Ends with `finish()` or `discard()`. */
export class ImageBuilder {
  readonly folder: string;
  readonly #partial: string;
  readonly #kv: Deno.Kv;
  readonly #lock: ImageLock;
  readonly #options: NewImageOptions;
  #pending: [Key, Uint8Array | undefined][] = [];
  #bytes = 0;
  #keyBytes = 0;
  #writing: Promise<unknown> = Promise.resolve();
  #written = 0;

  private constructor(
    folder: string,
    partial: string,
    kv: Deno.Kv,
    lock: ImageLock,
    options: NewImageOptions,
  ) {
    this.folder = folder;
    this.#partial = partial;
    this.#kv = kv;
    this.#lock = lock;
    this.#options = options;
  }

  /** Begins beside `folder`; what earlier attempts left there is removed. @throws OccupiedError, FolderError */
  static async begin(folder: string, options: NewImageOptions = {}): Promise<ImageBuilder> {
    await refuseOccupied(folder);
    await sweepPartials(folder);
    const partial = `${folder}.partial-${makeId((options.clock ?? Date.now)())}`;
    const lock = await ImageLock.take(partial);
    try {
      const kv = await Deno.openKv(`${partial}/image.kv`);
      return new ImageBuilder(folder, partial, kv, lock, options);
    } catch (cause) {
      lock.release();
      await Deno.remove(partial, { recursive: true });
      throw new FolderError(folder, cause);
    }
  }

  /** The database as far as it is written: `flush()` first to read what was put. */
  get kv(): Deno.Kv {
    return this.#kv;
  }

  /** Entries put so far. */
  get written(): number {
    return this.#written + this.#pending.length;
  }

  /** Sets a stored form, or deletes the key when there is none; the last put of a key holds. */
  async put(key: Key, stored: Uint8Array | undefined): Promise<void> {
    if (isReserved(key) && key[0] === "meta") {
      throw new ValueError(`Cannot take ${describe(key)} into a new image: it is written by itself`, { key });
    }
    const keyBytes = measureKey(key);
    // The store counts the key of what is set twice.
    const bytes = 2 * keyBytes + (stored?.byteLength ?? 0) + 64;
    const full = this.#pending.length >= atomicMutationsMax || this.#bytes + bytes > atomicBytesMax ||
      this.#keyBytes + keyBytes > atomicKeyBytesMax;
    if (full) await this.#write();
    this.#pending.push([key, stored]);
    this.#bytes += bytes;
    this.#keyBytes += keyBytes;
  }

  /** Sets a value, in chunks where it is too large for one record. @throws ValueError for what cannot be stored */
  async putValue(key: Key, value: unknown): Promise<void> {
    const sealed = seal(value, key);
    const isLarge = sealed.byteLength > blobThresholdBytes;
    const id = () => makeId((this.#options.clock ?? Date.now)());
    await this.put(key, isLarge ? await writeBlob(this.#kv, id(), sealed) : sealed);
  }

  /** Resolves when everything put so far is in the database. */
  async flush(): Promise<void> {
    await this.#write();
    await this.#writing;
  }

  /** The next batch is gathered while one is being written. */
  async #write(): Promise<void> {
    const batch = this.#pending;
    this.#pending = [];
    this.#bytes = this.#keyBytes = 0;
    await this.#writing;
    if (batch.length === 0) return;
    const atomic = this.#kv.atomic();
    for (const [key, stored] of batch) {
      if (stored === undefined) atomic.delete(key);
      else atomic.set(key, stored);
    }
    this.#written += batch.length;
    const writing = this.#commit(atomic);
    // A failure is thrown where the batch is waited for.
    writing.catch(() => {/* told by the await of #writing */});
    this.#writing = writing;
  }

  /** @throws FolderError where the disk takes no more */
  async #commit(atomic: Deno.AtomicOperation): Promise<void> {
    try {
      await atomic.commit();
    } catch (cause) {
      throw isAboutTheDisk(cause) ? new FolderError(this.folder, cause) : cause;
    }
  }

  /** Writes the image's own records, syncs, and gives the folder its name. */
  async finish(origin: ImageOrigin): Promise<NewImage> {
    await this.flush();
    const clock = this.#options.clock ?? Date.now;
    const epoch = origin.epoch + 1;
    const position = startOfEpoch(epoch);
    const imageId = makeId(clock());
    const head: HeadForm = { v: 1, epoch, at: origin.at, count: 0 };
    const { how, imageId: from, position: at, horizon = position, dropped = horizon } = origin;
    const records: [Key, unknown][] = [
      [keys.schema(), { v: origin.schema ?? schemaAfter(migrations) }],
      [keys.image(), { v: 1, id: imageId, created: clock() }],
      [keys.origin(), { v: 1, how, imageId: from, position: at }],
      [keys.versionsWatermark(), { v: 1, position }],
      [keys.horizon(), { v: 1, position: horizon, dropped }],
    ];
    const atomic = this.#kv.atomic().set(keys.head(), sealHead(head));
    for (const [key, record] of records) atomic.set(key, seal(record, key));
    await this.#commit(atomic);
    this.#kv.close();
    await syncFile(`${this.#partial}/image.kv`);
    this.#lock.release();
    await refuseOccupied(this.folder);
    this.#options.beforeRename?.();
    await takeName(this.#partial, this.folder);
    return { folder: this.folder, imageId, position };
  }

  /** Leaves nothing behind. */
  async discard(): Promise<void> {
    try {
      this.#kv.close();
      this.#lock.release();
    } catch (error) {
      // `finish()` had closed them already.
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
    await removeTree(this.#partial);
  }
}

/** @throws OccupiedError for a folder with something in it, FolderError for a file and for what may not be read */
async function refuseOccupied(folder: string): Promise<void> {
  try {
    for await (const { name } of Deno.readDir(folder)) throw new OccupiedError(folder, name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    if (error instanceof Deno.errors.NotADirectory) {
      throw new FolderError(folder, error, "it is a file, not a folder");
    }
    throw error instanceof OccupiedError ? error : new FolderError(folder, error);
  }
}

/** What processes that have ended left half built; one whose lock is held is being built. */
async function sweepPartials(folder: string): Promise<void> {
  const [parent, prefix] = [dirname(folder), `${basename(folder)}.partial-`];
  const left: string[] = [];
  try {
    for await (const { name } of Deno.readDir(parent)) {
      if (name.startsWith(prefix)) left.push(`${parent}/${name}`);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  for (const path of left) {
    try {
      (await ImageLock.take(path)).release();
    } catch (error) {
      if (error instanceof LockedError) continue;
      throw error;
    }
    await removeTree(path);
  }
}

async function removeTree(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function syncFile(path: string): Promise<void> {
  using file = await Deno.open(path, { read: true, write: true });
  await file.sync();
}

/** Renames a finished folder; an empty one of that name gives way. The parent is synced, where a folder can be. */
async function takeName(partial: string, folder: string): Promise<void> {
  try {
    await Deno.remove(folder);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  await Deno.rename(partial, folder);
  if (Deno.build.os === "windows") return;
  using parent = await Deno.open(dirname(folder), { read: true });
  await parent.sync();
}
