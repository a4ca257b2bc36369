/**
 * Makes a new image that holds exactly the objects given, without anything of the program's own: what an archive of a
 * whole image or a blueprint declares. It appears whole or not at all. Vectors go with it when every memory has one;
 * else words serve until the model has embedded all of them, which it does by itself when the image is first opened.
 */
import { ImageBuilder, type ImageOrigin, keys, type Position } from "../../kv/mod.ts";
import { embedByHashing, type EmbeddingSpace, hashSpace } from "../../vector/mod.ts";
import { SPACES, storedSpaces } from "../memory/mod.ts";
import { OBJECT_VERSION } from "../object/mod.ts";
import { type ExchangeRecord, stored, textOf } from "./record.ts";

export interface NewImage {
  readonly folder: string;
  /** What must hold between them has been checked. */
  readonly records: readonly ExchangeRecord[];
  readonly canvases: readonly string[];
  /** The space of the records' vectors. */
  readonly space?: EmbeddingSpace | undefined;
  readonly origin: ImageOrigin;
  readonly clock?: () => number;
  readonly onProgress?: (written: number) => void;
}

export interface MadeImage {
  readonly imageId: string;
  readonly position: Position;
  readonly objects: number;
  readonly memories: number;
  /** Whether the memories have their vectors already, or get them when the image is opened. */
  readonly vectors: "taken over" | "to be made" | "none";
}

/** @throws {OccupiedError} when the folder is there and not empty; {FolderError}. Nothing is left then. */
export async function makeNewImage(image: NewImage): Promise<MadeImage> {
  const memories = image.records.filter(({ context }) => textOf(context) !== null);
  const taken = image.space !== undefined && memories.every(({ vector }) => vector !== undefined);
  const space = taken ? image.space! : hashSpace;
  const builder = await ImageBuilder.begin(
    image.folder,
    image.clock === undefined ? {} : { clock: image.clock },
  );
  try {
    for (const [index, record] of image.records.entries()) {
      await put(builder, record, space);
      image.onProgress?.(index + 1);
    }
    await builder.putValue(keys.meta("canvases"), [...new Set(image.canvases)]);
    if (memories.length > 0) await builder.putValue(SPACES, storedSpaces({ active: space, known: [space] }));
    const { imageId, position } = await builder.finish(image.origin);
    return {
      imageId,
      position,
      objects: image.records.length,
      memories: memories.length,
      vectors: memories.length === 0 ? "none" : taken ? "taken over" : "to be made",
    };
  } catch (error) {
    await builder.discard();
    throw error;
  }
}

async function put(builder: ImageBuilder, record: ExchangeRecord, space: EmbeddingSpace): Promise<void> {
  const { context, morphs, vector, hypervector } = record;
  const { oid, name, parents } = context;
  await builder.putValue(keys.object(oid), { ...stored(context), version: OBJECT_VERSION });
  if (name !== null) await builder.putValue(keys.name(name), oid);
  for (const parent of parents) await builder.putValue(keys.child(parent, oid), true);
  for (const [canvas, place] of Object.entries(morphs)) {
    await builder.putValue(keys.morph(canvas, oid), place);
  }
  if (hypervector !== undefined) await builder.putValue(keys.hypervector(oid), hypervector);
  const text = textOf(context);
  if (text === null) return;
  const row = space.id === hashSpace.id ? new Uint8Array(embedByHashing(text).buffer) : vector;
  await builder.putValue(keys.vector(space.id, oid), row);
}
