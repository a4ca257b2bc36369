/** Which embedding spaces an image knows, and which of them serves: stored, so that vectors never lose their meaning. */
import { z } from "zod";
import { keys, type Store } from "../../kv/mod.ts";
import type { EmbeddingSpace } from "../../vector/mod.ts";

const spaceSchema = z.object({
  id: z.string().min(1),
  model: z.string(),
  revision: z.string(),
  dimensions: z.number().int().positive(),
  pooling: z.enum(["mean", "hash"]),
  normalized: z.literal(true),
});
const spacesSchema = z.object({
  active: z.string(),
  known: z.array(spaceSchema),
});

export interface StoredSpaces {
  readonly active: EmbeddingSpace;
  readonly known: readonly EmbeddingSpace[];
}

const SPACES = keys.meta("spaces");

/** Null in an image that has no memory yet. */
export async function readSpaces(store: Store): Promise<StoredSpaces | null> {
  const entry = await store.get<unknown>(SPACES);
  if (entry === null) return null;
  const { active, known } = spacesSchema.parse(entry.value);
  const found = known.find(({ id }) => id === active);
  if (found === undefined) {
    throw new RangeError(`The image's active embedding space "${active}" is not among those it knows`);
  }
  return { active: found, known };
}

/** One atomic switch: from the next thought on, this space serves. */
export async function activateSpace(store: Store, space: EmbeddingSpace): Promise<StoredSpaces> {
  const info = { who: "memory", why: `the embedding space is ${space.id}`, kind: "maintenance" };
  const { value } = await store.commit(info, async (thought) => {
    const before = await thought.get<unknown>(SPACES);
    const known = before === null ? [] : spacesSchema.parse(before).known;
    const next = known.some(({ id }) => id === space.id) ? known : [...known, space];
    thought.set(SPACES, { active: space.id, known: next });
    return { active: space, known: next };
  });
  return value;
}
