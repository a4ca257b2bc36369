/**
 * A fork: the whole image as of a position, as a new image in a folder of its own. It takes what was alive then, with
 * places, vectors and names; its own history begins there, and it remembers where it comes from.
 */
import { basename, dirname, join, relative, resolve } from "node:path";
import { z } from "zod";
import {
  FolderError,
  type Key,
  keys,
  makeImage,
  parsePosition,
  type Position,
  seal,
  type Store,
} from "../../kv/mod.ts";
import { ArgumentError } from "../errors.ts";
import { restore } from "../object/mod.ts";
import { type Job, unwatched } from "./job.ts";

export interface ForkRequest {
  readonly store: Store;
  readonly position: Position;
  /** Must not be there, or be empty. */
  readonly folder: string;
  readonly clock: () => number;
  readonly job?: Job;
  /** Called at `fork.entries`, after every hundred, and `fork.built`, for tests that end the process there. */
  readonly crash: (point: string) => void;
}

export interface Forked {
  readonly folder: string;
  readonly imageId: string;
  /** The position in the image that was forked. */
  readonly position: Position;
  readonly objects: number;
}

/**
 * Built beside the folder, which gets its name at the end.
 * @throws ArgumentError for a folder within the image's own; OccupiedError, FolderError, HorizonError
 */
export async function forkImage(request: ForkRequest): Promise<Forked> {
  const { store, position, folder, clock, crash, job = unwatched } = request;
  // A position that cannot be read is refused before anything is begun.
  store.asOf(position);
  await refuseWithin(store.folder, folder);
  const copy = new Copy({ store, position, crash, job });
  const origin = {
    how: "fork" as const,
    imageId: store.imageId,
    position,
    epoch: parsePosition(store.position).epoch,
    at: (await store.logEntry(position, { images: false }))?.at ?? 0,
  };
  const made = await makeImage(folder, copy.entries(), origin, {
    clock,
    beforeRename: () => crash("fork.built"),
  });
  return { folder: made.folder, imageId: made.imageId, position, objects: copy.objects };
}

/** Whatever is done to the folder of the image, a backup or a removal, would be done to the fork too. */
async function refuseWithin(image: string, folder: string): Promise<void> {
  const way = relative(await realPathOf(image), await realPathOf(folder));
  // Empty for the folder itself, which is refused for what it holds; absolute on another drive.
  if (way === "" || way.split(/[/\\]/)[0] === ".." || resolve(way) === way) return;
  throw new ArgumentError(
    `Cannot fork into "${folder}" as it is within the image's own folder, "${image}"`,
    "Name a folder outside of it.",
    { folder, image },
  );
}

/** Where a path leads, links followed as far as it is there. @throws FolderError for one that leads nowhere */
async function realPathOf(path: string): Promise<string> {
  const whole = resolve(path);
  try {
    return await Deno.realPath(whole);
  } catch (error) {
    const isTop = dirname(whole) === whole;
    const isAbsent = error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
    if (isTop || !isAbsent) throw new FolderError(path, error);
    return join(await realPathOf(dirname(whole)), basename(whole));
  }
}

const CRASH_EVERY = 100;

class Copy {
  objects = 0;
  readonly #store: Store;
  readonly #position: Position;
  readonly #crash: (point: string) => void;
  readonly #job: Job;
  /** Rows by embedding space. */
  readonly #rows = new Map<string, number>();

  constructor(
    { store, position, crash, job }: Pick<ForkRequest, "store" | "position" | "crash"> & { job: Job },
  ) {
    this.#store = store;
    this.#position = position;
    this.#crash = crash;
    this.#job = job;
  }

  /** Names and children keep no history: they are made from the objects that have them. */
  async *entries(): AsyncGenerator<readonly [Key, Uint8Array]> {
    let count = 0;
    for await (const { key, stored, value } of this.#store.entriesAsOf(this.#position)) {
      this.#job.signal.throwIfAborted();
      yield [key, stored];
      if (key[0] === "object") yield* this.#derived(String(key[1]), await value());
      else if (key[0] === "vector") this.#rows.set(String(key[1]), (this.#rows.get(String(key[1])) ?? 0) + 1);
      this.#job.progress(++count);
      if (count % CRASH_EVERY === 0) this.#crash("fork.entries");
    }
    yield* this.#records();
  }

  *#derived(oid: string, stored: unknown): Generator<readonly [Key, Uint8Array]> {
    this.objects++;
    const restored = restore(oid, stored);
    // One that does not validate is taken along as it is: it stays quarantined, and has no name.
    if (!restored.ok) return;
    const { name, parents } = restored.snapshot.context;
    if (name !== null) yield sealed(keys.name(name), oid);
    for (const parent of parents) yield sealed(keys.child(parent, oid), true);
  }

  /** Which canvases and embedding spaces there are. */
  async *#records(): AsyncGenerator<readonly [Key, Uint8Array]> {
    const canvases = await this.#store.get(keys.meta("canvases"));
    if (canvases !== null) yield sealed(keys.meta("canvases"), canvases.value);
    const spaces = await this.#store.get(keys.meta("spaces"));
    if (spaces !== null) yield sealed(keys.meta("spaces"), this.#spacesThen(spaces.value));
  }

  /** The space that served then is the one that had the rows; bringing them into another is the memory's own work. */
  #spacesThen(stored: unknown): unknown {
    const spaces = spacesForm.parse(stored);
    const rowsOf = (id: string) => this.#rows.get(id) ?? 0;
    if (rowsOf(spaces.active) > 0) return spaces;
    const fullest = spaces.known.map(({ id }) => id).sort((a, b) => rowsOf(b) - rowsOf(a))[0];
    return fullest === undefined || rowsOf(fullest) === 0 ? spaces : { ...spaces, active: fullest };
  }
}

const spacesForm = z.looseObject({ active: z.string(), known: z.array(z.looseObject({ id: z.string() })) });

function sealed(key: Key, value: unknown): readonly [Key, Uint8Array] {
  return [key, seal(value, key)];
}
