/**
 * Makes a new image that holds exactly the objects given, in one thought, without anything of the program's own: what
 * an archive of a whole image or a blueprint declares. Vectors go with it when every memory has one; else words serve
 * until the model has embedded all of them, which it does by itself when the image is first opened.
 */
import { keys, openStore, type Position, startOfEpoch, type Store } from "../../kv/mod.ts";
import { embedByHashing, type EmbeddingSpace, hashSpace } from "../../vector/mod.ts";
import { ArgumentError } from "../errors.ts";
import { SPACES, storedSpaces } from "../memory/mod.ts";
import { OBJECT_VERSION } from "../object/mod.ts";
import { World, type WorldTransaction } from "../world/mod.ts";
import { ImageExistsError } from "./errors.ts";
import { type ExchangeRecord, stored, textOf } from "./record.ts";

export interface NewImage {
  readonly folder: string;
  readonly records: readonly ExchangeRecord[];
  readonly canvases: readonly string[];
  /** The space of the records' vectors. */
  readonly space?: EmbeddingSpace | undefined;
  readonly who: string;
  /** What the log says of the image's first thought. */
  readonly why: string;
  readonly clock?: () => number;
  readonly crash?: ((point: string) => void) | undefined;
}

export interface MadeImage {
  readonly imageId: string;
  readonly position: Position;
  readonly objects: number;
  readonly memories: number;
  /** Whether the memories have their vectors already, or get them when the image is opened. */
  readonly vectors: "taken over" | "to be made" | "none";
}

/**
 * @throws {ImageExistsError} when the folder has an image with any thought; then it is left as it is. Whatever is
 * wrong with the records (`NameError`, `DelegationError`, `LimitError`) leaves no image behind.
 */
export async function makeNewImage(image: NewImage): Promise<MadeImage> {
  const wasThere = await exists(image.folder);
  const { folder, clock, crash } = image;
  const store = await openStore({
    folder,
    ...(clock === undefined ? {} : { clock }),
    ...(crash === undefined ? {} : { crash }),
  });
  let made: MadeImage | undefined;
  try {
    if (store.position !== startOfEpoch(1)) throw new ImageExistsError(folder);
    made = await fill(store, image);
    return made;
  } finally {
    await store.close();
    if (made === undefined && !wasThere) await Deno.remove(folder, { recursive: true });
  }
}

async function fill(store: Store, image: NewImage): Promise<MadeImage> {
  const world = bareWorld(store);
  const memories = image.records.filter(({ context }) => textOf(context) !== null);
  const taken = image.space !== undefined && memories.every(({ vector }) => vector !== undefined);
  world.start((error) => {
    throw error;
  });
  try {
    const { position } = await world.thought(
      { who: image.who, why: image.why, kind: "genesis" },
      async (tx) => {
        for (const record of image.records) await put(tx, record, taken ? image.space! : hashSpace);
        tx.thought.set(keys.meta("canvases"), [...new Set(image.canvases)]);
        if (memories.length > 0) {
          const active = taken ? image.space! : hashSpace;
          tx.thought.set(SPACES, storedSpaces({ active, known: [active] }));
        }
      },
    );
    return {
      imageId: store.imageId,
      position,
      objects: image.records.length,
      memories: memories.length,
      vectors: memories.length === 0 ? "none" : taken ? "taken over" : "to be made",
    };
  } finally {
    world.stop();
  }
}

async function put(tx: WorldTransaction, record: ExchangeRecord, space: EmbeddingSpace): Promise<void> {
  const { context, morphs, vector, hypervector } = record;
  const { oid } = context;
  await tx.putBack(oid, { ...stored(context), version: OBJECT_VERSION });
  for (const [canvas, place] of Object.entries(morphs)) tx.thought.set(keys.morph(canvas, oid), place);
  if (hypervector !== undefined) tx.thought.set(keys.hypervector(oid), hypervector);
  const text = textOf(context);
  if (text === null) return;
  const row = space.id === hashSpace.id ? embedByHashing(text) : vector;
  tx.thought.set(keys.vector(space.id, oid), row instanceof Float32Array ? new Uint8Array(row.buffer) : row);
}

/** A world in which nothing runs: it checks what stands between objects, and keeps names and children. */
function bareWorld(store: Store): World {
  return new World({
    store,
    natives: new Map(),
    methods: {
      run: () =>
        Promise.reject(new ArgumentError("No method runs in an image that is being made", "Open it first.")),
    },
  });
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
