/** A fork, opened to be read while it is merged: its objects by name or oid, and which of them it has changed. */
import { z } from "zod";
import { FolderError, type Key, keys, openStore, type Position, type Store } from "../../kv/mod.ts";
import { ArgumentError, NotFoundError, QuarantinedError } from "../errors.ts";
import { type ObjectContext, restore } from "../object/mod.ts";
import { isOid, normalizeName } from "../world/mod.ts";

const originForm = z.object({ how: z.string(), imageId: z.string(), position: z.string() });

export class ForkReader {
  /** The position in the image from which it was forked. */
  readonly origin: Position;
  readonly imageId: string;
  readonly #store: Store;

  private constructor(store: Store, origin: Position) {
    this.#store = store;
    this.imageId = store.imageId;
    this.origin = origin;
  }

  /**
   * @param of the id of the image that it must be a fork of
   * @throws {NotFoundError} when the folder holds no image, {ArgumentError} when it is no fork of this one; FolderError
   * for one that cannot be looked into, LockedError while something has it open
   */
  static async open(folder: string, of: string): Promise<ForkReader> {
    if (!await hasImage(folder)) throw new NotFoundError(folder, "image in the folder");
    const store = await openStore({ folder });
    try {
      const origin = originForm.safeParse((await store.get(keys.origin()))?.value);
      if (!origin.success || origin.data.how !== "fork" || origin.data.imageId !== of) {
        throw new ArgumentError(
          `Cannot merge the image in "${folder}" as it must be a fork of this one`,
          "Merge a folder that `telos fork` made from this image.",
          { folder, ...(origin.success ? { origin: origin.data } : {}) },
        );
      }
      return new ForkReader(store, origin.data.position);
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  async resolve(name: string): Promise<string> {
    const oid = isOid(name) ? name : (await this.#store.get<string>(keys.name(normalizeName(name))))?.value;
    if (oid === undefined) throw new NotFoundError(name, "object in the fork");
    return oid;
  }

  /** @throws {QuarantinedError} for one whose stored form does not validate */
  async context(oid: string): Promise<ObjectContext | null> {
    const entry = await this.#store.get(keys.object(oid));
    return entry === null ? null : contextOf(oid, entry.value);
  }

  /** What the fork holds under a key beside its objects: a place, a pinned hypervector; null for nothing. */
  async beside(key: Key): Promise<unknown | null> {
    return (await this.#store.get(key))?.value ?? null;
  }

  /** The objects that were made, changed or deleted in the fork. */
  async changed(): Promise<Set<string>> {
    const changed = new Set<string>();
    for await (const { thought } of this.#store.recorded()) {
      for (const [key] of thought.changes) if (key[0] === "object") changed.add(String(key[1]));
    }
    return changed;
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}

/** @throws {QuarantinedError} */
export function contextOf(oid: string, stored: unknown | null): ObjectContext | null {
  if (stored === null) return null;
  const restored = restore(oid, stored);
  if (!restored.ok) throw new QuarantinedError(oid, restored.reason);
  return restored.snapshot.context;
}

async function hasImage(folder: string): Promise<boolean> {
  try {
    return (await Deno.stat(`${folder}/image.kv`)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return false;
    throw new FolderError(folder, error);
  }
}
